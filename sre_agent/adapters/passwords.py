"""Passwords by Argon2id, with the parameters that the library recommends for its second, low-memory profile."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_NOBODYS: Final = _HASHER.hash("nobody has this password")
"""Checked where there is no account, so that the time of an answer does not tell which names exist."""


def hashed(password: str) -> str:
    """With a salt of its own, in the library's text form."""
    return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password that was kept; takes as long where none was."""
    try:
        right = _HASHER.verify(kept or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None
