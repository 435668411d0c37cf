"""How often somebody may fail to sign in: so many times within a window, for each account and each address; pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import timedelta
from typing import Final

_MOST_KEYS: Final = 10_000


class Throttle:
    """Remembers failures by key for `window`; time is passed in as a monotonic reading."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._failures: OrderedDict[str, deque[timedelta]] = OrderedDict()

    def wait(self, key: str, now: timedelta) -> timedelta:
        """How long this key must wait before it may try again; zero where it may now."""
        failures = self._recent(key, now)
        return failures[0] + self._window - now if len(failures) >= self._most else timedelta()

    def failed(self, key: str, now: timedelta) -> None:
        """One more failure. Of very many keys the one that failed longest ago is forgotten."""
        self._recent(key, now)
        self._failures.setdefault(key, deque(maxlen=self._most)).append(now)
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """It succeeded."""
        self._failures.pop(key, None)

    def _recent(self, key: str, now: timedelta) -> deque[timedelta]:
        failures = self._failures.get(key, deque())
        while failures and failures[0] + self._window <= now:
            failures.popleft()
        if not failures:
            self._failures.pop(key, None)
        return failures
