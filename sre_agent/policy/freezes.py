"""Times in which a careful company changes nothing without asking; data of the law. All times are UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sre_agent.policy.variables import WEEKDAYS


@dataclass(frozen=True)
class Weekly:
    """The same hours on some days of each week; hours that end before they begin run into the next day."""

    days: tuple[str, ...]
    start: time
    end: time

    def __str__(self) -> str:
        return f"{', '.join(self.days)} from {self.start:%H:%M} to {self.end:%H:%M}"

    def holds(self, now: datetime) -> bool:
        at, today = now.time(), WEEKDAYS[now.weekday()]
        if self.start < self.end:
            return today in self.days and self.start <= at < self.end
        yesterday = WEEKDAYS[(now - timedelta(days=1)).weekday()]
        return (today in self.days and at >= self.start) or (yesterday in self.days and at < self.end)

    def edges(self, now: datetime) -> Iterator[datetime]:
        """When it begins and ends within the week that comes."""
        for ahead in range(-1, 8):
            day = now.date() + timedelta(days=ahead)
            if WEEKDAYS[day.weekday()] in self.days:
                last = day if self.start < self.end else day + timedelta(days=1)
                yield datetime.combine(day, self.start, UTC)
                yield datetime.combine(last, self.end, UTC)


@dataclass(frozen=True)
class Between:
    """One stretch of time."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"from {self.start.isoformat()} to {self.end.isoformat()}"

    def holds(self, now: datetime) -> bool:
        return self.start <= now < self.end

    def edges(self, now: datetime) -> Iterator[datetime]:
        """When it begins and ends."""
        yield from (self.start, self.end)


@dataclass(frozen=True)
class Freeze:
    """When, and in which environments; no environment named means all."""

    id: str
    reason: str
    environments: tuple[str, ...]
    when: Weekly | Between

    def holds(self, now: datetime, environment: str) -> bool:
        concerned = not self.environments or environment in self.environments
        return concerned and self.when.holds(now.astimezone(UTC))


def next_edge(freezes: Iterable[Freeze], now: datetime) -> datetime | None:
    """When the next of them begins or ends; None where none does within a week."""
    return min(
        (edge for freeze in freezes for edge in freeze.when.edges(now.astimezone(UTC)) if edge > now),
        default=None,
    )
