"""A small identity provider of our own: discovery, keys, and a token endpoint that checks the code's verifier.

What it says can be changed in every way in which a bad one, or somebody in between, might lie.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sre_agent.domain.law import Role
from sre_agent.testing.clock import HandClock

ISSUER = "http://127.0.0.1:5556/idp"
CLIENT, SECRET = "sre-agent", "the-client's-secret"
BACK = "https://sre.example/api/v1/oidc/callback"
ROLES = {"sre": Role.RESPONDER, "leads": Role.APPROVER}


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class FakeProvider:
    """`claims` and `header` overlay those of a good ID token; None takes one away."""

    clock: HandClock
    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    unsigned: bool = False
    down: bool = False
    foreign_key: bool = False
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self._codes: dict[str, tuple[str, str]] = {}
        paths = {
            "/idp/.well-known/openid-configuration": self._discover,
            "/idp/keys": self._keys,
            "/idp/token": self._token,
        }
        routes = [Route(path, answer, methods=["GET", "POST"]) for path, answer in paths.items()]
        self.transport = httpx2.ASGITransport(Starlette(routes=routes))  # type: ignore[arg-type]

    def sign_in(self, address: str) -> str:
        """What a person does there; the code with which the browser is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, BACK)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self._codes)}"
        self._codes[code] = (asked["nonce"], asked["code_challenge"])
        return code

    def turn_the_key(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "two"})

    async def _discover(self, request: Request) -> Response:
        self.asked.append("discovery")
        if self.down:
            return Response("<html>down for maintenance</html>", 502)
        told = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return JSONResponse({**told, **self.discovery})

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = parse_qs((await request.body()).decode())
        nonce, challenge = self._codes.pop(form["code"][0], ("", ""))
        known = request.headers["authorization"].removeprefix("Basic ")
        verified = _b64(hashlib.sha256(form["code_verifier"][0].encode()).digest()) == challenge
        if not verified or ":" not in base64.b64decode(known).decode():
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(nonce)})

    def _id_token(self, nonce: str) -> str:
        now = int(self.clock.now().timestamp())
        good = {
            "iss": ISSUER,
            "sub": "subject-1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "preferred_username": "ada",
            "groups": ["sre", "everybody"],
        }
        claims = {name: value for name, value in {**good, **self.claims}.items() if value is not None}
        if self.unsigned:
            parts = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join(_b64(json.dumps(part).encode()) for part in parts) + "."
        key = ECKey.generate_key("P-256", {"kid": "one"}) if self.foreign_key else self.key
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
