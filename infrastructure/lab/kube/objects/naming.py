"""Names the control plane makes: random suffixes, uids and the hash of a pod template."""

from __future__ import annotations

import random
import uuid
from typing import Any

import orjson

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_MAX_BASE = 58


def random_suffix(source: random.Random, length: int = 5) -> str:
    return "".join(source.choice(_ALPHABET) for _ in range(length))


def generated_name(base: str, source: random.Random) -> str:
    return base[:_MAX_BASE] + random_suffix(source)


def new_uid() -> str:
    return str(uuid.uuid4())


def safe_encode(text: str) -> str:
    """rand.SafeEncodeString: no vowels, so that no word is made by chance."""
    return "".join(_ALPHABET[ord(char) % len(_ALPHABET)] for char in text)


def fnv32a(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def template_hash(template: Any, collisions: int = 0) -> str:
    """As `pod-template-hash` is made; the digest is over canonical JSON instead of Go's own printing."""
    data = orjson.dumps(template, option=orjson.OPT_SORT_KEYS)
    if collisions:
        data += collisions.to_bytes(8, "little")
    return safe_encode(str(fnv32a(data)))
