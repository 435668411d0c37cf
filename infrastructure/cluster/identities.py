"""Who may speak to the control plane of a test: an administrator by token, and a key that signs ServiceAccounts' tokens."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Identities:
    """Files of one cluster; readable by their owner alone."""

    tokens: Path
    signing_key: Path
    signing_public: Path
    token: str


def identities(folder: Path) -> Identities:
    """Made anew for each cluster."""
    token = secrets.token_urlsafe(32)
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Identities(
        tokens=_kept(
            folder / "tokens.csv", f'{token},{ADMINISTRATOR},{ADMINISTRATOR},"system:masters"\n'.encode()
        ),
        signing_key=_kept(folder / "serviceaccounts.key", private),
        signing_public=_kept(folder / "serviceaccounts.pub", public),
        token=token,
    )


def kubeconfig(folder: Path, server: str, authority: Path, token: str) -> Path:
    """The administrator's way in; JSON is YAML."""
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [
            {"name": "test", "cluster": {"server": server, "certificate-authority": str(authority)}}
        ],
        "users": [{"name": ADMINISTRATOR, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": ADMINISTRATOR}}],
    }
    return _kept(folder / "kubeconfig", json.dumps(told).encode())


def _kept(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
