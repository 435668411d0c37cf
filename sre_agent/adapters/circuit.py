"""A circuit breaker for each tool server: one that fails again and again is left alone, then tried with one call."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from math import ceil
from types import TracebackType
from typing import Final

import structlog
from circuitbreaker import STATE_HALF_OPEN, CircuitBreaker  # type: ignore[import-untyped]

from sre_agent.errors import ToolTimeout, ToolUnavailable
from sre_agent.ports.clock import Clock

log = structlog.get_logger("tools")

MOST_FAILURES: Final = 5
"""Calls in a row, each with its own second tries, that may fail before the circuit opens."""
LEFT_ALONE: Final = timedelta(seconds=5)


class Circuit(CircuitBreaker):  # type: ignore[misc]  # the library has no types
    """Used with `with`, around one call. The library counts and decides; the time is our clock's.

    Any answer closes it, also a refusal: the server is there. A call that is cancelled says nothing.
    """

    def __init__(self, server: str, clock: Clock) -> None:
        super().__init__(
            failure_threshold=MOST_FAILURES,
            recovery_timeout=LEFT_ALONE.total_seconds(),
            expected_exception=(ToolUnavailable, ToolTimeout),
            name=server,
        )
        self._clock = clock
        self._broke_at = timedelta()
        self._is_tried = False

    def __enter__(self) -> None:
        """Raises ToolUnavailable while the circuit is open, and half-open while another call tries it."""
        if self.opened or (self.state == STATE_HALF_OPEN and self._is_tried):
            raise ToolUnavailable(self.words)
        self._is_tried = self.state == STATE_HALF_OPEN

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_tried = False
        if isinstance(problem, asyncio.CancelledError):
            return
        was_closed = self.closed
        super().__exit__(kind, problem, trace)
        if self.failure_count >= MOST_FAILURES:
            self._broke_at = self._clock.elapsed()
        if self.closed is not was_closed:
            log.warning("circuit.closed" if self.closed else "circuit.opened", server=self.name)

    @property
    def open_remaining(self) -> int:
        """Whole seconds until it is tried again; 0 or less where it may be."""
        return ceil((self._broke_at + LEFT_ALONE - self._clock.elapsed()).total_seconds())

    @property
    def words(self) -> str:
        """Why it is left alone; empty while it is asked as usual."""
        if self.closed:
            return ""
        return (
            f"{self.name}: not asked, because {self.failure_count} calls in a row failed "
            f"(the last: {self.last_failure}); it is tried again in {max(self.open_remaining, 0)} s"
        )
