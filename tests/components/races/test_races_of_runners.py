"""Two runners, one incident, on the real store and behind the real gate: one writes, and the other can do nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.act import sending as out
from sre_agent.act.executor import executor
from sre_agent.agent_state import Notebook
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Verdict
from sre_agent.domain.plan import Call, Plan, StepState
from sre_agent.domain.work import Lease
from sre_agent.errors import GrantRefused, LeaseLost, Retryable
from sre_agent.ports.grants import GrantOrder
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.ports.toolbox import Right
from tests.components.races.runners import AUDIENCE, TERM, Lamp, Replica, run_of
from tests.components.stores.twins import template
from tests.contracts.cabinet import Cabinet, on_disk
from tests.contracts.store_examples import CART, FIRST, change, incident, plan, ruling, step_record

ARGUMENTS = {"value": "green"}
LIFE = timedelta(seconds=5)


@dataclass
class Runner:
    """One runner with stores of its own on the shared file, and a lease that it thinks it has."""

    cabinet: Cabinet
    run: Run
    lease: Lease


@dataclass
class Scene:
    folder: Path
    made: Plan
    lamp: Lamp = field(default_factory=Lamp)
    cabinets: list[Cabinet] = field(default_factory=list)

    def advance(self, by: timedelta) -> None:
        for cabinet in self.cabinets:
            cabinet.clock.advance(by)

    async def runner(self, cabinet: Cabinet, name: str) -> Runner:
        lease = await cabinet.leases.acquire(FIRST, name, term=TERM)
        assert lease is not None
        return self.with_lease(cabinet, lease)

    def with_lease(self, cabinet: Cabinet, lease: Lease) -> Runner:
        replica = Replica(self.lamp, self.folder / "grants.db", cabinet.clock)
        return Runner(cabinet, run_of(cabinet, FIRST, replica, lambda: lease), lease)

    @property
    def notebook(self) -> Notebook:
        return Notebook(incident_id=FIRST, plan_digest=self.made.digest)


def lamp_plan() -> Plan:
    (step,) = plan().steps
    call = Call(server="demo", tool="change", arguments=ARGUMENTS)
    return plan().model_copy(
        update={"steps": (step.model_copy(update={"call": call, "key": "step-00000001"}),)}
    )


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """An incident with a plan that the law allows, on one file that each runner opens for itself."""
    file = Path(shutil.copy(template(), folder / "agent.db"))
    made = lamp_plan()
    async with on_disk(file) as one, on_disk(file) as two:
        await one.ledger.open(incident(), change("opened"))
        await one.ledger.write(
            change(
                plan=made,
                ruling=ruling(made, Verdict.ALLOWED),
                update=IncidentUpdate(status=Status.INVESTIGATING),
            )
        )
        yield Scene(folder, made, cabinets=[one, two])


@pytest.mark.promise("ACT-8")
async def test_of_many_runners_that_ask_at_once_on_two_stores_one_gets_the_incident(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        one, two = here.cabinets
        asked = await asyncio.gather(
            *(cabinet.leases.acquire(FIRST, f"r{n}", term=TERM) for n in range(10) for cabinet in (one, two))
        )
        assert sum(lease is not None for lease in asked) == 1


def writes_of(here: Scene, stale: Runner) -> Iterator[tuple[str, Any]]:
    """Every way in which a runner changes what is on file, or the world."""
    fence, ledger = stale.lease.fence, stale.run.ledger
    step = step_record(here.made, fence=fence)
    done = step_record(here.made, StepState.DONE, fence=fence)
    yield "an entry", ledger.write(change("late", fence=fence))
    yield "a step", ledger.write(change("begun", fence=fence, steps=(step,)))
    yield "a result", ledger.write(change("ended", fence=fence, steps=(done,)))
    yield "a plan", ledger.write(change("planned", fence=fence, plan=plan(2)))
    yield "a ruling", ledger.write(change("ruled", fence=fence, ruling=ruling(here.made, Verdict.ALLOWED)))
    yield "an end", ledger.write(change("end", fence=fence, update=IncidentUpdate(status=Status.RESOLVED)))
    yield "a lead", ledger.lead(change("lead", fence=fence), CART)
    yield "a status", out.enter(stale.run, Status.REMEDIATING)
    yield "an intent and its call", executor(here.notebook, stale.run)
    yield "its lease", stale.run.leases.renew(stale.lease, term=TERM)


@pytest.mark.promise("ACT-8")
async def test_a_runner_whose_lease_another_has_can_write_nothing_at_all(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        stale = await here.runner(here.cabinets[0], "slow")
        here.advance(TERM)
        await here.runner(here.cabinets[1], "quick")
        before = await here.cabinets[1].archive.journal(FIRST)
        got_through = []
        for name, attempt in writes_of(here, stale):
            with suppress(LeaseLost):
                await attempt
                got_through.append(name)
        assert got_through == []
        assert await here.cabinets[1].archive.journal(FIRST) == before
        assert here.lamp.writes == []


@pytest.mark.promise("ACT-8")
async def test_a_lease_ends_at_the_very_moment_it_runs_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "only")
        here.advance(TERM - timedelta(microseconds=1))
        await runner.run.ledger.write(change("in time", fence=runner.lease.fence))
        here.advance(timedelta(microseconds=1))
        with pytest.raises(LeaseLost):
            await runner.run.ledger.write(change("too late", fence=runner.lease.fence))


async def worked(here: Scene, runner: Runner) -> None:
    """The executor again and again, as the graph does, until it is through or may not go on."""
    for _ in range(50):
        try:
            if not (await executor(here.notebook, runner.run)).get("steps_left"):
                return
        except Retryable:
            continue


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("ACT-8")
async def test_two_runners_who_both_think_the_incident_is_theirs_write_once(tmp_path: Path) -> None:
    """Worse than can be: both hold the same fence, as if the lease had failed; the gate still lets one write pass."""
    async with scene(tmp_path) as here:
        first = await here.runner(here.cabinets[0], "one")
        second = here.with_lease(here.cabinets[1], first.lease)
        with suppress(LeaseLost):
            await asyncio.gather(worked(here, first), worked(here, second))
        assert here.lamp.writes == ["step-00000001"]
        entries = await here.cabinets[0].archive.journal(FIRST)
        assert sum(each.kind is Kind.STEP_DONE for each in entries) == 1


@pytest.mark.promise("ACT-8")
async def test_a_grant_of_the_old_holder_is_worth_nothing_after_the_new_one_has_written(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        stale = await here.runner(here.cabinets[0], "slow")
        held = right_of(here, stale)
        here.advance(TERM)
        await worked(here, await here.runner(here.cabinets[1], "quick"))
        with pytest.raises(GrantRefused):
            await stale.run.toolbox.call(step_call(here), limit=TERM, right=held)
        assert here.lamp.writes == ["step-00000001"]


@pytest.mark.promise("ACT-2")
async def test_one_grant_sent_to_two_replicas_at_once_writes_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "one")
        replicas = [Replica(here.lamp, tmp_path / "grants.db", here.cabinets[0].clock) for _ in range(4)]
        held = right_of(here, runner)
        outcomes = await asyncio.gather(
            *(each.call(step_call(here), limit=TERM, right=held) for each in replicas), return_exceptions=True
        )
        assert sum(not isinstance(each, BaseException) for each in outcomes) == 1
        assert {type(each) for each in outcomes if isinstance(each, BaseException)} == {GrantRefused}
        assert here.lamp.writes == ["step-00000001"]


@pytest.mark.promise("ACT-2")
async def test_a_used_grant_is_refused_by_a_server_that_was_started_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "one")
        held = right_of(here, runner)
        await runner.run.toolbox.call(step_call(here), limit=TERM, right=held)
        again = Replica(here.lamp, tmp_path / "grants.db", here.cabinets[0].clock)
        with pytest.raises(GrantRefused, match="used"):
            await again.call(step_call(here), limit=TERM, right=held)
        assert len(here.lamp.writes) == 1


@pytest.mark.promise("ACT-2")
async def test_a_grant_is_good_until_its_last_moment_and_no_longer(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        runner = await here.runner(here.cabinets[0], "one")
        first, second = right_of(here, runner), right_of(here, runner, key="step-00000002")
        here.advance(LIFE - timedelta(microseconds=1))
        await runner.run.toolbox.call(step_call(here), limit=TERM, right=first)
        here.advance(timedelta(microseconds=1))
        with pytest.raises(GrantRefused, match="expired"):
            await runner.run.toolbox.call(step_call(here), limit=TERM, right=second)
        assert here.lamp.writes == ["step-00000001"]


def step_call(here: Scene) -> Call:
    call = here.made.steps[0].call
    assert call is not None
    return call


def right_of(here: Scene, runner: Runner, *, key: str = "step-00000001") -> Right:
    """A good grant for the step, as the runner would hold it in the moment before it calls."""
    now = runner.run.clock.now()
    order = GrantOrder(
        call=step_call(here),
        audience=AUDIENCE,
        incident_id=FIRST,
        key=key,
        fence=runner.lease.fence,
        issued_at=now,
        expires_at=now + LIFE,
    )
    return Right(grant=runner.run.grants.issue(order), key=key)
