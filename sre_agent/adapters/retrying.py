"""How a read is tried again: after growing, uneven pauses, bounded in number and in time (tenacity counts and waits)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from sre_agent.ports.clock import Clock

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class RetryRule:
    """How long a read is tried again: longer with a server that was there before and may be restarting.

    `most_tries` counts the first one too. It is reached only where failures come at once and pauses are short.
    """

    first_pause: timedelta = timedelta(milliseconds=150)
    growth: float = 2.0
    most_tries: int = 10
    known_server: timedelta = timedelta(seconds=5)
    unknown_server: timedelta = timedelta(milliseconds=500)

    def patience(self, was_connected: bool) -> timedelta:
        return self.known_server if was_connected else self.unknown_server


@dataclass(frozen=True)
class Retrying:
    """Tries again by this rule. A pause is the rule's, grown, times `0.5 + jitter()`."""

    rule: RetryRule
    clock: Clock
    jitter: Callable[[], float]

    async def tried(
        self,
        attempt: Callable[[], Awaitable[Answer]],
        *,
        may_repeat: Callable[[BaseException], bool],
        was_connected: Callable[[], bool],
    ) -> Answer:
        """The first answer. Raises what the last attempt raised; no pause begins once patience is over.

        Both are asked after each failure, for only then is known whether the server was ever there.
        """
        started = self.clock.elapsed()

        def is_over(state: RetryCallState) -> bool:
            took = self.clock.elapsed() - started
            return state.attempt_number >= self.rule.most_tries or took >= self.rule.patience(was_connected())

        retrying = AsyncRetrying(
            sleep=self._pause,
            stop=is_over,
            wait=self._wait,
            retry=retry_if_exception(may_repeat),
            reraise=True,
        )
        return await retrying(attempt)

    async def _pause(self, seconds: float) -> None:
        await self.clock.sleep(timedelta(seconds=seconds))

    def _wait(self, state: RetryCallState) -> float:
        first = self.rule.first_pause.total_seconds()
        return wait_exponential(multiplier=first, exp_base=self.rule.growth)(state) * (0.5 + self.jitter())
