"""The node waits for people, believes only what is on file, and looks at the world again before it lets go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from act_world import INCIDENT, Stage, World, plan_of, step
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from sre_agent.agent_state import Notebook
from sre_agent.decide.approval import approval
from sre_agent.decide.looking import drifted, preview_of
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Answer, Verdict
from sre_agent.domain.plan import Ground
from sre_agent.domain.work import JobKind
from sre_agent.errors import IncidentEnded, ToolFailed, ToolUnavailable
from sre_agent.graph_routes import after_approval
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.ports.toolbox import ToolAnswer

SAME: JsonObject = {"uid": "u", "generation": 1, "fields": {"/spec/n": 0}}
ONE = plan_of(step(0))
THREAD: Any = {"configurable": {"thread_id": "t"}}


class Graph:
    """The node in a graph of its own, with a checkpointer, as LangGraph runs it."""

    def __init__(self, stage: Stage, run: Run) -> None:
        async def node(state: Notebook) -> Notebook:
            return await approval(state, self.run)

        self.run, self.stage = run, stage
        graph = StateGraph(Notebook)
        graph.add_node("approval", node)
        graph.add_edge(START, "approval")
        graph.add_edge("approval", END)
        self._graph = graph.compile(InMemorySaver())

    async def begin(self) -> dict[str, Any]:
        notes: Notebook = {"plan_digest": self.stage.plan.digest, "approved": False}
        return dict(await self._graph.ainvoke(notes, THREAD))

    async def resume(self, value: object = "look again") -> dict[str, Any]:
        return dict(await self._graph.ainvoke(Command(resume=value), THREAD))


async def asked(ground: JsonObject = SAME, **more: Any) -> Graph:
    stage = Stage(more.pop("plan", ONE), world=World(grounds={"preview_tool_0": ground}), **more)
    return Graph(stage, await stage.set(approved=False))


def is_waiting(notes: dict[str, Any]) -> bool:
    return "__interrupt__" in notes


async def test_it_asks_and_waits() -> None:
    graph = await asked()
    assert is_waiting(await graph.begin())
    assert graph.stage.status is Status.AWAITING_APPROVAL
    (said,) = graph.stage.texts(Kind.APPROVAL_ASKED)
    assert "one approver" in said
    assert "1. Step 0." in said


async def test_a_resume_without_an_answer_on_file_lets_nothing_through() -> None:
    graph = await asked()
    await graph.begin()
    for claim in ("yes", True, {"approved": True, "answer": "yes", "by": "admin"}):
        assert is_waiting(await graph.resume(claim))
    assert len(graph.stage.texts(Kind.APPROVAL_ASKED)) == 1


async def test_a_yes_on_file_lets_the_plan_go_on() -> None:
    graph = await asked()
    await graph.begin()
    await graph.stage.answer()
    notes = await graph.resume()
    assert (is_waiting(notes), notes["approved"], notes["plan_digest"]) == (False, True, ONE.digest)


async def test_a_yes_that_came_before_the_question_needs_no_question() -> None:
    graph = await asked()
    await graph.stage.answer()
    assert (await graph.begin())["approved"] is True
    assert graph.stage.texts(Kind.APPROVAL_ASKED) == []


@pytest.mark.promise("ACT-14")
async def test_a_no_goes_back_to_the_planner() -> None:
    graph = await asked()
    await graph.begin()
    await graph.stage.answer(Answer.NO)
    notes = await graph.resume()
    assert (notes["approved"], notes.get("ending"), notes["plan_digest"]) == (False, None, ONE.digest)
    assert after_approval(notes) == "planner"  # type: ignore[arg-type]
    assert graph.stage.status is Status.INVESTIGATING


async def test_a_no_to_an_incident_that_was_cancelled_meanwhile_plans_nothing() -> None:
    graph = await asked()
    await graph.begin()
    await graph.stage.answer(Answer.NO)
    await graph.stage.write(update=IncidentUpdate(status=Status.CLOSED))
    with pytest.raises(IncidentEnded):
        await graph.resume()


async def test_silence_ends_it_when_the_question_has_run_out() -> None:
    graph = await asked()
    await graph.begin()
    graph.stage.clock.advance(timedelta(hours=1000))
    graph.run = await graph.stage.take_over("runner-2")
    notes = await graph.resume()
    assert notes["ending"]["outcome"] == "approval_expired"


async def test_a_job_is_left_to_look_again_when_the_question_runs_out() -> None:
    graph = await asked()
    asked_at = graph.stage.clock.now()
    await graph.begin()
    (queued,) = graph.stage.store.state.jobs.values()
    assert (queued.job.kind, queued.job.incident_id) == (JobKind.INVESTIGATE, INCIDENT)
    assert queued.run_at == asked_at + timedelta(hours=1000)


@pytest.mark.promise("ACT-4")
async def test_an_answer_to_another_plan_is_no_answer() -> None:
    graph = await asked()
    await graph.begin()
    other = Stage(plan_of(step(0), attempt=2))
    await graph.stage.write(plan=other.plan)
    other.store, other.ledger = graph.stage.store, graph.stage.ledger
    await other.answer()
    assert is_waiting(await graph.resume())


@pytest.mark.promise("ACT-4")
@pytest.mark.parametrize(
    ("ground", "said"),
    [
        ({**SAME, "uid": "another"}, "uid of Deployment shop/checkout was 'u' and is now 'another'"),
        ({**SAME, "generation": 2}, "generation of Deployment shop/checkout was 1 and is now 2"),
        ({**SAME, "fields": {"/spec/n": 7}}, "/spec/n of Deployment shop/checkout was 0 and is now 7"),
        ({**SAME, "fields": {}}, "/spec/n of Deployment shop/checkout was 0 and is now nothing"),
        ({}, "is now nothing"),
    ],
)
async def test_a_yes_to_a_ground_that_moved_is_stale_and_a_fresh_plan_is_asked_for(
    ground: JsonObject, said: str
) -> None:
    graph = await asked(ground)
    await graph.stage.answer()
    notes = await graph.begin()
    assert (notes["approved"], notes["plan_digest"]) == (False, "")
    (stale,) = graph.stage.texts(Kind.APPROVAL_STALE)
    assert said in stale


async def test_a_target_that_can_no_longer_be_changed_so_makes_the_yes_stale() -> None:
    class Gone(World):
        async def call(self, call: Any, **more: Any) -> ToolAnswer:
            raise ToolFailed("there is no such Deployment", code="not_found")

    stage = Stage(ONE, world=Gone())
    graph = Graph(stage, await stage.set())
    assert (await graph.begin())["plan_digest"] == ""
    assert "no such Deployment" in stage.texts(Kind.APPROVAL_STALE)[0]


async def test_where_nobody_can_look_now_it_is_tried_again_later() -> None:
    class Away(World):
        async def call(self, call: Any, **more: Any) -> ToolAnswer:
            raise ToolUnavailable("restarting")

    stage = Stage(ONE, world=Away())
    graph = Graph(stage, await stage.set())
    with pytest.raises(ToolUnavailable):
        await graph.begin()
    assert stage.texts(Kind.APPROVAL_STALE) == []


async def test_a_step_that_stands_on_what_an_earlier_one_makes_is_not_previewed() -> None:
    plan = plan_of(step(0), step(1, ground=Ground()), step(2, call=None))
    graph = await asked(plan=plan)
    await graph.stage.answer()
    assert (await graph.begin())["approved"] is True


async def test_an_incident_that_a_person_ended_is_not_asked_about() -> None:
    graph = await asked()
    await graph.stage.write(update=IncidentUpdate(status=Status.CLOSED))
    with pytest.raises(IncidentEnded):
        await graph.begin()
    assert graph.stage.status is Status.CLOSED


async def test_without_a_ruling_nothing_is_asked_and_nothing_goes_on() -> None:
    stage = Stage(ONE)
    graph = Graph(stage, await stage.set(ruling=False))
    assert (await graph.begin())["ending"]["outcome"] == "denied_by_policy"


def test_the_preview_looks_without_expecting_anything() -> None:
    call = preview_of(step(0))
    assert (call.tool, call.arguments) == ("preview_tool_0", {"n": 0})


def test_a_ground_that_stands_still_says_nothing() -> None:
    assert drifted(step(0), {"ground": SAME}) == ()


@pytest.mark.promise("ACT-4")
async def test_a_plan_whose_ground_moved_while_people_think_is_withdrawn_without_their_answer() -> None:
    graph = await asked()
    assert is_waiting(await graph.begin())
    graph.stage.world.grounds["preview_tool_0"] = {**SAME, "fields": {"/spec/n": 7}}
    notes = await graph.resume()
    assert (is_waiting(notes), notes["approved"], notes["plan_digest"]) == (False, False, "")
    (stale,) = [each for each in graph.stage.store.state.journal if each.kind is Kind.APPROVAL_STALE]
    assert stale.text.startswith("The question is withdrawn, because the ground moved: /spec/n of")
    (drift,) = stale.body["drift"]  # type: ignore[misc]
    assert (drift["field"], drift["planned"], drift["now"]) == ("/spec/n", 0, 7)  # type: ignore[index,call-overload]


async def test_while_people_think_a_server_that_is_away_changes_nothing() -> None:
    graph = await asked()
    await graph.begin()
    graph.stage.world.previews_fail = ToolUnavailable("restarting")
    assert is_waiting(await graph.resume())


@pytest.mark.promise("ACT-17")
async def test_a_law_that_denies_it_meanwhile_withdraws_the_question_and_a_yes_does_not_help() -> None:
    graph = await asked()
    await graph.begin()
    await graph.stage.answer()
    graph.stage.verdict = Verdict.DENIED
    notes = await graph.resume()
    assert (notes["approved"], notes["ending"]["outcome"]) == (False, "denied_by_policy")
    (said,) = graph.stage.texts(Kind.APPROVAL_STALE)
    assert said.startswith("The law wanted the yes of one approver and now says denied (r)")


@pytest.mark.promise("ACT-17")
async def test_a_yes_under_a_law_that_asked_for_less_is_not_enough_under_one_that_asks_for_more() -> None:
    graph = await asked()
    await graph.begin()
    await graph.stage.answer()
    graph.stage.people = 2
    assert is_waiting(await graph.resume())
    first, second = graph.stage.texts(Kind.APPROVAL_ASKED)
    assert "one approver" in first
    assert "2 different approver" in second
    await graph.stage.answer(by="ben")
    assert (await graph.resume())["approved"] is True


async def test_a_law_that_allows_it_meanwhile_asks_nobody_any_more() -> None:
    graph = await asked()
    await graph.begin()
    graph.stage.verdict = Verdict.ALLOWED
    assert (await graph.resume())["approved"] is True


async def test_a_plan_that_is_judged_the_same_again_leaves_no_trace() -> None:
    graph = await asked()
    await graph.begin()
    before = len(graph.stage.store.state.journal)
    assert is_waiting(await graph.resume())
    assert len(graph.stage.store.state.journal) == before
