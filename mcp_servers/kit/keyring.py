"""The public keys that grants may be signed with, purely: one in force, and those before it until their last grant ended.

The file is a list of PEM blocks. A line `until <time>` (RFC 3339) before a block says when its key ends; a file of one
plain key is a ring of one. Nothing here reads a clock or a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mcp_servers.kit.grants import CLOCK_SKEW_SECONDS, MAX_LIFETIME_SECONDS, public_key_from_pem

LONGEST_GRANT: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS)
_ENTRY: Final = re.compile(
    r"(?:until (?P<until>\S+)\s+)?(?P<pem>-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----)", re.S
)


class RingKey(NamedTuple):
    """A key, and until when it counts; without an end it is in force."""

    key: Ed25519PublicKey
    until: datetime | None = None


def read_ring(text: str) -> tuple[RingKey, ...]:
    """Raises ValueError where there is no key, or one that is not good."""
    entries = list(_ENTRY.finditer(text))
    if not entries:
        raise ValueError("it holds no key in PEM form")
    return tuple(
        RingKey(public_key_from_pem(entry["pem"].encode()), _moment(entry["until"])) for entry in entries
    )


def written_ring(ring: Iterable[RingKey]) -> str:
    """What `read_ring` reads."""
    return "".join((f"until {until.isoformat()}\n" if until else "") + pem_of(key) for key, until in ring)


def usable(ring: Iterable[RingKey], now: datetime) -> tuple[RingKey, ...]:
    """Those that still count."""
    return tuple(each for each in ring if each.until is None or now < each.until)


def rotated(ring: Iterable[RingKey], new: Ed25519PublicKey, now: datetime) -> tuple[RingKey, ...]:
    """The new key in force, those in force until now kept as long as the longest grant they signed, ended ones gone."""
    kept = (each for each in usable(ring, now) if each.key != new)
    return RingKey(new), *(RingKey(key, until or now + LONGEST_GRANT) for key, until in kept)


def pem_of(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the end {text!r} has no time zone")
    return moment
