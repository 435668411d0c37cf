"""client-go's flowcontrol.Backoff: doubling delays by key, forgotten after a long quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class _Entry:
    delay: float
    updated: datetime


class Backoff:
    def __init__(self, base: float, maximum: float, reset: float) -> None:
        self._base, self._maximum, self._reset = base, maximum, reset
        self._entries: dict[str, _Entry] = {}

    def delay(self, key: str) -> float:
        """What is waited at present; 0 for a key without history."""
        entry = self._entries.get(key)
        return entry.delay if entry else 0.0

    def remaining(self, key: str, since: datetime, now: datetime) -> float:
        """Seconds still to wait after a failure at `since`; 0 when it may be tried."""
        entry = self._entries.get(key)
        if entry is None or self._expired(entry, since):
            return 0.0
        return max(0.0, entry.delay - (now - since).total_seconds())

    def pending(self, key: str, now: datetime) -> float:
        """Seconds still to wait since the last attempt."""
        entry = self._entries.get(key)
        return self.remaining(key, entry.updated, now) if entry else 0.0

    def step(self, key: str, now: datetime) -> None:
        """Another attempt is made: the next wait is twice as long."""
        entry = self._entries.get(key)
        if entry is None or self._expired(entry, now):
            self._entries[key] = _Entry(self._base, now)
        else:
            entry.delay, entry.updated = min(entry.delay * 2, self._maximum), now

    def _expired(self, entry: _Entry, at: datetime) -> bool:
        return (at - entry.updated).total_seconds() > self._reset

    def forget(self, prefix: str) -> None:
        for key in [one for one in self._entries if one.startswith(prefix)]:
            del self._entries[key]
