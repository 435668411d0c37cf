"""The gate looks for reasons to hold back, and every verdict says what it found, or that nobody could tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from act_world import INCIDENT, TARGET, Stage, World, plan_of, step

from sre_agent.decide.policy_gate import policy_gate
from sre_agent.decide.witness import facts_for
from sre_agent.domain.alert import Alert, AlertStatus, Severity
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.plan import Plan, StepRecord, StepState
from sre_agent.errors import ToolNotConfigured, ToolUnavailable
from sre_agent.ports.ledger import ChangeSet

HELD: dict[str, Any] = {"silenced_by": [], "inhibited_by": [], "muted_by": []}


def firing(stage: Stage) -> Alert:
    labels = {"alertname": "ErrorRateHigh", "service": "checkout"}
    return Alert(fingerprint="f1", status=AlertStatus.FIRING, labels=labels, starts_at=stage.clock.now())


async def looked(world: World, *, plan: Any = None) -> dict[str, tuple[str, str]]:
    """What the gate finds: name → (value, why)."""
    stage = Stage(plan or plan_of(step(0)), world=world)
    run = await stage.set(ruling=False, approved=False, alerts=(firing(stage),))
    return await found_by(stage, run)


async def found_by(stage: Stage, run: Any) -> dict[str, tuple[str, str]]:
    facts = await facts_for(run, stage.plan)
    return {each.name: (each.value, each.why) for each in facts.restraints[0]}


@pytest.mark.promise("ACT-13")
async def test_every_verdict_tells_by_name_and_value_what_was_looked_at() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set(ruling=False, approved=False)
    await policy_gate({"plan_digest": stage.plan.digest}, run)
    (ruling,) = stage.store.state.rulings.values()
    (entry,) = [each for each in stage.store.state.journal if each.kind is Kind.VERDICT_GIVEN]
    told = {each.name: each.value for each in ruling.judgements[0].inputs}
    assert told["silence"] == "none"
    assert told["takes_last_replica"] == "unknown"
    assert {each["name"]: each["value"] for each in entry.body["inputs"]} == told  # type: ignore[index,union-attr,call-overload]


async def test_where_everything_is_calm_nothing_holds_back() -> None:
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2}
    calm = World(object={"kind": "Deployment", "spec": {"replicas": 2}, "status": status})
    found = {name: value for name, (value, _) in (await looked(calm)).items()}
    assert found == {
        "silence": "none", "rollout": "none", "flapping": "no", "other_responder": "none",
        "failed_alike": "0", "failures_in_a_row": "0",
    }  # fmt: skip


async def test_a_silenced_alert_a_roll_out_a_writer_and_flapping_are_found_in_the_world() -> None:
    stage = Stage(plan_of(step(0)))
    begin = stage.clock.now()
    status = {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 1}
    fired = [begin - timedelta(minutes=minutes) for minutes in (20, 12, 4)]
    firings = [{"start": at.isoformat(), "end": at.isoformat(), "labels": {}} for at in fired]
    later = (begin + timedelta(seconds=1)).isoformat()
    stage.world.object = {"kind": "Deployment", "spec": {"replicas": 2}, "status": status}
    stage.world.reads = {
        "alert_states": {"alerts": [{"fingerprint": "f1", "labels": {}, **HELD, "silenced_by": ["s1"]}]},
        "object_writers": {"writers": [{"manager": "kubectl-edit", "at": later, "subresource": ""}]},
        "alert_history": {"firings": [*firings]},
    }
    run = await stage.set(ruling=False, approved=False, alerts=(firing(stage),))
    found = await found_by(stage, run)
    assert found["silence"] == ("silenced", "ErrorRateHigh is silenced by s1")
    assert found["rollout"][0] == "in_progress"
    assert found["flapping"][0] == "yes"
    assert found["other_responder"] == ("at_work", f"kubectl-edit wrote it at {later}")


@pytest.mark.promise("ACT-13")
async def test_what_cannot_be_asked_is_unknown_and_says_why() -> None:
    down = ToolUnavailable("connection refused")
    tools = ("alert_states", "object_writers", "list_merges", "alert_history")
    found = await looked(World(reads=dict.fromkeys(tools, down)))
    for name in ("silence", "flapping", "other_responder"):
        value, why = found[name]
        assert (value, "connection refused" in why) == ("unknown", True), name


async def test_what_is_not_set_up_here_has_nothing_to_say() -> None:
    absent = ToolNotConfigured("ALERTMANAGER_URL is not set")
    found = await looked(World(reads={"alert_states": absent, "list_merges": absent}))
    assert found["silence"] == ("not_configured", "ALERTMANAGER_URL is not set")
    assert found["other_responder"][0] == "none"


def other(stage: Stage, **more: Any) -> Incident:
    now = stage.clock.now()
    fields: dict[str, Any] = {
        "id": IncidentId("inc_0000000000000002"), "title": "t", "status": Status.ESCALATED, "origin": Origin.ALERT,
        "severity": Severity.CRITICAL, "entity": TARGET, "cause": "bad_config", "cause_entity": TARGET,
        "opened_at": now, "updated_at": now, "closed_at": now,
    }  # fmt: skip
    return Incident(**(fields | more))


async def test_an_incident_of_the_same_object_that_a_person_has_in_hand_is_another_responder() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set(ruling=False, approved=False)
    theirs = other(stage)
    await stage.ledger.open(theirs, ChangeSet(incident_id=theirs.id, at=theirs.opened_at))
    value, why = (await found_by(stage, run))["other_responder"]
    assert (value, theirs.id in why) == ("at_work", True)
    stage.clock.advance(timedelta(hours=2))
    assert (await found_by(stage, run))["other_responder"][0] == "none"


async def test_the_same_remediation_that_failed_in_an_earlier_incident_is_remembered() -> None:
    stage = Stage(plan_of(step(0)))
    run = await stage.set(ruling=False, approved=False)
    theirs = other(stage, closed_at=None)
    await stage.ledger.open(theirs, ChangeSet(incident_id=theirs.id, at=theirs.opened_at))
    earlier = Plan.model_validate({**stage.plan.model_dump(), "incident_id": theirs.id})
    done = StepRecord(
        incident_id=theirs.id, plan_digest=earlier.digest, index=0, key=earlier.steps[0].key,
        state=StepState.UNDONE, fence=1, at=theirs.opened_at,
    )  # fmt: skip
    for parts in ({"plan": earlier}, {"steps": (done,)}):
        await stage.ledger.write(ChangeSet(incident_id=theirs.id, at=theirs.opened_at, **parts))  # type: ignore[arg-type]
    found = await found_by(stage, run)
    assert found["failed_alike"] == ("1", f"it did not help in {theirs.id}")
    assert found["failures_in_a_row"][0] == "1"
    assert INCIDENT not in found["failed_alike"][1]


async def test_three_alerts_of_one_name_that_fire_once_each_are_no_alert_that_flaps() -> None:
    stage = Stage(plan_of(step(0)))
    begin = stage.clock.now() - timedelta(minutes=4)
    alerts = tuple(
        Alert(
            fingerprint=name, status=AlertStatus.FIRING, starts_at=begin,
            labels={"alertname": "ErrorRateHigh", "service": name},
        )
        for name in ("cart", "checkout", "web")
    )  # fmt: skip
    stage.world.reads["alert_history"] = {
        "firings": [
            {"start": begin.isoformat(), "end": stage.clock.now().isoformat(), "labels": {**alert.labels}}
            for alert in alerts
        ]
    }
    run = await stage.set(ruling=False, approved=False, alerts=alerts)
    assert (await found_by(stage, run))["flapping"][0] == "no"
