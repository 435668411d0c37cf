"""Complaints are grouped and counted, and called new or surging only where enough of the past was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from sre_agent.adapters.log_templates import templates_of
from sre_agent.offline.signatures import Course, LogSignature, course_of, signatures_of
from tests.worlds import NOW, ONSET, World, stamp, workload

EARLY = ONSET - timedelta(minutes=5)


def line(at: datetime, message: str, level: str = "error") -> str:
    return f'{stamp(at)} {{"level":"{level}","msg":"{message}"}}'


def told(lines: Sequence[str], pod: str = "web-r1-0") -> tuple[LogSignature, ...]:
    world = World()
    world.deployment("web")
    world.log(pod, lines)
    return signatures_of(world.picture(), templates_of).items


def test_messages_that_differ_in_a_number_are_one_signature_of_their_workload() -> None:
    lines = [line(EARLY, "served", "info")]
    lines += [line(ONSET + timedelta(seconds=n), f"order {n} failed after {n}00 ms") for n in range(10, 14)]
    (one,) = told(lines)
    assert (one.count, one.before, one.course) == (4, 0, Course.NEW)
    assert "<*>" in one.template
    assert one.workload == workload("web")
    assert (one.first_at, one.last_at) == (ONSET + timedelta(seconds=10), ONSET + timedelta(seconds=13))


def test_what_was_said_before_as_often_is_steady() -> None:
    steps = [EARLY + timedelta(seconds=20 * n) for n in range(21)]
    (one,) = told([line(at, "cache miss failed") for at in steps if at <= NOW])
    assert one.course is Course.STEADY
    assert one.before > one.count > 0


def test_what_is_said_far_more_often_surges() -> None:
    lines = [line(EARLY + timedelta(seconds=60 * n), "upstream timed out") for n in range(3)]
    lines += [line(ONSET + timedelta(seconds=n), "upstream timed out") for n in range(60)]
    (one,) = told(lines)
    assert one.course is Course.SURGING
    assert one.times_more is not None
    assert one.times_more > 10


def test_without_a_past_nothing_is_called_new() -> None:
    (one,) = told([line(ONSET + timedelta(seconds=5), "boom")])
    assert (one.course, one.times_more) == (Course.UNKNOWN, None)


def test_a_log_that_was_cut_off_lately_tells_nothing_about_the_time_before_it() -> None:
    world = World()
    world.deployment("web")
    world.log("web-r1-0", [line(EARLY, "served", "info"), line(ONSET + timedelta(seconds=9), "boom")])
    world.log("web-r1-1", [line(ONSET + timedelta(seconds=1), "served", "info")])
    (one,) = signatures_of(world.picture(), templates_of).items
    assert one.course is Course.UNKNOWN


def test_new_complaints_come_before_steady_ones_and_calm_lines_are_none() -> None:
    steady = [line(EARLY + timedelta(seconds=10 * n), "cache miss failed") for n in range(40)]
    found = told([*steady, line(ONSET + timedelta(seconds=50), "disk is full"), line(NOW, "served", "info")])
    assert [one.course for one in found] == [Course.NEW, Course.STEADY]


def test_no_logs_and_no_complaints_are_told_apart() -> None:
    world = World()
    world.deployment("web")
    assert signatures_of(world.picture(), templates_of).looked_at is False
    world.log("web-r1-0", [line(NOW, "served", "info")])
    told_now = signatures_of(world.picture(), templates_of)
    assert (told_now.looked_at, told_now.items) == (True, ())


@pytest.mark.parametrize(
    ("count", "before", "course"), [(5, 0, Course.NEW), (4, 1, Course.STEADY), (60, 6, Course.SURGING)]
)
def test_a_few_more_lines_are_chance_and_many_more_are_not(count: int, before: int, course: Course) -> None:
    assert course_of(count, 60.0, before=before, before_seconds=60.0)[0] is course
