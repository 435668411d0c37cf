"""Who is asking: tokens, what each may do, and how many calls it has left this hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Identity:
    login: str
    write: bool


@dataclass(frozen=True)
class Allowance:
    """A rate limit as its headers tell it."""

    limit: int
    used: int
    resets_at: datetime

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)


class Tokens:
    def __init__(self, *, hourly_limit: int, now: Callable[[], datetime]) -> None:
        self._limit = hourly_limit
        self._now = now
        self._identities: dict[str, Identity] = {}
        self._allowances: dict[str, Allowance] = {}

    def add(self, token: str, identity: Identity) -> None:
        self._identities[token] = identity

    def find(self, token: str) -> Identity | None:
        return self._identities.get(token)

    def look(self, token: str) -> Allowance:
        now = self._now()
        known = self._allowances.get(token)
        if known is None or known.resets_at <= now:
            return Allowance(self._limit, 0, now + WINDOW)
        return known

    def spend(self, token: str) -> Allowance:
        """Count one call; past the limit `used` goes on growing."""
        seen = self.look(token)
        self._allowances[token] = Allowance(seen.limit, seen.used + 1, seen.resets_at)
        return self._allowances[token]
