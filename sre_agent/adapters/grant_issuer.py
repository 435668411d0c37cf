"""Signs grants with the agent's Ed25519 key; the only room that ever holds it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mcp_servers.kit.grants import ISSUER, Claims, arguments_digest, private_key_from_pem, sign
from sre_agent.errors import SettingError
from sre_agent.ports.grants import GrantOrder


class SigningGrantIssuer:
    """Implements the `GrantIssuer` port. `new_id` makes the single-use id of each grant."""

    def __init__(
        self, private_key: Ed25519PrivateKey, *, new_id: Callable[[], str] = lambda: secrets.token_urlsafe(24)
    ) -> None:
        self._private_key = private_key
        self._new_id = new_id

    def issue(self, order: GrantOrder) -> str:
        claims = Claims(
            iss=ISSUER,
            aud=order.audience,
            tool=order.call.tool,
            args=arguments_digest(order.call.arguments),
            inc=order.incident_id,
            key=order.key,
            fence=order.fence,
            jti=self._new_id(),
            iat=order.issued_at.timestamp(),
            exp=order.expires_at.timestamp(),
        )
        return sign(claims, self._private_key)


def issuer_from_file(path: Path) -> SigningGrantIssuer:
    """Raises SettingError where the file is not an Ed25519 private key that only its owner may read."""
    setting, expected = "GRANT_PRIVATE_KEY_FILE", "an Ed25519 private key in PEM form with mode 0600"
    try:
        if path.stat().st_mode & 0o077:
            raise SettingError(setting, f"{path}, which others may read", expected)
        return SigningGrantIssuer(private_key_from_pem(path.read_bytes()))
    except (OSError, ValueError) as problem:
        raise SettingError(setting, f"{path} ({problem})", expected) from problem


def make_key_pair(private_path: Path, public_path: Path) -> None:
    """Make both files where the private one is missing; where only the public one is, write it again."""
    private_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if private_path.exists():
        key = private_key_from_pem(private_path.read_bytes())
    else:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_new(private_path, pem, mode=0o600)
    public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if not public_path.exists() or public_path.read_bytes() != public_pem:
        public_path.unlink(missing_ok=True)
        public_path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(public_path, public_pem, mode=0o644)


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """The mode is set at creation: there is no moment in which others may read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
