"""Who is at fault is told from telemetry in other forms too: counters, stairs, many series a service, late alerts; as often as plain methods at least."""

from __future__ import annotations

import numpy as np
import pytest

from sre_agent.signals.ranking.blame import Blame, blame
from sre_agent.signals.ranking.counting import as_rates
from sre_agent.signals.ranking.kinds import Role, role_of
from sre_agent.signals.ranking.suspects import Asked
from sre_agent.signals.ranking.table import Column, Table, read_graph, read_table
from tests.effort import tries
from tests.synthetic.telemetry.recording import Manner, Recording, record
from tests.synthetic.telemetry.rivals import by_correlation, by_deviation
from tests.synthetic.telemetry.world import FAULTS

FAMILIES = (
    Manner("counters", "joined", 10, step=15, before=2400, after=900),
    Manner("container", "hyphens", 10, step=5, before=900, after=600, scrape=15, late=90),
    Manner("cloud", "camel", 12, step=60, before=5400, after=1200, gaps=0.1),
)


def judged(made: Recording) -> Blame:
    return blame(read_table(made.csv()), Asked(made.at, read_graph(made.graph())))


def rates(values: list[float]) -> list[float]:
    times = np.arange(len(values), dtype=float) * 10
    return as_rates(Table(times, (Column("a", "x", np.asarray(values)),))).columns[0].values.tolist()


@pytest.mark.parametrize("manner", FAMILIES, ids=lambda manner: manner.dialect)
def test_the_service_at_fault_comes_first_more_often_than_by_plain_methods(manner: Manner) -> None:
    faults = FAULTS[:: tries(1, usual=2)]
    told = [record(7, fault, manner) for fault in faults]
    ours = sum(judged(made).services[0].service == made.culprit for made in told)
    theirs = max(
        sum(rank(made)[0] == made.culprit for made in told) for rank in (by_correlation, by_deviation)
    )
    assert ours >= max(theirs, 0.7 * len(told))


def test_a_counter_is_read_as_what_was_counted_in_a_second_and_may_begin_anew() -> None:
    told = rates([10.0 * n for n in range(12)] + [5.0, 15.0, 25.0])
    assert told[1:12] == [1.0] * 11
    assert np.isnan(told[12])
    assert told[13:] == [1.0, 1.0]


def test_a_counter_that_stands_still_between_scrapes_has_the_same_rate_throughout() -> None:
    told = rates([100.0 * (n // 3) for n in range(36)])
    assert set(told[3:34]) == {100.0 / 30}


@pytest.mark.parametrize(
    "values",
    [
        [5.0] * 30,
        [float(n % 7) for n in range(30)],
        [3.0] * 20 + [float(n) for n in range(4, 14)],
        [50.0 + n - 2 * (n % 5) for n in range(30)],
    ],
    ids=["constant", "a saw", "rises only in the end", "rises with small falls"],
)
def test_a_gauge_stays_as_it_is(values: list[float]) -> None:
    assert rates(values) == values


def test_a_moment_is_no_duration() -> None:
    assert role_of("process-start-time-seconds") is Role.OTHER
    assert role_of("container_last_seen") is Role.OTHER
    assert role_of("response-time") is Role.LATENCY
