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


async def tried(
    attempt: Callable[[], Awaitable[Answer]],
    rule: RetryRule,
    clock: Clock,
    *,
    may_repeat: Callable[[BaseException], bool],
    patience: Callable[[], timedelta],
    jitter: Callable[[], float],
) -> Answer:
    """The first answer. Raises what the last attempt raised.

    A pause is the rule's, grown, times `0.5 + jitter()`; no further one begins once `patience()` is over. Both ask
    again each time, because what a failure tells (was the server ever there?) is known only after it.
    """
    started = clock.elapsed()
    grown = wait_exponential(multiplier=rule.first_pause.total_seconds(), exp_base=rule.growth)

    def is_over(state: RetryCallState) -> bool:
        return state.attempt_number >= rule.most_tries or clock.elapsed() - started >= patience()

    async def pause(seconds: float) -> None:
        await clock.sleep(timedelta(seconds=seconds))

    retrying = AsyncRetrying(
        sleep=pause,
        stop=is_over,
        wait=lambda state: grown(state) * (0.5 + jitter()),
        retry=retry_if_exception(may_repeat),
        reraise=True,
    )
    return await retrying(attempt)
