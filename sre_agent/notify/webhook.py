"""A notice for any program that takes webhooks: its JSON, and the signature by the Standard Webhooks specification.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

from sre_agent.domain.frozen import JsonObject, canonical
from sre_agent.domain.notice import Notice

_PREFIX: Final = "whsec_"
_LEAST_BYTES: Final = 24
_MOST_BYTES: Final = 64
VERSION: Final = 1
"""Of the body's form; grows when a field changes its meaning or goes away."""


def body(notice: Notice) -> bytes:
    """`type`, `timestamp` and `data`, as the specification advises; `data` is the whole notice."""
    told: JsonObject = {
        "type": notice.kind.value,
        "version": VERSION,
        "timestamp": notice.at.isoformat(),
        "data": notice.model_dump(mode="json"),
    }
    return canonical(told)


def headers(secret: str, notice: Notice, payload: bytes, now: datetime) -> dict[str, str]:
    """Without a secret the body goes unsigned."""
    identity, moment = message_id(notice), str(int(now.timestamp()))
    told = {"content-type": "application/json", "webhook-id": identity, "webhook-timestamp": moment}
    return {**told, "webhook-signature": sign(secret, identity, moment, payload)} if secret else told


def message_id(notice: Notice) -> str:
    """The same for every attempt, so that the receiver can drop a second copy."""
    return f"msg_{hashlib.sha256(notice.key.encode()).hexdigest()[:32]}"


def sign(secret: str, identity: str, timestamp: str, payload: bytes) -> str:
    """`v1,` and the HMAC-SHA256 (base64) of identity, timestamp and body, joined by full stops."""
    content = f"{identity}.{timestamp}.".encode() + payload
    digest = hmac.new(key_of(secret), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """The key in a secret of the form `whsec_` and base64. Raises ValueError where it is none, or of the wrong length."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as wrong:
        raise ValueError("it is not base64") from wrong
    if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError(f"it holds {len(key)} bytes")
    return key
