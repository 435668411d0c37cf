"""Reads are tried again within bounds, by a clock whose hands the test moves."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from sre_agent.adapters.retrying import Retrying, RetryRule
from sre_agent.errors import ToolUnavailable
from sre_agent.testing.clock import HandClock

RULE = RetryRule(known_server=timedelta(days=365))


class Server:
    """Fails until it was asked `failures` times; remembers when it was asked, in seconds."""

    def __init__(self, failures: int) -> None:
        self.clock = HandClock()
        self.failures = failures
        self.asked: list[float] = []

    async def answer(self) -> str:
        self.asked.append(self.clock.elapsed().total_seconds())
        if len(self.asked) <= self.failures:
            raise ToolUnavailable(f"gone the {len(self.asked)}. time")
        return "here"

    async def tried(self, rule: RetryRule = RULE, *, jitter: float = 0.5, repeats: bool = True) -> str:
        retrying = Retrying(rule, self.clock, lambda: jitter)
        return await retrying.tried(
            self.answer, may_repeat=lambda _: repeats, was_connected=lambda: bool(self.asked)
        )

    @property
    def pauses(self) -> list[float]:
        return [round(later - earlier, 6) for earlier, later in pairwise(self.asked)]


async def test_pauses_grow_and_the_first_answer_ends_them() -> None:
    server = Server(failures=4)
    assert await server.tried() == "here"
    assert server.pauses == [0.15, 0.3, 0.6, 1.2]


async def test_no_two_callers_come_back_in_step() -> None:
    early, late = Server(failures=3), Server(failures=3)
    await early.tried(jitter=0.0)
    await late.tried(jitter=0.999)
    assert [0.5 * pause for pause in (0.15, 0.3, 0.6)] == early.pauses
    assert all(b > 2.9 * a for a, b in zip(early.pauses, late.pauses, strict=True))


async def test_tries_are_bounded_in_number_and_the_last_failure_is_told() -> None:
    server = Server(failures=1000)
    with pytest.raises(ToolUnavailable, match=r"gone the 10\. time"):
        await server.tried()
    assert len(server.asked) == RetryRule().most_tries == 10


async def test_no_pause_begins_once_patience_is_over() -> None:
    server = Server(failures=1000)
    with pytest.raises(ToolUnavailable):
        await server.tried(RetryRule(known_server=timedelta(seconds=1)))
    assert server.pauses == [0.15, 0.3, 0.6]


async def test_what_must_not_be_repeated_is_asked_once() -> None:
    server = Server(failures=1)
    with pytest.raises(ToolUnavailable):
        await server.tried(repeats=False)
    assert server.asked == [0]


def test_a_server_that_was_there_before_is_given_longer() -> None:
    rule = RetryRule()
    assert rule.patience(was_connected=True) > rule.patience(was_connected=False)
