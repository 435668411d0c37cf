"""Freezes hold when they say, in UTC, also over midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.policy.freezes import Between, Freeze, Weekly, next_edge

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
NIGHT = Weekly(("fri",), time(22), time(6))
OFFICE = Weekly(("fri",), time(9), time(17))


@pytest.mark.parametrize(
    ("window", "hours", "holds"),
    [
        (OFFICE, 8.99, False),
        (OFFICE, 9, True),
        (OFFICE, 16.99, True),
        (OFFICE, 17, False),
        (OFFICE, 24 + 12, False),
        (NIGHT, 21, False),
        (NIGHT, 23, True),
        (NIGHT, 24 + 5, True),
        (NIGHT, 24 + 7, False),
        (NIGHT, 5, False),
    ],
)
def test_a_weekly_freeze_holds_in_its_hours(window: Weekly, hours: float, holds: bool) -> None:
    assert Freeze("f", "x", (), window).holds(FRIDAY + timedelta(hours=hours), "any") is holds


def test_the_hours_are_utc_wherever_the_clock_stands() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert Freeze("f", "x", (), OFFICE).holds((FRIDAY + timedelta(hours=10)).astimezone(tokyo), "any")


def test_one_stretch_of_time_ends_when_it_says() -> None:
    window = Freeze("f", "x", (), Between(FRIDAY, FRIDAY + timedelta(days=1)))
    assert window.holds(FRIDAY, "any")
    assert not window.holds(FRIDAY + timedelta(days=1), "any")


def test_a_freeze_of_one_environment_leaves_the_others_alone() -> None:
    window = Freeze("f", "x", ("production",), Between(FRIDAY, FRIDAY + timedelta(days=1)))
    assert [window.holds(FRIDAY, name) for name in ("production", "staging")] == [True, False]


DAYS = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1).map(tuple)
WEEKLY = st.builds(Weekly, DAYS, st.times(), st.times())


@given(when=WEEKLY, hours=st.floats(0, 24 * 7))
def test_nothing_begins_or_ends_before_the_edge_that_is_said_to_be_next(when: Weekly, hours: float) -> None:
    now = FRIDAY + timedelta(hours=hours)
    freeze = Freeze("f", "x", (), when)
    edge = next_edge([freeze], now)
    assert edge is not None
    held = when.holds(now)
    for part in (0.25, 0.5, 0.75, 0.999):
        assert when.holds(now + part * (edge - now)) is held


def test_of_several_freezes_the_next_edge_is_the_soonest_and_past_ones_have_none() -> None:
    past = Freeze("past", "x", (), Between(FRIDAY - timedelta(days=2), FRIDAY))
    later = Freeze("later", "x", (), Between(FRIDAY + timedelta(days=30), FRIDAY + timedelta(days=31)))
    office = Freeze("office", "x", (), OFFICE)
    assert next_edge([past], FRIDAY) is None
    assert next_edge([past, later, office], FRIDAY) == FRIDAY + timedelta(hours=9)
