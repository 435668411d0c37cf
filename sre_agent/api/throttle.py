"""How often somebody may fail to sign in: so many times within a window, for each account and each address; pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import timedelta
from typing import Final, NamedTuple

_MOST_KEYS: Final = 10_000


class _Failure(NamedTuple):
    at: timedelta
    source: str


class Throttle:
    """Remembers failures by key for `window`; time is passed in as a monotonic reading."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._failures: OrderedDict[str, deque[_Failure]] = OrderedDict()

    def wait(self, key: str, now: timedelta) -> timedelta:
        """How long this key must wait before it may try again; zero where it may now."""
        failures = self._recent(key, now)
        return failures[0].at + self._window - now if len(failures) >= self._most else timedelta()

    def failed(self, key: str, now: timedelta, *, source: str = "") -> None:
        """One more failure. Of very many keys the one that failed longest ago is forgotten."""
        self._recent(key, now)
        self._failures.setdefault(key, deque(maxlen=self._most)).append(_Failure(now, source))
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)

    def forget(self, key: str, *, source: str) -> None:
        """It succeeded from there; what failed from elsewhere may have been somebody else."""
        if key in self._failures:
            left = (each for each in self._failures[key] if each.source != source)
            self._failures[key] = deque(left, maxlen=self._most)

    def _recent(self, key: str, now: timedelta) -> deque[_Failure]:
        failures = self._failures.get(key, deque())
        while failures and failures[0].at + self._window <= now:
            failures.popleft()
        if not failures:
            self._failures.pop(key, None)
        return failures
