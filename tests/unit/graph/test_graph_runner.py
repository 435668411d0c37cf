"""What the runner does when things go wrong around the graph: leases, faults, dead stores, and being told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.work import JobDraft, JobKind, Lease
from sre_agent.errors import NotFound, StoreBusy
from sre_agent.graph_runner import LONGEST_WAIT, MAX_FAILURES, TERM
from tests.scenarios.deaths import ending_of
from tests.scenarios.lives import Life
from tests.scenarios.stage import Stage
from tests.scenarios.stories import BY_NAME, Story, begin
from tests.scenarios.virtual import live

SCALES = BY_NAME["a step of low risk that the law allows"]


def played(story: Story, play: Callable[[Stage], Awaitable[None]]) -> Stage:
    async def main() -> Stage:
        told = await begin(story)
        await play(told.stage)
        await told.stage.go_home()
        return told.stage

    return live(main())


class Faulty:
    """A port whose method fails as often as it is told to."""

    def __init__(self, port: Any, method: str, error: Exception, times: int = 10**9) -> None:
        self._port, self._method, self._error, self.times = port, method, error, times

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if name != self._method:
            return real

        async def faulty(*args: Any, **kwargs: Any) -> Any:
            if self.times > 0:
                self.times -= 1
                raise self._error
            return await real(*args, **kwargs)

        return faulty


def fails(stage: Stage, tool: str, error: Exception, times: int = 10**9) -> None:
    """A tool raises this, so many times."""

    async def happens() -> None:
        nonlocal times
        times -= 1
        if times > 0:
            stage.town.happenings[tool] = [happens]
        raise error

    stage.town.happenings[tool] = [happens]


# --- faults of ours


def test_a_fault_that_stays_is_tried_again_and_then_handed_to_a_person() -> None:
    async def play(stage: Stage) -> None:
        fails(stage, "preview_scale", ZeroDivisionError("ours"))
        await stage.live(Life())

    stage = played(SCALES, play)
    assert (stage.incident.status, stage.incident.outcome) == (Status.ESCALATED, Outcome.SOFTWARE_FAULT)
    assert stage.incident.closed_at is not None
    assert "ZeroDivisionError" in stage.incident.summary
    assert "ours" not in stage.incident.summary
    tries = [entry.at for entry in stage.entries(Kind.RUN_STARTED, Kind.RUN_RESUMED)]
    assert len(tries) == MAX_FAILURES
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 3 * pauses[0]
    stage.check()


def test_a_fault_that_passes_changes_nothing_but_the_time() -> None:
    async def play(stage: Stage) -> None:
        fails(stage, "preview_scale", ZeroDivisionError("ours"), times=MAX_FAILURES - 1)
        await stage.live(Life())

    assert played(SCALES, play).ending == ending_of(SCALES)


def test_each_failed_run_is_said_in_the_journal() -> None:
    async def play(stage: Stage) -> None:
        fails(stage, "preview_scale", ZeroDivisionError("ours"), times=2)
        await stage.live(Life())

    notes = [entry.text for entry in played(SCALES, play).entries(Kind.NOTE_ADDED) if entry.actor == "runner"]
    assert len(notes) == 2
    assert all("ZeroDivisionError" in note for note in notes)


def test_a_long_outage_does_not_count_as_faults_of_ours() -> None:
    """Claims pile up while the store is away; the first fault of ours after that is still only the first."""

    async def play(stage: Stage) -> None:
        stage.ledger = Faulty(stage.ledger, "write", StoreBusy("locked"), times=60)  # type: ignore[assignment]
        fails(stage, "preview_scale", ZeroDivisionError("ours"), times=MAX_FAILURES - 1)
        await stage.live(Life())
        assert stage.ledger.times == 0  # type: ignore[attr-defined]

    assert played(SCALES, play).ending == ending_of(SCALES)


def test_waiting_for_very_long_never_stops_the_runner() -> None:
    """The pause doubles, and a number that doubles for an hour is longer than any calendar."""

    async def play(stage: Stage) -> None:
        stage.ledger = Faulty(stage.ledger, "write", StoreBusy("locked"), times=80)  # type: ignore[assignment]
        began = stage.clock.now()
        await stage.live(Life())
        assert stage.clock.now() - began < 90 * LONGEST_WAIT

    assert played(SCALES, play).ending == ending_of(SCALES)


def test_what_is_missing_inside_an_incident_does_not_orphan_it() -> None:
    async def play(stage: Stage) -> None:
        stage.archive = Faulty(stage.archive, "evidence_body", NotFound("no evidence E1"), times=1)  # type: ignore[assignment]
        await stage.live(Life())

    assert played(SCALES, play).ending == ending_of(SCALES)


def test_a_job_of_an_incident_that_is_gone_is_dropped() -> None:
    async def play(stage: Stage) -> None:
        gone = IncidentId("inc_gone")
        draft = JobDraft(
            kind=JobKind.INVESTIGATE, lock=gone, incident_id=gone, run_at=stage.clock.now(), priority=1
        )
        await stage.jobs.defer(draft)
        await stage.runner(Life(), "runner").work_on_next()
        assert [queued.job.incident_id for queued in stage.store.state.jobs.values()] == [stage.incident_id]

    played(SCALES, play)


def test_a_fault_after_the_end_does_not_change_the_end() -> None:
    async def play(stage: Stage) -> None:
        async def cancels_and_fails() -> None:
            await stage.cancel()
            raise ZeroDivisionError("ours")

        stage.town.happenings["preview_scale"] = [cancels_and_fails]
        await stage.live(Life())

    stage = played(SCALES, play)
    assert (stage.incident.status, stage.incident.outcome) == (Status.CLOSED, Outcome.CANCELLED)


# --- servers that are away


def test_a_server_that_is_away_when_the_plan_is_to_go_on_is_waited_for_and_that_is_said_once() -> None:
    story = replace(
        BY_NAME["the ground moves while a person thinks"],
        people=BY_NAME["a release is reverted after approval"].people,
    )

    async def play(stage: Stage) -> None:
        async def goes_away() -> None:
            while stage.incident.status is not Status.AWAITING_APPROVAL:
                await stage.clock.sleep(timedelta(seconds=1))
            stage.town.down.add("k8s")
            await stage.clock.sleep(timedelta(minutes=3))
            stage.town.down.clear()

        stage.employ(goes_away())
        await stage.live(Life())

    stage = played(story, play)
    assert stage.incident.status is Status.RESOLVED
    assert stage.deeds == ["set_image"]
    waits = [entry.text for entry in stage.entries(Kind.NOTE_ADDED) if entry.actor == "runner"]
    assert len(waits) == 1
    assert "k8s: cannot be reached" in waits[0]


# --- the lease


def test_a_lost_lease_stops_the_run_within_a_heartbeat_and_nothing_more_is_written() -> None:
    async def play(stage: Stage) -> None:
        async def steals() -> None:
            taken = Lease(
                incident_id=stage.incident_id,
                owner="thief",
                fence=99,
                expires_at=stage.clock.now() + timedelta(hours=1),
            )
            stage.store.state.leases[stage.incident_id] = taken

        async def is_verified() -> None:
            stage.town.happenings["topology"] = [steals]

        stage.town.happenings["scale"] = [is_verified]
        runner = stage.runner(Life(), "victim")
        await runner.work_on_next()
        length = len(stage.journal)
        await stage.clock.sleep(timedelta(minutes=5))
        assert len(stage.journal) == length
        assert stage.incident.status is Status.VERIFYING
        assert await stage.jobs.backlog() == 1

    played(SCALES, play)


def test_a_busy_store_does_not_cost_the_lease() -> None:
    async def play(stage: Stage) -> None:
        stage.leases = Faulty(stage.leases, "renew", StoreBusy("locked"), times=2)  # type: ignore[assignment]
        await stage.live(Life())

    stage = played(SCALES, play)
    assert stage.ending == ending_of(SCALES)
    assert stage.store.state.leases[stage.incident_id].fence == 1


def test_a_job_whose_incident_another_runner_holds_is_left_for_later() -> None:
    async def play(stage: Stage) -> None:
        await stage.leases.acquire(stage.incident_id, "other", term=timedelta(seconds=20))
        runner = stage.runner(Life(), "runner")
        assert await runner.work_on_next()
        assert not stage.entries(Kind.RUN_STARTED)
        await stage.live(Life())

    assert played(SCALES, play).ending == ending_of(SCALES)


# --- being told to stop


async def stopped_at(stage: Stage, tool: str) -> None:
    """Run until this tool is called, then stop as a process does that is told to."""
    called = asyncio.Event()

    async def calls() -> None:
        called.set()

    stage.town.happenings[tool] = [calls]
    work = asyncio.ensure_future(stage.runner(Life(), "stopped").work_on_next())
    await called.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


@pytest.mark.parametrize("tool", ["namespace_objects", "preview_scale", "scale", "topology"])
def test_told_to_stop_it_gives_its_job_back_at_once_and_the_next_goes_on(tool: str) -> None:
    async def play(stage: Stage) -> None:
        await stopped_at(stage, tool)
        before = stage.clock.now()
        again = await stage.jobs.claim("next", hold=TERM)
        assert again is not None
        assert stage.clock.now() == before
        await stage.jobs.retry(again, "next", after=timedelta(), error="")
        await stage.live(Life())

    stage = played(SCALES, play)
    stage.check()
    assert stage.ending == ending_of(SCALES)


def test_a_call_that_was_on_the_wire_when_it_stopped_and_lands_late_is_not_made_twice() -> None:
    async def play(stage: Stage) -> None:
        real = stage.town.call

        async def lands_late(call: Any, **how: Any) -> Any:
            if call.tool != "scale":
                return await real(call, **how)

            async def later() -> Any:
                await stage.clock.sleep(timedelta(seconds=3))
                return await real(call, **how)

            sent = asyncio.ensure_future(later())
            stage.people.append(sent)
            return await asyncio.shield(sent)

        stage.town.call = lands_late  # type: ignore[method-assign]
        work = asyncio.ensure_future(stage.runner(Life(), "stopped").work_on_next())
        while not stage.entries(Kind.GRANT_ISSUED):
            await stage.clock.sleep(timedelta(milliseconds=10))
        await stage.clock.sleep(timedelta(seconds=1))
        stage.let_go.add(1)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await stage.live(Life())

    stage = played(SCALES, play)
    stage.check()
    assert stage.ending == ending_of(SCALES)


# --- other jobs


def test_a_job_of_another_kind_is_finished_and_harms_nobody() -> None:
    async def play(stage: Stage) -> None:
        odd = JobDraft(kind=JobKind.REFRESH_TOPOLOGY, lock="x", run_at=stage.clock.now(), priority=1)
        await stage.jobs.defer(odd)
        await stage.live(Life())

    assert played(SCALES, play).ending == ending_of(SCALES)
