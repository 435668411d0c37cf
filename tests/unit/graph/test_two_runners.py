"""Two processes at one incident: one acts. A process that was paused and wakes up can do nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from tests.effort import sample
from tests.scenarios.deaths import Moment, cheap, ending_of, moments_of
from tests.scenarios.lives import Life
from tests.scenarios.stories import BY_NAME, Story, race

SCALES = BY_NAME["a step of low risk that the law allows"]
UNDOES = BY_NAME["nothing helps"]
MOVES = BY_NAME["the ground moves while a person thinks"]
LONG = timedelta(seconds=9)
"""Longer than a lease, and than anybody waits for old grants: another has taken over and acted."""
FOR_GOOD = timedelta(minutes=10)


def at(story: Story, *what: str) -> list[Moment]:
    """The first and the last moment of each of these kinds."""
    found = []
    for each in what:
        moments = [moment for moment in moments_of(story) if each in moment.what]
        assert moments, each
        found += [moments[0], moments[-1]]
    return list(dict.fromkeys(found))


@pytest.mark.promise("ACT-8")
@pytest.mark.parametrize(
    "story", [SCALES, BY_NAME["a release is reverted after approval"]], ids=lambda s: s.name
)
def test_of_two_that_race_one_acts(story: Story) -> None:
    stage = race(cheap(story), Life(), Life()).stage
    stage.check()
    assert stage.ending == ending_of(story)


ITS_STEP = at(
    SCALES,
    "leases.check",
    "step.intended",
    "grant.issued",
    "k8s.scale",
    "step.done",
    "verification.started",
)
WAKES = {LONG: "it wakes amid the other's work", FOR_GOOD: "it wakes after the end"}


@pytest.mark.promise("ACT-8")
@pytest.mark.parametrize(
    ("moment", "stands"),
    sample(list(product(ITS_STEP, WAKES)), one_in=3),
    ids=lambda one: one.what if isinstance(one, Moment) else WAKES[one],
)
def test_one_that_was_paused_at_its_step_does_nothing_when_it_wakes(
    moment: Moment, stands: timedelta
) -> None:
    stage = race(cheap(SCALES), Life(stops_at=moment.number, stands=stands), Life()).stage
    stage.check()
    assert stage.ending == ending_of(SCALES), stage.story


@pytest.mark.promise("ACT-8")
@pytest.mark.parametrize(
    "moment",
    sample(at(UNDOES, "step.intended", "grant.issued", "k8s.scale", "step.undone"), one_in=3),
    ids=lambda moment: moment.what,
)
def test_one_that_was_paused_while_it_took_a_step_back_does_nothing_when_it_wakes(moment: Moment) -> None:
    stage = race(cheap(UNDOES), Life(stops_at=moment.number, stands=LONG), Life()).stage
    stage.check()
    assert stage.deeds == ["scale", "scale"]


def test_every_life_of_a_race_may_be_paused_and_one_still_brings_it_to_its_end() -> None:
    first, second = at(SCALES, "grant.issued")
    lives = [Life(stops_at=first.number, stands=LONG), Life(stops_at=second.number + 20, stands=LONG)]
    stage = race(cheap(SCALES), *lives).stage
    stage.check()
    assert stage.ending == ending_of(SCALES)


@pytest.mark.promise("ACT-8")
@pytest.mark.parametrize("moment", at(MOVES, "after ledger.write finding.made", "after archive.keep_calls"))
def test_one_that_hears_late_of_its_lost_lease_does_not_move_the_other_back_to_where_it_was(
    moment: Moment,
) -> None:
    """Its heartbeat is slow after the pause, so that its work goes on for a moment."""
    stale = Life(stops_at=moment.number, stands=LONG, heartbeat_lags=timedelta(seconds=1))
    stage = race(cheap(MOVES), stale, Life()).stage
    stage.check()
    assert stage.ending == ending_of(MOVES), stage.story
