"""The agent's own signals over a window: how many incidents it ended by itself, in how many turns, by how fast tools."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalEntry, Kind

READ: Final = (Kind.TOOL_CALLED, Kind.SPECIALISTS_WOKEN, Kind.MODEL_ANSWERED)
"""The kinds of entries that are counted here."""
_NO_RUN_OF_ITS_OWN: Final = frozenset({Outcome.MERGED, Outcome.CANCELLED})
"""Ended by a person, or as part of another: neither completed nor handed over."""


class Spread(Frozen):
    """Of a number of measurements: nearest-rank percentiles; None where there are none."""

    count: int
    median: float | None
    p90: float | None
    most: float | None


class ToolSignal(Frozen):
    """One tool's calls as investigations made them; latency in milliseconds, of the calls that answered."""

    tool: str
    calls: int
    failed: int
    milliseconds: Spread


class Bucket(Frozen):
    """`completed` and `handed_over` count incidents that ended in it, `opened` those that began."""

    at: Moment
    opened: int
    completed: int
    handed_over: int


class Signals(Frozen):
    """`completion` is completed / (completed + handed over); None where nothing ended. Seconds, from the opening on."""

    since: Moment
    until: Moment
    step_seconds: int
    opened: int
    completed: int
    handed_over: int
    completion: float | None
    outcomes: dict[str, int]
    turns: Spread
    first_hypothesis_seconds: Spread
    duration_seconds: Spread
    tools: tuple[ToolSignal, ...]
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Window:
    """From `since` to `until`, cut into steps."""

    since: datetime
    until: datetime
    step: timedelta

    @property
    def starts(self) -> list[datetime]:
        count = math.ceil((self.until - self.since) / self.step)
        return [self.since + number * self.step for number in range(count)]

    def index(self, at: datetime) -> int | None:
        """The step that holds this moment; None outside the window."""
        inside = self.since <= at < self.until
        return int((at - self.since) / self.step) if inside else None


def signals_of(incidents: Sequence[Incident], entries: Sequence[JournalEntry], window: Window) -> Signals:
    """What the incidents opened or ended in the window, and the journal entries of it, say in numbers."""
    ended = [each for each in incidents if _ended_in(each, window)]
    done = sum(_completed(each) for each in ended)
    over = sum(_handed_over(each) for each in ended)
    told = [each for each in entries if window.index(each.at) is not None]
    return Signals(
        since=window.since,
        until=window.until,
        step_seconds=int(window.step.total_seconds()),
        opened=sum(window.index(each.opened_at) is not None for each in incidents),
        completed=done,
        handed_over=over,
        completion=done / (done + over) if done + over else None,
        outcomes=dict(Counter(each.outcome.value for each in ended if each.outcome).most_common()),
        turns=spread(_turns(told).values()),
        first_hypothesis_seconds=spread(_to_first_hypothesis(incidents, window)),
        duration_seconds=spread(_lasted(each) for each in ended),
        tools=tools_of(told),
        buckets=_buckets(incidents, window),
    )


def spread(values: Iterable[float]) -> Spread:
    found = sorted(values)
    return Spread(
        count=len(found),
        median=_ranked(found, 0.5),
        p90=_ranked(found, 0.9),
        most=found[-1] if found else None,
    )


def _ranked(found: Sequence[float], share: float) -> float | None:
    return found[math.ceil(share * len(found)) - 1] if found else None


def _ended_at(incident: Incident) -> datetime | None:
    """An escalated incident is in a person's hands, and has no closing time of its own."""
    if not incident.status.is_final:
        return None
    return incident.closed_at or incident.updated_at


def _ended_in(incident: Incident, window: Window) -> bool:
    at = _ended_at(incident)
    return at is not None and window.index(at) is not None


def _completed(incident: Incident) -> bool:
    """It came to an end of its own: recovered, found healthy, or answered."""
    return incident.status in (Status.RESOLVED, Status.CLOSED) and incident.outcome not in _NO_RUN_OF_ITS_OWN


def _handed_over(incident: Incident) -> bool:
    return incident.status is Status.ESCALATED


def _lasted(incident: Incident) -> float:
    return ((_ended_at(incident) or incident.opened_at) - incident.opened_at).total_seconds()


def _to_first_hypothesis(incidents: Sequence[Incident], window: Window) -> list[float]:
    return [
        (each.first_hypothesis_at - each.opened_at).total_seconds()
        for each in incidents
        if each.first_hypothesis_at is not None and window.index(each.opened_at) is not None
    ]


def _turns(entries: Iterable[JournalEntry]) -> dict[IncidentId, int]:
    """Rounds of questions for each incident."""
    rounds: Counter[IncidentId] = Counter(
        each.incident_id for each in entries if each.kind is Kind.SPECIALISTS_WOKEN
    )
    return dict(rounds)


def tools_of(entries: Iterable[JournalEntry]) -> tuple[ToolSignal, ...]:
    """The slowest first: that is the one to look at."""
    calls: dict[str, list[JsonObject]] = defaultdict(list)
    for each in entries:
        if each.kind is Kind.TOOL_CALLED:
            calls[each.text].append(each.body)
    found = [_tool(name, bodies) for name, bodies in calls.items()]
    return tuple(sorted(found, key=lambda each: (-(each.milliseconds.p90 or 0), each.tool)))


def _tool(name: str, bodies: Sequence[JsonObject]) -> ToolSignal:
    took = [each.get("milliseconds") for each in bodies]
    return ToolSignal(
        tool=name,
        calls=len(bodies),
        failed=sum("error" in each for each in bodies),
        milliseconds=spread(float(one) for one in took if isinstance(one, int | float)),
    )


def _buckets(incidents: Sequence[Incident], window: Window) -> tuple[Bucket, ...]:
    opened: Counter[int | None] = Counter(window.index(each.opened_at) for each in incidents)
    done: Counter[int | None] = Counter()
    over: Counter[int | None] = Counter()
    for each in incidents:
        at = _ended_at(each)
        if at is not None:
            done[window.index(at)] += _completed(each)
            over[window.index(at)] += _handed_over(each)
    return tuple(
        Bucket(at=start, opened=opened[number], completed=done[number], handed_over=over[number])
        for number, start in enumerate(window.starts)
    )
