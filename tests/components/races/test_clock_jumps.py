"""A wall clock that is set, forward or back, while time runs out for a lease, a grant or a yes: nothing is done twice or too late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.domain.law import Answer
from sre_agent.domain.work import Lease
from sre_agent.errors import GrantRefused, LeaseLost
from sre_agent.policy.consent import Standing, consent
from tests.components.races.runners import TERM
from tests.components.races.test_races_of_people import ANA, asked
from tests.components.races.test_races_of_runners import right_of, scene, step_call
from tests.contracts.store_examples import FIRST, change

HOUR = timedelta(hours=1)


@pytest.mark.promise("ACT-8")
async def test_a_clock_set_back_gives_a_held_lease_to_nobody_else(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        holder = await here.runner(here.cabinets[0], "one")
        here.advance(-HOUR)
        assert await here.cabinets[1].leases.acquire(FIRST, "two", term=TERM) is None
        await holder.run.ledger.write(change("still mine", fence=holder.lease.fence))


@pytest.mark.promise("ACT-8")
async def test_a_clock_set_forward_ends_a_lease_and_the_old_holder_writes_nothing_more(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        old = await here.runner(here.cabinets[0], "one")
        here.advance(HOUR)
        taken = await here.cabinets[1].leases.acquire(FIRST, "two", term=TERM)
        assert isinstance(taken, Lease)
        here.advance(-HOUR)
        with pytest.raises(LeaseLost):
            await old.run.ledger.write(change("not mine any more", fence=old.lease.fence))
        await here.cabinets[1].ledger.write(change("mine", fence=taken.fence))


@pytest.mark.promise("ACT-2")
@pytest.mark.parametrize(("jump", "why"), [(HOUR, "expired"), (-HOUR, "in the future")])
async def test_a_grant_is_worth_nothing_to_a_server_whose_clock_was_set(
    tmp_path: Path, jump: timedelta, why: str
) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "one")
        held = right_of(here, runner)
        here.advance(jump)
        with pytest.raises(GrantRefused, match=why):
            await runner.run.toolbox.call(step_call(here), limit=TERM, right=held)
        assert here.lamp.writes == []


@pytest.mark.promise("ACT-2")
async def test_a_used_grant_stays_used_when_the_clock_is_set_back_after_it_ran_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "one")
        held = right_of(here, runner)
        await runner.run.toolbox.call(step_call(here), limit=TERM, right=held)
        here.advance(HOUR)
        here.advance(-HOUR)
        with pytest.raises(GrantRefused, match="used"):
            await runner.run.toolbox.call(step_call(here), limit=TERM, right=held)
        assert len(here.lamp.writes) == 1


@pytest.mark.promise("ACT-20")
async def test_a_clock_set_forward_makes_a_yes_wait_to_be_given_again(tmp_path: Path) -> None:
    async with asked(tmp_path / "db") as question:
        await question.says(ANA, Answer.YES)
        record = await question.record()
        ends = record.approvals[0].expires_at
        later = consent(question.made.digest, record.ruling, record.approvals, now=ends + HOUR)
        assert later.standing is Standing.WAITING
