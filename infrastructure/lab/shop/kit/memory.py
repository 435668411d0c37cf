"""A program's working set: what it loads at start, a cache that fills and is swept, and something for each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

MIB = 1024 * 1024


@dataclass(frozen=True)
class Appetite:
    """How much memory a program wants, in MiB, and how its cache breathes."""

    at_start: float = 30.0
    loaded: float = 74.0
    load_seconds: float = 1.5
    cache: float = 24.0
    sweep_seconds: float = 8.0
    each_request: float = 1.5


class WorkingSet:
    """Bytes in use as a function of time and of requests under way."""

    def __init__(self, appetite: Appetite, *, clock: Callable[[], float] = monotonic) -> None:
        self.appetite = appetite
        self.active_requests = 0
        self._clock = clock
        self._started = clock()

    def bytes_now(self) -> int:
        wants = self.appetite
        age = self._clock() - self._started
        loaded = min(1.0, age / wants.load_seconds)
        resident = wants.at_start + (wants.loaded - wants.at_start) * loaded
        cache = wants.cache * (age % wants.sweep_seconds) / wants.sweep_seconds * loaded
        return int((resident + cache + wants.each_request * self.active_requests) * MIB)
