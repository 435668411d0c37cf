"""An alert that has just come back is watched a little longer before its system is called well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.orient.engine import Thinking, diagnose
from sre_agent.orient.settling import may_be_early
from sre_agent.picture.world import Firing, Picture
from tests.worlds import NOW, World, stamp, workload


def seen(*minutes_ago: float) -> Picture:
    """A well system whose alert fired for half a minute at each of these times."""
    world = World()
    world.deployment("orders")
    world.log("orders-r1-0", [f"{stamp(NOW - timedelta(minutes=1))} INFO served"])
    world.alert("MemoryHigh", workload("orders"))
    starts = [NOW.timestamp() - 60 * minutes for minutes in minutes_ago]
    return replace(world.picture(), firings=tuple(Firing("MemoryHigh", at, at + 30) for at in starts))


@pytest.mark.parametrize(("minutes_ago", "early"), [((2,), False), ((9, 2), True), ((50, 2), False)])
def test_a_well_system_is_looked_at_again_only_where_its_alert_came_back(
    minutes_ago: tuple[float, ...], early: bool
) -> None:
    picture = seen(*minutes_ago)
    diagnosis = diagnose(picture, Thinking(may_ask=False)).diagnosis
    assert diagnosis.outcome is DiagnosisOutcome.HEALTHY
    assert may_be_early(diagnosis, picture) is early


def test_where_it_stays_open_whether_it_flaps_the_reason_says_so() -> None:
    diagnosis = diagnose(seen(9, 2), Thinking(may_ask=False)).diagnosis
    assert "it flaps, or what it told of has recovered" in diagnosis.reason


def test_the_third_time_is_flapping() -> None:
    assert diagnose(seen(15, 9, 2), Thinking(may_ask=False)).diagnosis.reason.startswith("flapping")
