"""A permitted plan is carried out in order, once; whatever happens, nothing is done twice or without a right."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from act_world import INCIDENT, Stage, World, drive, plan_of, step
from hypothesis import given, settings
from hypothesis import strategies as st

from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Answer, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.errors import (
    GrantRefused,
    GroundMoved,
    IncidentEnded,
    LeaseLost,
    ToolFailed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.ledger import IncidentUpdate

THREE = plan_of(step(0), step(1), step(2))
KEYS = ["key-0000", "key-0001", "key-0002"]


async def carried_out(plan: Plan = THREE, *, world: World | None = None, cut_at: int = 0):  # type: ignore[no-untyped-def]
    stage = Stage(plan, world=world or World())
    run = await stage.set()
    stage.wire.arm(cut_at)
    return stage, await drive(stage, run)


async def test_steps_are_done_in_order_and_the_plan_goes_to_the_verifier() -> None:
    stage, end = await carried_out()
    assert (end.at, stage.world.keys) == ("verifier", KEYS)
    assert stage.states == {0: "done", 1: "done", 2: "done"}
    assert stage.status is Status.REMEDIATING


async def test_every_step_is_intended_then_granted_then_done_in_the_journal() -> None:
    stage, _ = await carried_out(plan_of(step(0)))
    kinds = (Kind.STEP_INTENDED, Kind.GRANT_ISSUED, Kind.STEP_DONE)
    assert stage.entries(*kinds) == ["key-0000/intended/1", "key-0000/granted/1", "key-0000/done"]


async def test_the_grant_is_for_exactly_this_call_and_never_in_the_journal() -> None:
    stage, _ = await carried_out(plan_of(step(0)))
    (order,) = stage.grants.orders
    assert (order.call, order.audience, order.key) == (step(0).call, "k8s@lab", "key-0000")
    (right,) = stage.world.rights
    assert right.key == "key-0000"
    assert all(right.grant not in entry.model_dump_json() for entry in stage.store.state.journal)


async def test_a_grant_never_outlives_the_lease() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set()
    stage.clock.advance(run.lease().expires_at - stage.clock.now() - timedelta(seconds=1))
    await drive(stage, run)
    (order,) = stage.grants.orders
    assert order.expires_at == run.lease().expires_at


async def test_the_writes_own_undo_is_kept_with_the_step() -> None:
    stage, _ = await carried_out(plan_of(step(0)))
    assert stage.records[0].result["undo"] == {
        "tool": "undo_key-0000",
        "arguments": {"of": "key-0000"},
        "statement": "undo key-0000",
    }


async def test_steps_for_a_person_are_passed_over() -> None:
    by_hand = step(1, call=None)
    stage, end = await carried_out(plan_of(step(0), by_hand, step(2)))
    assert (end.at, stage.world.keys) == ("verifier", ["key-0000", "key-0002"])


@pytest.mark.parametrize("cut_at", range(1, 90))
async def test_killed_at_any_input_or_output_it_ends_the_same_and_does_nothing_twice(cut_at: int) -> None:
    stage, end = await carried_out(cut_at=cut_at)
    assert (end.at, stage.world.keys) == ("verifier", KEYS)
    assert stage.states == {0: "done", 1: "done", 2: "done"}
    assert Counter(stage.entries(Kind.STEP_DONE)) == Counter(f"{key}/done" for key in KEYS)


async def test_the_kills_above_cover_every_input_and_output() -> None:
    stage, _ = await carried_out()
    assert stage.wire.count < 90


@given(st.sets(st.integers(1, 200), max_size=25))
@settings(max_examples=60, deadline=None)
async def test_killed_again_and_again_it_ends_the_same(cuts: set[int]) -> None:
    stage = Stage(THREE, approval_hours=1000)
    run = await stage.set()
    stage.wire.arm(*cuts)
    end = await drive(stage, run)
    assert (end.at, stage.world.keys) == ("verifier", KEYS)
    assert stage.states == {0: "done", 1: "done", 2: "done"}


@pytest.mark.parametrize("cut_at", range(30))
async def test_killed_anywhere_nothing_is_done_without_permission(cut_at: int) -> None:
    stage = Stage(THREE)
    run = await stage.set(approved=False)
    stage.wire.arm(cut_at)
    end = await drive(stage, run)
    assert (end.at, end.outcome, stage.world.effects) == ("closer", "approval_expired", [])
    assert stage.grants.orders == []


@pytest.mark.parametrize(
    ("verdict", "ruling", "outcome"),
    [(Verdict.DENIED, True, "denied_by_policy"), (Verdict.ALLOWED, False, "denied_by_policy")],
)
async def test_what_the_law_did_not_let_through_is_not_done_whatever_the_notebook_says(
    verdict: Verdict, ruling: bool, outcome: str
) -> None:
    stage = Stage(THREE, verdict=verdict)
    end = await drive(stage, await stage.set(ruling=ruling))
    assert (end.outcome, stage.world.effects) == (outcome, [])


async def test_a_plan_the_law_allows_needs_no_answer() -> None:
    stage = Stage(THREE, verdict=Verdict.ALLOWED)
    end = await drive(stage, await stage.set(approved=False))
    assert (end.at, stage.world.keys) == ("verifier", KEYS)


@pytest.mark.promise("ACT-14")
async def test_an_approval_that_was_withdrawn_stops_the_plan_before_it_begins_and_another_is_made() -> None:
    stage = Stage(THREE)
    run = await stage.set()
    await stage.answer(Answer.NO, by="ben")
    end = await drive(stage, run)
    assert (end.at, end.state["plan_digest"], stage.world.effects) == ("supervisor", "", [])


async def test_an_approval_that_runs_out_half_way_has_the_rest_left_and_the_done_taken_back() -> None:
    stage = Stage(THREE)
    run = await stage.set()
    await drive_one(stage, run)
    stage.clock.advance(timedelta(hours=11))
    end = await drive(stage, await stage.take_over("runner-2"))
    assert end.at == "closer"
    assert [tool for tool, _ in stage.world.effects] == ["tool_0", "undo_key-0000"]


async def drive_one(stage: Stage, run) -> None:  # type: ignore[no-untyped-def]
    from sre_agent.act.executor import executor

    await executor({"plan_digest": stage.plan.digest}, run)


@pytest.mark.parametrize(
    "heard", [ToolTimeout("late"), ToolUnavailable("gone"), ToolFailed("?", code="upstream_error")]
)
async def test_a_write_that_arrived_although_no_answer_did_is_not_sent_again(heard: Exception) -> None:
    stage, end = await carried_out(world=World(swallows={"tool_1": [heard]}))
    assert (end.at, stage.world.keys) == ("verifier", KEYS)
    assert stage.entries(Kind.STEP_RECONCILED) == ["key-0001/reconciled"]


@pytest.mark.parametrize(
    "heard",
    [
        ToolTimeout("late"),
        ToolUnavailable("gone"),
        GrantRefused("old"),
        ToolFailed("?", code="upstream_error"),
    ],
)
async def test_a_write_that_did_not_arrive_is_sent_again_under_a_new_grant_and_the_same_key(
    heard: Exception,
) -> None:
    stage, end = await carried_out(world=World(drops={"tool_1": [heard]}))
    assert (end.at, stage.world.keys) == ("verifier", KEYS)
    assert [order.key for order in stage.grants.orders] == ["key-0000", "key-0001", "key-0001", "key-0002"]


async def test_a_write_that_never_arrives_is_given_up_and_what_stands_is_taken_back() -> None:
    gone = [ToolUnavailable("gone")] * 5
    stage, end = await carried_out(world=World(drops={"tool_1": gone}))
    assert (end.at, end.outcome) == ("closer", "not_recovered")
    assert [tool for tool, _ in stage.world.effects] == ["tool_0", "undo_key-0000"]
    assert stage.states == {0: "undone", 1: "failed"} or stage.states[0] == "undone"


async def test_a_call_that_is_under_way_is_waited_for() -> None:
    world = World(swallows={"tool_0": [ToolTimeout("late")]}, open_questions=3)
    stage, end = await carried_out(world=world)
    assert (end.at, stage.world.keys) == ("verifier", KEYS)


async def test_where_nobody_can_tell_it_stops_and_asks_a_person() -> None:
    world = World(swallows={"tool_1": [ToolTimeout("late")]}, open_questions=10**6)
    stage, end = await carried_out(world=world)
    assert (end.at, end.outcome) == ("closer", "step_uncertain")
    assert stage.world.keys == KEYS[:2]
    assert "Step 0." in end.summary
    assert "Look at Deployment shop/checkout" in end.summary


async def test_a_refused_first_step_ends_it_with_nothing_changed() -> None:
    stage, end = await carried_out(world=World(refuses={"tool_0": ToolFailed("no", code="forbidden")}))
    assert (end.at, end.outcome, stage.world.effects) == ("closer", "not_recovered", [])
    assert "Nothing was changed" in end.summary


async def test_a_server_that_is_not_set_up_ends_it_with_nothing_changed() -> None:
    stage, end = await carried_out(world=World(refuses={"tool_0": ToolNotConfigured("no k8s")}))
    assert (end.at, end.outcome, stage.world.effects) == ("closer", "not_recovered", [])


async def test_a_refused_later_step_has_the_earlier_ones_taken_back_newest_first() -> None:
    stage, end = await carried_out(world=World(refuses={"tool_2": ToolFailed("no", code="forbidden")}))
    assert (end.at, end.outcome) == ("closer", "not_recovered")
    assert [tool for tool, _ in stage.world.effects] == ["tool_0", "tool_1", "undo_key-0001", "undo_key-0000"]
    assert stage.states == {0: "undone", 1: "undone", 2: "failed"}


@pytest.mark.parametrize("cut_at", range(30))
async def test_a_moved_ground_means_looking_again_also_after_a_kill(cut_at: int) -> None:
    stage, end = await carried_out(world=World(refuses={"tool_0": GroundMoved("uid")}), cut_at=cut_at)
    assert (end.at, end.state["plan_digest"], stage.world.effects) == ("supervisor", "", [])


async def test_a_ground_that_moved_half_way_has_the_done_steps_taken_back() -> None:
    stage, end = await carried_out(world=World(refuses={"tool_1": GroundMoved("uid")}))
    assert (end.at, [tool for tool, _ in stage.world.effects]) == ("closer", ["tool_0", "undo_key-0000"])


async def test_a_runner_that_lost_its_lease_touches_nothing() -> None:
    stage = Stage(THREE)
    run = await stage.set()
    await stage.take_over("runner-2")
    with pytest.raises(LeaseLost):
        await drive(stage, run)
    assert stage.world.effects == []


async def test_nothing_of_an_earlier_holder_is_on_its_way_when_the_new_one_begins() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set()
    stage.wire.arm(8)  # the intent is written, nothing was sent
    end = await drive(stage, run)
    assert (end.at, stage.world.keys) == ("verifier", ["key-0000"])
    intended = [e for e in stage.store.state.journal if e.kind is Kind.STEP_INTENDED]
    assert intended[-1].at - intended[0].at >= stage.limits.grant_time


async def test_an_incident_that_a_person_ended_is_left_alone() -> None:
    stage = Stage(THREE)
    run = await stage.set()
    await stage.write(update=IncidentUpdate(status=Status.CLOSED))
    with pytest.raises(IncidentEnded):
        await drive(stage, run)
    assert stage.world.effects == []
    assert stage.store.state.incidents[INCIDENT].status is Status.CLOSED
