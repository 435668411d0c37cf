"""More deliveries than there is room for are refused at once, and none of them is kept by halves."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest

from sre_agent.errors import IntakeFull
from sre_agent.intake.gate import IntakeGate
from sre_agent.testing.clock import HandClock


@pytest.mark.promise("HEAR-6")
def test_who_finds_no_room_is_refused_and_room_comes_back() -> None:
    gate = IntakeGate(HandClock(), room=2)
    with ExitStack() as inside:
        for _ in range(2):
            inside.enter_context(gate.entered())
        with (
            pytest.raises(IntakeFull, match=r"2 deliveries are being filed; .* send it again"),
            gate.entered(),
        ):
            pass
    for _ in range(5):
        with gate.entered():
            pass


async def test_where_one_waits_long_nobody_joins_it() -> None:
    clock = HandClock()
    gate = IntakeGate(clock, patience=timedelta(seconds=2))
    with gate.entered():
        await clock.sleep(timedelta(seconds=1))
        with gate.entered():
            await clock.sleep(timedelta(seconds=1))
        with pytest.raises(IntakeFull, match="waiting for the database for 2 s"), gate.entered():
            pass
    with gate.entered():
        pass


def test_a_delivery_that_fails_leaves_its_place() -> None:
    gate = IntakeGate(HandClock(), room=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), gate.entered():
            raise ValueError("broken")
