"""A wall clock that is set while recovery is watched: it is neither proved too early nor watched without end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from watched_world import LIMITS, Watched, watched

from sre_agent.act.verifier import verifier
from sre_agent.domain.verification import Verification
from sre_agent.errors import LeaseLost
from sre_agent.testing.clock import HandClock

HOUR = timedelta(hours=1)
AFTER = timedelta(seconds=10)
"""How long the watch has gone on when the clock is set."""


class SetClock(HandClock):
    """Is set once, by so much; what is measured in `elapsed` knows nothing of it."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by
        self.is_set = False

    def now(self) -> datetime:
        if not self.is_set and self.elapsed() >= AFTER:
            self.is_set, self._start = True, self._start + self._by
        return super().now()


@dataclass
class Shop(Watched):
    """What was cured at once, as monitoring shows it whose clock is set too: of the time that never was it has nothing."""

    by: timedelta = field(default=HOUR, kw_only=True)

    def _value(self, at: Any, time: float) -> float | None:
        relative = time - self.zero
        was_skipped = AFTER.total_seconds() < relative < self.by.total_seconds()
        return None if was_skipped else super()._value(at, time)


async def verified(by: timedelta) -> tuple[dict[str, Any], Verification, timedelta]:
    world = Shop(by=by, has_golden=False, has_loki=False)
    world.clock = SetClock(by)
    stage, run = await watched(world)
    began = stage.clock.elapsed()
    notes: Any = None
    while notes is None:
        try:
            notes = await verifier({"plan_digest": stage.plan.digest}, run)
        except LeaseLost:
            # It ends where the clock is set forward; another runner goes on, from what is on file.
            run = await stage.take_over("another")
    *_, verification = [each for *_, each in stage.store.state.verifications]
    return dict(notes), verification, stage.clock.elapsed() - began


@pytest.mark.promise("PROVE-1")
async def test_an_hour_that_never_was_is_no_time_in_which_anything_held() -> None:
    notes, _, took = await verified(HOUR)
    assert notes["recovery"] == "recovered"
    assert LIMITS.settle <= took <= 2 * LIMITS.settle


@pytest.mark.promise("PROVE-1")
async def test_a_clock_set_back_an_hour_makes_nobody_watch_for_an_hour_and_takes_no_cure_back() -> None:
    """Its pods became ready an hour in the future: what cannot be proved is a person's to judge."""
    notes, _, took = await verified(-HOUR)
    assert notes["ending"]["outcome"] == "not_recovered"
    assert notes["recovery"] == "better"
    assert took <= AFTER + LIMITS.verify_time + 2 * LIMITS.poll


async def test_without_a_jump_the_same_shop_is_recovered_when_it_has_held() -> None:
    notes, _, took = await verified(timedelta())
    assert notes["recovery"] == "recovered"
    assert LIMITS.settle <= took <= 2 * LIMITS.settle
