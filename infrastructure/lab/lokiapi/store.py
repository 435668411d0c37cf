"""The lines, kept in memory by stream, the oldest given up first when there are too many."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Labels = tuple[tuple[str, str], ...]
Entry = tuple[int, str]
"""(nanoseconds since 1970, line)."""
_COMPACT = 1024


@dataclass(frozen=True)
class Bounds:
    lines: int = 300_000
    line_bytes: int = 256 * 1024
    past_ns: int = 7 * 86_400 * 10**9
    """How old a line may be when it comes."""
    future_ns: int = 600 * 10**9


class LineRefused(Exception):
    """Answered with 400; the message is Loki's."""


@dataclass
class Stream:
    labels: Labels
    entries: list[Entry] = field(default_factory=list)
    given_up: int = 0
    """How many at the front of the list are gone already."""

    def add(self, entry: Entry) -> bool:
        """In order of time; False for a line that is there already."""
        if not self.entries or entry[0] > self.entries[-1][0]:
            self.entries.append(entry)
            return True
        at = bisect_left(self.entries, entry, lo=self.given_up)
        if at < len(self.entries) and self.entries[at] == entry:
            return False
        insort(self.entries, entry, lo=self.given_up)
        return True

    def give_up_oldest(self) -> None:
        self.given_up += 1
        if self.given_up >= _COMPACT:
            del self.entries[: self.given_up]
            self.given_up = 0

    @property
    def empty(self) -> bool:
        return self.given_up == len(self.entries)

    def between(self, start_ns: int, end_ns: int) -> list[Entry]:
        """start ≤ time < end."""
        low = bisect_left(self.entries, (start_ns, ""), lo=self.given_up)
        high = bisect_left(self.entries, (end_ns, ""), lo=low)
        return self.entries[low:high]


class Store:
    def __init__(self, bounds: Bounds, now_ns: Callable[[], int]) -> None:
        self._bounds = bounds
        self._now_ns = now_ns
        self._streams: dict[Labels, Stream] = {}
        self._arrived: deque[Stream] = deque()

    def append(self, labels: Mapping[str, str], nanoseconds: int, line: str) -> None:
        """Raises LineRefused."""
        key = tuple(sorted((name, value) for name, value in labels.items() if value))
        if not key:
            raise LineRefused("error at least one label pair is required per stream")
        self._check(key, nanoseconds, line)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream(key)
        if stream.add((nanoseconds, line)):
            self._arrived.append(stream)
        while len(self._arrived) > self._bounds.lines:
            self._give_up(self._arrived.popleft())

    def _check(self, key: Labels, nanoseconds: int, line: str) -> None:
        now = self._now_ns()
        if nanoseconds < now - self._bounds.past_ns:
            raise LineRefused(f"entry for stream '{shown(key)}' has timestamp too old")
        if nanoseconds > now + self._bounds.future_ns:
            raise LineRefused(f"entry for stream '{shown(key)}' has timestamp too new")
        if len(line) > self._bounds.line_bytes:
            raise LineRefused(
                f"max entry size '{self._bounds.line_bytes}' bytes exceeded for stream '{shown(key)}' "
                f"while adding an entry with length '{len(line)}' bytes"
            )

    def _give_up(self, stream: Stream) -> None:
        stream.give_up_oldest()
        if stream.empty:
            self._streams.pop(stream.labels, None)

    def select(
        self, fits: Callable[[Mapping[str, str]], bool], start_ns: int, end_ns: int
    ) -> list[tuple[dict[str, str], list[Entry]]]:
        """Streams with lines in the time, each with a copy of them."""
        found = []
        for stream in self._streams.values():
            labels = dict(stream.labels)
            if fits(labels) and (entries := stream.between(start_ns, end_ns)):
                found.append((labels, entries))
        return found

    def __len__(self) -> int:
        return len(self._arrived)


def shown(labels: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"
