"""Done steps are taken back newest first, under the law, once; what stands is said."""

from __future__ import annotations

from collections import Counter

import pytest
from act_world import INCIDENT, End, Stage, World, drive, plan_of, step
from hypothesis import given, settings
from hypothesis import strategies as st

from sre_agent.act.rules import standing
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Verdict
from sre_agent.domain.plan import Plan
from sre_agent.errors import GroundMoved, ToolFailed, ToolTimeout, ToolUnavailable

TWO = plan_of(step(0), step(1))
UNDOS = ["key-0001-undo", "key-0000-undo"]


async def taken_back(  # type: ignore[no-untyped-def]
    plan: Plan = TWO,
    *,
    world: World | None = None,
    recovery: str = "not_yet",
    cuts: tuple[int, ...] = (),
    **more,
):
    stage = Stage(plan, world=world or World(), approval_hours=1000, **more)
    run = await stage.set()
    await drive(stage, run)
    done = len(stage.world.effects)
    stage.wire.arm(*cuts)
    run = await stage.take_over("runner-2") if cuts else run
    end = await drive(stage, run, {"recovery": recovery}, node="rollback")
    return stage, end, stage.world.keys[done:]


@pytest.mark.promise("PROVE-3")
async def test_done_steps_are_taken_back_newest_first_and_the_next_theory_is_tried() -> None:
    stage, end, undone = await taken_back()
    assert (end.at, undone) == ("supervisor", UNDOS)
    assert stage.states == {0: "undone", 1: "undone"}
    assert end.state["ruled_out"] == ["bad_config Deployment shop/checkout"]
    assert (end.state["plan_digest"], end.state["recovery"], end.state["rolled_back"]) == ("", "", True)
    assert stage.status is Status.INVESTIGATING


async def test_the_undo_is_the_one_the_write_answered_with() -> None:
    stage, _, _ = await taken_back()
    assert [tool for tool, _ in stage.world.effects[2:]] == ["undo_key-0001", "undo_key-0000"]


async def test_without_an_answer_on_file_the_plans_own_undo_is_used() -> None:
    world = World(swallows={"tool_0": [ToolTimeout("late")]})
    world._result = lambda key: {"changed": True}  # type: ignore[assignment,method-assign,return-value]
    stage, _end, _ = await taken_back(plan_of(step(0)), world=world)
    assert [tool for tool, _ in stage.world.effects] == ["tool_0", "planned_undo_0"]


async def test_each_undo_has_its_own_intent_grant_and_key_in_the_journal() -> None:
    stage, _, _ = await taken_back(plan_of(step(0)))
    kinds = (Kind.STEP_INTENDED, Kind.GRANT_ISSUED, Kind.STEP_UNDONE)
    key = "key-0000-undo"
    assert stage.entries(*kinds)[2:] == [f"{key}/intended/1", f"{key}/granted/1", f"{key}/undone"]
    assert [order.key for order in stage.grants.orders] == ["key-0000", key]


@pytest.mark.promise("PROVE-3")
async def test_undos_are_judged_by_the_law_as_undos() -> None:
    stage, _, _ = await taken_back()
    assert stage.facts[-1].asked_by == "rollback"
    assert [text for text in stage.texts(Kind.VERDICT_GIVEN) if "to take back" in text]


@pytest.mark.parametrize("verdict", [Verdict.DENIED, Verdict.NEEDS_APPROVAL])
async def test_an_undo_the_law_does_not_simply_allow_is_not_made_and_what_stands_is_said(
    verdict: Verdict,
) -> None:
    _stage, end, undone = await taken_back(undos=verdict)
    assert (end.at, end.outcome, undone) == ("closer", "not_recovered", [])
    assert "does not let the agent take this back" in end.summary
    assert "Still in effect: Step 1." in end.summary


@pytest.mark.parametrize("cut", range(1, 80))
async def test_killed_at_any_input_or_output_it_takes_each_step_back_once(cut: int) -> None:
    stage, end, undone = await taken_back(cuts=(cut,))
    assert (end.at, undone) == ("supervisor", UNDOS)
    assert Counter(stage.entries(Kind.STEP_UNDONE)) == Counter(f"{key}/undone" for key in UNDOS)


@given(st.sets(st.integers(1, 150), max_size=20))
@settings(max_examples=50, deadline=None)
async def test_killed_again_and_again_it_takes_each_step_back_once(cuts: set[int]) -> None:
    _stage, end, undone = await taken_back(cuts=tuple(cuts))
    assert (end.at, undone) == ("supervisor", UNDOS)


@pytest.mark.parametrize("heard", [ToolTimeout("late"), ToolFailed("?", code="upstream_error")])
async def test_an_undo_that_arrived_without_an_answer_is_not_sent_again(heard: Exception) -> None:
    _, end, undone = await taken_back(world=World(swallows={"undo_key-0001": [heard]}))
    assert (end.at, undone) == ("supervisor", UNDOS)


async def test_an_undo_that_never_arrives_leaves_the_older_ones_alone() -> None:
    gone: list[Exception] = [ToolUnavailable("gone")] * 9
    _, end, undone = await taken_back(world=World(drops={"undo_key-0001": gone}))
    assert (end.at, end.outcome, undone) == ("closer", "not_recovered", [])
    assert "could not be taken back" in end.summary


@pytest.mark.parametrize("problem", [ToolFailed("no", code="forbidden"), GroundMoved("changed since")])
async def test_an_undo_that_is_refused_leaves_the_older_ones_alone_also_when_asked_again(
    problem: Exception,
) -> None:
    stage, end, undone = await taken_back(world=World(refuses={"undo_key-0001": problem}))
    assert (end.at, end.outcome, undone) == ("closer", "not_recovered", [])
    again = await drive(stage, await stage.take_over("runner-3"), {"recovery": "not_yet"}, node="rollback")
    assert (again.at, again.outcome) == (end.at, end.outcome)
    assert [step.index for step in standing(TWO.steps, stage.records)] == [1, 0]


async def test_where_nobody_can_tell_it_stops_and_asks_a_person() -> None:
    stage = Stage(TWO, approval_hours=1000)
    run = await stage.set()
    await drive(stage, run)
    stage.world.swallows["undo_key-0001"] = [ToolTimeout("late")]
    stage.world.open_questions = 10**6
    end = await drive(stage, run, {"recovery": "worse"}, node="rollback")
    assert (end.at, end.outcome) == ("closer", "step_uncertain")


async def test_what_has_nothing_to_restore_is_passed_over() -> None:
    plan = plan_of(step(0), step(1, undo=False))
    world = World()
    answer = world._result

    def result(key: str) -> dict[str, object]:
        restart = {"tool": None, "arguments": {}, "statement": "nothing to restore"}
        return {**answer(key), "undo": restart} if key == "key-0001" else answer(key)

    world._result = result  # type: ignore[assignment,method-assign]
    _, end, undone = await taken_back(plan, world=world)
    assert (end.at, undone) == ("supervisor", ["key-0000-undo"])


async def test_a_step_that_changed_nothing_is_not_taken_back() -> None:
    world = World()
    world._result = lambda key: {"changed": False}  # type: ignore[assignment,method-assign,return-value]
    _, end, undone = await taken_back(world=world)
    assert (end.at, undone) == ("supervisor", [])


@pytest.mark.parametrize(
    ("recovery", "attempt", "at"),
    [
        ("not_yet", 1, "supervisor"),
        ("worse", 2, "supervisor"),
        ("not_yet", 3, "closer"),
        ("unknown", 1, "closer"),
    ],
)
async def test_the_next_theory_is_tried_only_where_this_one_is_refuted_and_attempts_are_left(
    recovery: str, attempt: int, at: str
) -> None:
    plan = plan_of(step(0), attempt=attempt)
    _, end, undone = await taken_back(plan, recovery=recovery)
    assert (end.at, undone) == (at, ["key-0000-undo"])


async def test_the_end_says_what_was_taken_back_and_that_nothing_stands() -> None:
    _, end, _ = await taken_back(plan_of(step(0), attempt=3))
    assert isinstance(end, End)
    assert "did not bring recovery in time" in end.summary
    assert "Taken back, newest first: Step 0." in end.summary
    assert "Nothing of the plan is in effect" in end.summary


async def test_an_incident_that_a_person_ended_keeps_its_steps() -> None:
    from sre_agent.errors import IncidentEnded
    from sre_agent.ports.ledger import IncidentUpdate

    stage = Stage(TWO)
    run = await stage.set()
    await drive(stage, run)
    await stage.write(update=IncidentUpdate(status=Status.CLOSED))
    with pytest.raises(IncidentEnded):
        await drive(stage, run, {"recovery": "not_yet"}, node="rollback")
    assert len(stage.world.effects) == 2
    assert stage.store.state.incidents[INCIDENT].status is Status.CLOSED
