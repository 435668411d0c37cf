"""Over chance worlds: what is well is called so in time, what is not is not, from a lab's seconds to a day of traffic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from sre_agent.act.checks.findings import Finding
from sre_agent.act.checks.golden_rules import Scene, golden_findings
from sre_agent.act.checks.margins import errors_margin, hold_for
from sre_agent.act.checks.readings import Readings, Window
from sre_agent.act.recovery_rules import verdict
from sre_agent.domain.verification import Check, Recovery
from sre_agent.signals.buckets import buckets_of
from sre_agent.signals.compare import Stream
from sre_agent.signals.series import EMPTY, Samples
from tests.effort import tries

EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, np.inf)
WORLDS = tries(60, usual=20)
QUIET = Finding(Check(name="alert A", passed=True, sentence="A is quiet."), proves=True)


@dataclass(frozen=True)
class Town:
    """How a service is measured: requests a second, how often, how long its past is and what settling takes."""

    per_second: float
    scrape: float
    past: float
    settle: float

    @property
    def width(self) -> float:
        return 2 * self.scrape

    @property
    def hold(self) -> float:
        settle = timedelta(seconds=self.settle)
        return hold_for(self.per_second, settle, 5 * settle).total_seconds()


@dataclass(frozen=True)
class Health:
    traffic: float = 1.0
    errors: float = 0.001
    tail: float = 0.08


LAB = Town(per_second=8.0, scrape=1.0, past=28.0, settle=8.0)
BUSY = Town(per_second=120.0, scrape=15.0, past=3600.0, settle=120.0)
SLEEPY = Town(per_second=0.6, scrape=30.0, past=6 * 3600.0, settle=120.0)
TOWNS = pytest.mark.parametrize("town", [LAB, BUSY, SLEEPY], ids=["lab", "busy", "sleepy"])


def window(town: Town, stream: Stream, seconds: float, health: Health, seed: int) -> Window:
    rng = np.random.default_rng([seed, stream])
    bins = max(1, int(seconds / town.width))
    times = np.arange(bins) * town.width
    requests = rng.poisson(town.per_second * health.traffic * town.width, bins)
    failed = rng.binomial(requests, health.errors)
    kept = [0.0 if edge == 0 else 1 - 0.05 ** (edge / health.tail) for edge in EDGES]
    slow = rng.multinomial(requests, np.diff([0.0, *kept])).cumsum(axis=1)
    buckets = buckets_of(
        Samples(times, slow[:, row].astype(float), {"le": str(edge)}) for row, edge in enumerate(EDGES)
    )
    told = Readings(
        Samples(times, requests.astype(float)), Samples(times, failed.astype(float)), buckets, EMPTY, EMPTY
    )
    return Window(told, stream, town.width, town.scrape, town.scrape)


def scene(town: Town, now: Health, seed: int, *, during: Health, seconds: float = 0.0) -> Scene:
    return Scene(
        "checkout",
        window(town, Stream.PAST, town.past, Health(), seed),
        window(town, Stream.DURING, max(3 * town.settle, 4 * town.width), during, seed),
        window(town, Stream.NOW, seconds or town.hold, now, seed),
        town.hold,
        settled=True,
    )


FAILING = Health(errors=0.3, tail=1.0)
Looked = Callable[[int], Scene]


def recovered(look: Looked) -> float:
    """The share of chance worlds in which one look calls it recovered, the alert being quiet."""
    said = [verdict([QUIET, *golden_findings(look(seed))], time_is_up=False) for seed in range(WORLDS)]
    return sum(each is Recovery.RECOVERED for each in said) / WORLDS


@TOWNS
def test_what_is_as_it_was_is_recovered_at_the_first_look_most_of_the_time(town: Town) -> None:
    assert recovered(partial(scene, town, Health(), during=FAILING)) >= 0.75


@TOWNS
def test_what_is_as_it_was_is_recovered_within_a_few_looks(town: Town) -> None:
    """Three windows that do not overlap; chance has to be against it in all of them."""
    for seed in range(tries(30, usual=10)):
        looks = [golden_findings(scene(town, Health(), 1000 * n + seed, during=FAILING)) for n in range(3)]
        assert any(verdict([QUIET, *each], time_is_up=False) is Recovery.RECOVERED for each in looks)


@pytest.mark.promise("PROVE-1")
@TOWNS
def test_two_in_a_hundred_more_errors_than_the_margin_are_never_recovered(town: Town) -> None:
    past = window(town, Stream.PAST, town.past, Health(), 7)
    margin = errors_margin(past.errors, town.per_second * town.hold)
    sick = Health(errors=Health.errors + margin + 0.02)
    assert recovered(partial(scene, town, sick, during=FAILING)) <= 0.02


@TOWNS
@pytest.mark.parametrize("sick", [Health(errors=0.10), Health(tail=0.4), Health(traffic=0.15)])
def test_a_single_signal_that_is_not_back_is_enough_against_it(town: Town, sick: Health) -> None:
    assert recovered(partial(scene, town, sick, during=FAILING)) == 0.0


@TOWNS
def test_no_traffic_is_never_recovered_and_says_so(town: Town) -> None:
    for seed in range(10):
        found = [QUIET, *golden_findings(scene(town, Health(traffic=0.0), seed, during=Health(traffic=0.0)))]
        assert verdict(found, time_is_up=False) is None
        assert verdict(found, time_is_up=True) is Recovery.NO_TRAFFIC


@TOWNS
def test_what_became_worse_is_worse(town: Town) -> None:
    worse = partial(scene, town, Health(errors=0.8, tail=1.0), during=FAILING)
    said = [verdict(golden_findings(worse(seed)), time_is_up=False) for seed in range(20)]
    assert said == [Recovery.WORSE] * 20


@TOWNS
def test_what_did_not_change_is_not_called_worse(town: Town) -> None:
    same = partial(scene, town, FAILING, during=FAILING)
    said = [verdict(golden_findings(same(seed)), time_is_up=False) for seed in range(WORLDS)]
    assert said.count(Recovery.WORSE) / WORLDS <= 0.05


@TOWNS
def test_a_third_of_the_errors_of_the_incident_are_better_but_not_good(town: Town) -> None:
    fewer = partial(scene, town, replace(FAILING, errors=0.1), during=FAILING, seconds=5 * town.settle)
    said = [verdict([QUIET, *golden_findings(fewer(seed))], time_is_up=True) for seed in range(20)]
    assert said.count(Recovery.BETTER) >= 18
    assert Recovery.RECOVERED not in said


def test_a_window_too_short_to_tell_is_no_recovery_however_clean() -> None:
    clean = Health(errors=0.0)
    tiny = partial(scene, replace(SLEEPY, per_second=0.02), clean, during=FAILING)
    assert recovered(tiny) == 0.0


@pytest.mark.parametrize(
    ("per_second", "seconds"),
    [(100.0, 120.0), (2.0, 187.0), (1.0, 240.0), (0.5, 240.0), (0.2, 366.0), (0.01, 600.0), (0.0, 120.0)],
)
def test_a_quieter_service_is_watched_for_longer_within_bounds(per_second: float, seconds: float) -> None:
    hold = hold_for(per_second, timedelta(minutes=2), timedelta(minutes=10))
    assert hold.total_seconds() == pytest.approx(seconds, abs=1)
