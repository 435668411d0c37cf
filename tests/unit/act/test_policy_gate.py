"""The gate judges by facts that were read, files what it says, and lets nothing through that the law denies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from act_world import INCIDENT, TARGET, Stage, World, drive, plan_of, step

import sre_agent
from sre_agent.decide.policy_gate import policy_gate
from sre_agent.decide.witness import facts_for
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import PlanFacts, Verdict
from sre_agent.domain.plan import Call, Plan, Risk, StepRecord, StepState
from sre_agent.domain.verification import Recovery, Verification
from sre_agent.errors import ToolUnavailable
from sre_agent.policy.facts import environment_among, labels_in
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Limits

FILE = Path(sre_agent.__file__).parent / "config" / "policies.yaml"


async def gated(stage: Stage) -> tuple[dict[str, Any], Stage]:
    run = await stage.set(ruling=False, approved=False)
    return dict(await policy_gate({"plan_digest": stage.plan.digest}, run)), stage


async def test_an_allowed_plan_goes_on_and_the_journal_names_the_rule() -> None:
    notes, stage = await gated(Stage(plan_of(step(0)), verdict=Verdict.ALLOWED))
    assert notes == {"verdict": "allowed", "approved": True}
    assert stage.texts(Kind.VERDICT_GIVEN) == ["Allowed: Step 0. s."]
    (said,) = stage.texts(Kind.APPROVAL_NOT_NEEDED)
    assert "(r)" in said


async def test_a_plan_that_needs_approval_goes_to_people() -> None:
    notes, stage = await gated(Stage(plan_of(step(0), step(1))))
    assert notes == {"verdict": "needs_approval", "approved": False}
    assert len(stage.texts(Kind.VERDICT_GIVEN)) == 2
    assert stage.texts(Kind.APPROVAL_NOT_NEEDED) == []


@pytest.mark.promise("ACT-10")
async def test_a_denied_plan_ends_with_what_a_person_can_do() -> None:
    notes, _ = await gated(Stage(plan_of(step(0)), verdict=Verdict.DENIED))
    assert notes["approved"] is False
    assert (notes["ending"]["status"], notes["ending"]["outcome"]) == ("escalated", "denied_by_policy")
    assert "s. (rule r)" in notes["ending"]["summary"]
    assert "by hand: Step 0." in notes["ending"]["summary"]


@pytest.mark.promise("ACT-10")
async def test_instructions_for_a_person_end_as_no_safe_action() -> None:
    notes, stage = await gated(Stage(plan_of(step(0, call=None))))
    assert notes["ending"]["outcome"] == "no_safe_action"
    assert stage.facts == []


async def test_a_gate_that_runs_again_says_nothing_twice() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set(ruling=False, approved=False)
    for _ in range(3):
        await policy_gate({"plan_digest": stage.plan.digest}, run)
    assert len(stage.texts(Kind.VERDICT_GIVEN)) == 1


async def test_no_question_stands_longer_than_the_installation_lets_it() -> None:
    _, stage = await gated(Stage(plan_of(step(0)), limits=Limits(approval_time=timedelta(minutes=5))))
    (ruling,) = stage.store.state.rulings.values()
    assert ruling.approval_expires_after_seconds == 300


@pytest.mark.promise("ACT-11")
@pytest.mark.parametrize(("level", "outcome"), [("suggest", "suggested"), ("observe", "observed")])
async def test_a_plan_that_its_level_alone_holds_back_is_told_and_not_carried_out(
    level: str, outcome: str
) -> None:
    frame = "version: 1\nactions: {action_0: [k8s/tool_0]}\n"
    text = (
        frame
        + f"autonomy: {{default: {level}}}\nrules: [{{id: a, when: 'true', verdict: allowed, reason: r}}]"
    )
    stage = Stage(plan_of(step(0)))
    run = replace(
        await stage.set(ruling=False, approved=False), law=PolicyEngine.read([LawFile("l.yaml", text)])
    )
    notes = await policy_gate({"plan_digest": stage.plan.digest}, run)
    assert (notes["approved"], notes["verdict"]) == (False, "denied")
    assert (notes["ending"]["status"], notes["ending"]["outcome"]) == ("escalated", outcome)
    assert "1. Step 0." in notes["ending"]["summary"]


async def facts_of(stage: Stage) -> PlanFacts:
    run = await stage.set(ruling=False, approved=False)
    return await facts_for(run, stage.plan)


@pytest.mark.promise("ACT-21")
async def test_who_made_the_alert_has_asked_for_what_is_done_about_it() -> None:
    """Else whoever may approve could approve a request of their own, by sending an alert instead of a question."""
    stage = Stage(plan_of(step(0)))
    run = await stage.set(ruling=False, approved=False)
    now = run.clock.now()
    for number, sender in enumerate(("eve", "alertmanager")):
        fired = JournalDraft(
            key=JournalKey(f"alert:{number}"), kind=Kind.ALERT_RECEIVED, actor=sender, text="fires", at=now
        )
        await run.ledger.write(ChangeSet(incident_id=INCIDENT, at=now, entries=(fired,)))
    assert (await facts_for(run, stage.plan)).requested_by == ("eve",)


async def test_facts_are_read_and_not_guessed() -> None:
    world = World(labels={"sre-agent.io/environment": "staging", "tier": "gold"})
    facts = await facts_of(Stage(plan_of(step(0)), world=world))
    assert facts.environment == "staging"
    assert facts.target_labels == {0: {"sre-agent.io/environment": "staging", "tier": "gold"}}
    assert (facts.confidence, facts.severity, facts.asked_by) == (0.9, "critical", "alert")


async def test_what_cannot_be_read_stays_unknown_and_the_law_copes() -> None:
    class Blind(World):
        async def call(self, call: Call, **more: Any) -> Any:
            raise ToolUnavailable("k8s is down")

    stage = Stage(plan_of(step(0, action="rollout_restart", call=Call(server="k8s", tool="rollout_restart",
                                                                      arguments={}))), world=Blind())  # fmt: skip
    facts = await facts_of(stage)
    assert (facts.environment, facts.target_labels, facts.namespace_labels) == ("", {}, {})
    law = PolicyEngine.read([LawFile(FILE.name, FILE.read_text())])
    (judgement,) = law.judge(stage.plan, facts).judgements
    assert (judgement.verdict, judgement.rule) == (Verdict.NEEDS_APPROVAL, "low-risk-in-freeze")
    assert "unseen-target" in judgement.matched


async def test_a_cause_nobody_ranked_has_no_confidence() -> None:
    plan = plan_of(step(0)).model_copy(update={"cause": "something_else"})
    assert (await facts_of(Stage(plan))).confidence == 0.0


@pytest.mark.parametrize(
    ("spaces", "environment"),
    [
        ([], ""),
        ([None], ""),
        ([{}], ""),
        ([{"environment": "Staging"}], "staging"),
        ([{"env": "prod"}], "production"),
        ([{"env": "dev"}, None], ""),
        ([{"env": "dev"}, {"env": "live"}], "production"),
    ],
)
def test_of_several_namespaces_the_most_careful_environment_counts(
    spaces: list[Any], environment: str
) -> None:
    assert environment_among(spaces) == environment


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        ({}, None),
        ({"object": None}, None),
        ({"object": {"metadata": {}}}, {}),
        ({"object": {"metadata": {"labels": {"a": "b"}}}}, {"a": "b"}),
    ],
)
def test_labels_are_known_only_where_an_object_was_seen(content: Any, labels: Any) -> None:
    assert labels_in(content) == labels


async def earlier(stage: Stage, plan: Plan, state: StepState, recovery: Recovery | None) -> PlanFacts:
    run = await stage.set(ruling=False, approved=False)
    await stage.write(plan=plan)
    now = stage.clock.now()
    record = StepRecord(
        incident_id=INCIDENT, plan_digest=plan.digest, index=0, key=plan.steps[0].key, state=state, fence=1,
        at=now,
    )  # fmt: skip
    verification = (
        Verification(recovery=recovery, checks=(), at=now, summary="s") if recovery is not None else None
    )
    await stage.write(steps=(record,), verification=verification)
    return await facts_for(run, stage.plan)


TRIED = "action_0 Deployment shop/checkout"


@pytest.mark.parametrize(
    ("state", "recovery", "failed"),
    [
        (StepState.UNDONE, Recovery.NOT_YET, (TRIED,)),
        (StepState.DONE, None, (TRIED,)),
        (StepState.DONE, Recovery.RECOVERED, ()),
        (StepState.FAILED, None, ()),
    ],
)
async def test_remediations_that_did_not_help_are_remembered(
    state: StepState, recovery: Recovery | None, failed: tuple[str, ...]
) -> None:
    facts = await earlier(Stage(plan_of(step(0), attempt=2)), plan_of(step(0)), state, recovery)
    assert facts.failed_before == failed


async def test_steps_on_a_target_are_counted_over_all_incidents_of_the_last_hour() -> None:
    stage = Stage(plan_of(step(0), step(1)))
    await drive(stage, await stage.set())
    run = await stage.take_over("runner-2")
    assert (await facts_for(run, stage.plan)).actions_last_hour == {str(TARGET): 2}
    stage.clock.advance(timedelta(hours=2))
    await stage.write(update=_touched())
    assert (await facts_for(run, stage.plan)).actions_last_hour == {}


def _touched() -> Any:
    from sre_agent.ports.ledger import IncidentUpdate

    return IncidentUpdate(status=Status.VERIFYING)


async def test_a_step_the_catalogue_calls_low_risk_is_judged_by_its_tool_too() -> None:
    law = PolicyEngine.read([LawFile(FILE.name, FILE.read_text())])
    disguised = step(
        0, action="scale", risk=Risk.LOW, call=Call(server="k8s", tool="delete_pod", arguments={})
    )
    stage = Stage(plan_of(disguised))
    ruling = law.judge(stage.plan, await facts_of(stage))
    assert ruling.verdict is Verdict.DENIED
