"""Which alert is which, and what an incident is called."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sre_agent.domain.ids import IncidentId

_FNV_OFFSET: Final = 14695981039346656037
_FNV_PRIME: Final = 1099511628211
_SEPARATOR: Final = b"\xff"

_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS: Final = 9
"""45 bits of milliseconds: enough until the year 3084."""
_CHANCE_CHARACTERS: Final = 7


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """What Alertmanager would have sent: FNV-1a (64 bit) over the sorted labels, as 16 hex digits.

    Source: `labelSetToFingerprint` of prometheus/common, name and value each followed by 0xFF.
    """
    value = _FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + _SEPARATOR + labels[name].encode() + _SEPARATOR:
            value = ((value ^ byte) * _FNV_PRIME) % 2**64
    return f"{value:016x}"


def incident_id(at: datetime, seed: str) -> IncidentId:
    """`inc_` and 16 characters, sortable by time; the same time and seed give the same id.

    Filing a delivery may run again on conflict, so chance has no place here: the last seven characters
    are a hash of what the incident is about.
    """
    milliseconds = int(at.timestamp() * 1000)
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return IncidentId("inc_" + _base32(milliseconds, _TIME_CHARACTERS) + _base32(chance, _CHANCE_CHARACTERS))


def _base32(number: int, length: int) -> str:
    return "".join(_CROCKFORD[(number >> (5 * place)) & 31] for place in reversed(range(length)))
