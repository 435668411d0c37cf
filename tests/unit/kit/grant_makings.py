"""Claims and keys for tests of grants."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.grants import Claims, Expected, arguments_digest

PRIVATE_KEY = Ed25519PrivateKey.generate()
NOW = 1_770_000_000.0
ARGUMENTS = {"name": "cart", "replicas": 3}


def claims(**changed: object) -> Claims:
    body: dict[str, object] = {
        "iss": "sre-agent",
        "aud": "k8s@prod",
        "tool": "scale",
        "args": arguments_digest(ARGUMENTS),
        "inc": "inc_0000000000000001",
        "key": "step-00000001",
        "fence": 3,
        "jti": "0123456789abcdef",
        "iat": NOW,
        "exp": NOW + 5,
    }
    return Claims.model_validate(body | changed)


def expected(**changed: object) -> Expected:
    body: dict[str, object] = {
        "audience": "k8s@prod",
        "tool": "scale",
        "arguments_digest": arguments_digest(ARGUMENTS),
        "key": "step-00000001",
        "now": NOW + 1,
    }
    return Expected.model_validate(body | changed)
