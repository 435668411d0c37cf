"""The circuit of a tool server, by a clock whose hands the test moves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sre_agent.adapters.circuit import LEFT_ALONE, MOST_FAILURES, Circuit
from sre_agent.errors import ToolFailed, ToolTimeout, ToolUnavailable
from sre_agent.testing.clock import HandClock


class Server:
    """A circuit, its clock, and how often the server was reached through it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.circuit = Circuit("loki", self.clock)
        self.reached = 0

    def asked(self, problem: BaseException | None = None) -> str:
        """`answered`, or what was raised."""
        try:
            with self.circuit:
                self.reached += 1
                if problem is not None:
                    raise problem
        except (ToolUnavailable, ToolTimeout, ToolFailed, asyncio.CancelledError) as raised:
            return str(raised)
        return "answered"

    def broken(self) -> Server:
        for _ in range(MOST_FAILURES):
            self.asked(ToolUnavailable("gone"))
        self.reached = 0
        return self


def test_a_circuit_opens_after_failures_in_a_row_and_closes_with_the_first_answer() -> None:
    server = Server().broken()
    assert "not asked" in server.asked()
    server.clock.advance(LEFT_ALONE - timedelta(milliseconds=1))
    assert "gone" in server.asked()
    assert server.reached == 0
    server.clock.advance(timedelta(milliseconds=1))
    assert [server.asked() for _ in range(3)] == ["answered"] * 3
    assert server.circuit.words == ""


def test_one_failure_less_leaves_it_closed_and_an_answer_between_begins_the_count_anew() -> None:
    server = Server()
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            assert server.asked(ToolTimeout("slow")) == "slow"
        assert server.asked() == "answered"
    assert server.reached == 3 * MOST_FAILURES


def test_a_half_open_circuit_is_tried_by_one_call_at_a_time() -> None:
    server = Server().broken()
    server.clock.advance(LEFT_ALONE)
    with server.circuit:
        assert "not asked" in server.asked()
    assert server.asked() == "answered"


def test_a_trial_that_fails_opens_it_for_as_long_again() -> None:
    server = Server().broken()
    server.clock.advance(LEFT_ALONE)
    assert server.asked(ToolUnavailable("still gone")) == "still gone"
    server.clock.advance(LEFT_ALONE - timedelta(milliseconds=1))
    assert "still gone" in server.asked()
    assert server.reached == 1


@pytest.mark.parametrize("problem", [ToolFailed("no such namespace"), ValueError("a defect of ours")])
def test_a_refusal_is_an_answer(problem: Exception) -> None:
    server = Server()
    for _ in range(2 * MOST_FAILURES):
        with pytest.raises(type(problem)), server.circuit:
            raise problem
    assert server.asked() == "answered"


def test_a_cancelled_call_counts_neither_way() -> None:
    server = Server().broken()
    server.clock.advance(LEFT_ALONE)
    server.asked(asyncio.CancelledError())
    assert not server.circuit.closed
    assert server.asked() == "answered"
