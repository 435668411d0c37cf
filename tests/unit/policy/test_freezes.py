"""Freezes hold when they say, in UTC, also over midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from sre_agent.policy.freezes import Between, Freeze, Weekly

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
