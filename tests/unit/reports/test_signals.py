"""The agent's own signals: what is counted, and what is left out of the count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sre_agent.domain.alert import Severity
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.reports.signals import Window, signals_of, spread

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(since=NOON, until=NOON + 4 * HOUR, step=HOUR)


def incident(
    number: int, status: Status, outcome: Outcome | None, *, opened: timedelta, ended: timedelta | None
) -> Incident:
    at = NOON + opened
    return Incident(
        id=IncidentId(f"inc_{number:016}"),
        title="",
        status=status,
        origin=Origin.ALERT,
        severity=Severity.WARNING,
        entity=None,
        outcome=outcome,
        opened_at=at,
        updated_at=at if ended is None else NOON + ended,
        closed_at=None if ended is None or status is Status.ESCALATED else NOON + ended,
        first_hypothesis_at=at + timedelta(seconds=3),
    )


def entry(
    number: int, kind: Kind, text: str = "", body: JsonObject | None = None, *, at: timedelta = HOUR
) -> JournalEntry:
    return JournalEntry(
        incident_id=IncidentId(f"inc_{number % 2:016}"),
        seq=number,
        position=number,
        key=JournalKey(str(number)),
        kind=kind,
        actor="logs",
        text=text,
        body=body or {},
        at=NOON + at,
        previous=Digest("0" * 64),
        hash=Digest("0" * 64),
    )


RECOVERED = incident(1, Status.RESOLVED, Outcome.RECOVERED, opened=timedelta(), ended=timedelta(minutes=5))
ESCALATED = incident(2, Status.ESCALATED, Outcome.NO_SAFE_ACTION, opened=HOUR, ended=2 * HOUR)
MERGED = incident(3, Status.CLOSED, Outcome.MERGED, opened=HOUR, ended=HOUR)
OPEN = incident(4, Status.INVESTIGATING, None, opened=3 * HOUR, ended=None)
BEFORE = incident(5, Status.RESOLVED, Outcome.RECOVERED, opened=-9 * HOUR, ended=-8 * HOUR)
ALL = (RECOVERED, ESCALATED, MERGED, OPEN, BEFORE)


def test_completion_counts_what_ended_and_neither_the_open_the_merged_nor_the_earlier() -> None:
    found = signals_of(ALL, (), WINDOW)
    assert (found.opened, found.completed, found.handed_over, found.completion) == (4, 1, 1, 0.5)
    assert found.outcomes == {"recovered": 1, "no_safe_action": 1, "merged": 1}


def test_where_nothing_ended_there_is_no_rate_rather_than_nought() -> None:
    found = signals_of((OPEN,), (), WINDOW)
    assert found.completion is None
    assert found.duration_seconds.median is None


def test_the_steps_cover_the_window_and_hold_all_that_is_counted() -> None:
    found = signals_of(ALL, (), WINDOW)
    assert [each.at for each in found.buckets] == [NOON + number * HOUR for number in range(4)]
    assert [each.opened for each in found.buckets] == [1, 2, 0, 1]
    assert sum(each.completed for each in found.buckets) == found.completed
    assert [each.handed_over for each in found.buckets] == [0, 0, 1, 0]


def test_times_count_from_the_opening_of_an_incident() -> None:
    found = signals_of((RECOVERED,), (), WINDOW)
    assert (found.duration_seconds.median, found.first_hypothesis_seconds.most) == (300.0, 3.0)


def test_tools_are_told_by_their_calls_and_the_slowest_comes_first() -> None:
    calls = [entry(n, Kind.TOOL_CALLED, "loki.labels", {"milliseconds": n * 10}) for n in range(1, 11)]
    calls += [entry(20, Kind.TOOL_CALLED, "k8s.get_object", {"milliseconds": 900})]
    calls += [entry(21, Kind.TOOL_CALLED, "k8s.get_object", {"error": "it did not answer"})]
    slow, quick = signals_of((), calls, WINDOW).tools
    assert (slow.tool, slow.calls, slow.failed, slow.milliseconds.count) == ("k8s.get_object", 2, 1, 1)
    assert (quick.milliseconds.median, quick.milliseconds.p90, quick.milliseconds.most) == (50, 90, 100)


def test_turns_are_rounds_of_questions_of_one_incident() -> None:
    rounds = [entry(number, Kind.SPECIALISTS_WOKEN) for number in (0, 1, 2, 4)]
    late = entry(6, Kind.SPECIALISTS_WOKEN, at=5 * HOUR)
    turns = signals_of((), [*rounds, late], WINDOW).turns
    assert (turns.count, turns.median, turns.most) == (2, 1, 3)


@pytest.mark.parametrize("values", [[1.0], [2.0, 1.0], list(map(float, range(100)))])
def test_a_percentile_is_a_value_that_was_measured(values: list[float]) -> None:
    found = spread(values)
    assert {found.median, found.p90, found.most} <= set(values)
