"""Signs grants with the agent's Ed25519 key; the only room that ever holds it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.grants import ISSUER, Claims, arguments_digest, private_key_from_pem, sign
from sre_agent.errors import SettingError
from sre_agent.ports.grants import GrantOrder

log = structlog.get_logger("grants")
_SETTING: Final = "GRANT_PRIVATE_KEY_FILE"
_EXPECTED: Final = "an Ed25519 private key in PEM form with mode 0600"


class SigningGrantIssuer:
    """Implements the `GrantIssuer` port. `new_id` makes the single-use id of each grant."""

    def __init__(
        self,
        private_key: Callable[[], Ed25519PrivateKey],
        *,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(24),
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
        return sign(claims, self._private_key())


class KeyOnDisk:
    """The private key as its file has it now, so that a rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._look()
        self._key = _private_key(path)

    def __call__(self) -> Ed25519PrivateKey:
        try:
            if (seen := self._look()) != self._seen:
                self._key, self._seen = _private_key(self._path), seen
        except (OSError, SettingError) as problem:
            log.error(
                "grants.key_unreadable", path=str(self._path), reason=str(problem), kept="the key before it"
            )
        return self._key

    def _look(self) -> tuple[int, int]:
        seen = self._path.stat()
        return seen.st_ino, seen.st_mtime_ns


def issuer_from_file(path: Path) -> SigningGrantIssuer:
    """Raises SettingError where the file is not an Ed25519 private key that only its owner may read."""
    try:
        return SigningGrantIssuer(KeyOnDisk(path))
    except OSError as problem:
        raise SettingError(_SETTING, f"{path} ({problem})", _EXPECTED) from problem


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise SettingError(_SETTING, f"{path}, which others may read", _EXPECTED)
        return private_key_from_pem(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise SettingError(_SETTING, f"{path} ({problem})", _EXPECTED) from problem
