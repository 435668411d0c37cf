"""Reasons to hold back, each found by its own rule and asked about by the law we ship."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from policy_builders import blast, facts, judged, plan, restraints, step

import sre_agent
from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Verdict
from sre_agent.domain.plan import BlastRadius, Ground, Plan, Step, StepRecord, StepState
from sre_agent.policy import bystanders, flaps
from sre_agent.policy.facts import Attempt
from sre_agent.policy.precedents import failed_alike, failures_in_a_row
from sre_agent.policy.reading import LawFile
from sre_agent.policy.restraints import LOOKED_AT, inputs_of
from sre_agent.policy.silencing import held_back, matched
from sre_agent.policy_engine import PolicyEngine

FILE = Path(sre_agent.__file__).parent / "config" / "policies.yaml"
LAW = PolicyEngine.read([LawFile(FILE.name, FILE.read_text())])
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALERT = Alert(
    fingerprint="f1", status=AlertStatus.FIRING, starts_at=NOON,
    labels={"alertname": "ErrorRateHigh", "namespace": "shop", "service": "checkout"},
)  # fmt: skip


def restart(**more: Any) -> Step:
    return step("rollout_restart", **more)


def rule_for(one: Step, **more: Any) -> str:
    return judged(LAW, one, **more).rule


# --- the law we ship


def test_where_nothing_speaks_against_it_a_step_of_low_risk_is_allowed() -> None:
    assert judged(LAW, restart()).verdict is Verdict.ALLOWED


@pytest.mark.promise("ACT-13")
@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("silence", "silenced", "held-back"),
        ("silence", "inhibited", "held-back"),
        ("silence", "muted", "held-back"),
        ("rollout", "in_progress", "rollout-in-progress"),
        ("flapping", "yes", "flapping"),
        ("other_responder", "at_work", "another-responder"),
        ("failed_alike", "1", "failed-alike"),
        ("failures_in_a_row", "3", "three-in-a-row"),
    ],
)
def test_each_reason_to_hold_back_is_asked_about(name: str, value: str, rule: str) -> None:
    judgement = judged(LAW, restart(), restraints=restraints(**{name: value}))
    assert (judgement.verdict, judgement.rule) == (Verdict.NEEDS_APPROVAL, rule)


@pytest.mark.promise("ACT-13")
@pytest.mark.parametrize("name", LOOKED_AT)
def test_what_nobody_could_tell_is_asked_about_and_named(name: str) -> None:
    judgement = judged(LAW, restart(), restraints=restraints(**{name: "unknown"}))
    assert (judgement.verdict, judgement.rule) == (Verdict.NEEDS_APPROVAL, "not-known")
    assert judgement.sentence.startswith("Nobody could tell: ")


def test_what_nobody_looked_at_is_not_taken_for_calm() -> None:
    assert rule_for(restart(), restraints={}) == "not-known"


def test_two_failures_in_a_row_and_no_alertmanager_hold_nothing_back() -> None:
    world = restraints(failures_in_a_row="2", silence="not_configured")
    assert judged(LAW, restart(), restraints=world).verdict is Verdict.ALLOWED


def test_a_ticket_is_written_whatever_speaks_against_acting() -> None:
    ticket = step("create_ticket", tool="create_issue", server="github", blast_radius=BlastRadius())
    assert judged(LAW, ticket, restraints={}).verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("radius", "rule"),
    [
        (blast(budget="exceeded"), "budget-exceeded"),
        (blast(away=1, ready=1), "last-replica"),
        (blast(away=2, ready=3), "large-share"),
        (blast(dependants=tuple(f"shop/s{number}" for number in range(10))), "many-dependants"),
        (blast(away=None), "large-share"),
        (blast(budget="unknown"), "not-known"),
    ],
)
def test_a_step_that_reaches_far_is_asked_about(radius: BlastRadius, rule: str) -> None:
    judgement = judged(LAW, restart(blast_radius=radius))
    assert (judgement.verdict, judgement.rule) == (Verdict.NEEDS_APPROVAL, rule)


def test_every_input_is_told_with_its_name_also_where_nobody_looked() -> None:
    told = inputs_of(restart(), facts(restraints={}))
    assert {each.name for each in told} == {*LOOKED_AT, "budget", "takes_last_replica"}
    assert all(each.value == "unknown" and each.why for each in told if each.name in LOOKED_AT)


# --- Alertmanager


def silence(*matchers: JsonObject, state: str = "active", **more: Any) -> JsonObject:
    return {"id": "s1", "status": {"state": state}, "matchers": [*matchers], "createdBy": "bob",
            "endsAt": "2026-11-21T13:00:00Z", "comment": "moving the database", **more}  # fmt: skip


def matcher(name: str, value: str, **more: Any) -> JsonObject:
    return {"name": name, "value": value, "isRegex": False, **more}


def state_of(**more: Any) -> JsonObject:
    held: JsonObject = {"silenced_by": [], "inhibited_by": [], "muted_by": []}
    return {"fingerprint": "f1", "labels": {}, "state": "active", **held, **more}


@pytest.mark.parametrize(
    ("field", "value"), [("silenced_by", "silenced"), ("inhibited_by", "inhibited"), ("muted_by", "muted")]
)
def test_alertmanagers_own_word_on_an_alert_counts(field: str, value: str) -> None:
    found = held_back([ALERT], [state_of(**{field: ["x1"]})], [])
    assert found.value == value
    assert "x1" in found.why


def test_a_silence_that_matches_counts_also_where_alertmanager_has_forgotten_the_alert() -> None:
    found = held_back([ALERT], [], [silence(matcher("service", "check.*", isRegex=True))])
    assert found.value == "silenced"
    assert found.why == ("ErrorRateHigh is silenced by bob until 2026-11-21T13:00:00Z (moving the database)")


@pytest.mark.parametrize(
    "other",
    [
        silence(matcher("service", "cart")),
        silence(matcher("service", "check", isRegex=True)),
        silence(matcher("service", "checkout"), state="expired"),
        silence(matcher("service", "checkout"), matcher("team", "a")),
        silence(matcher("service", "checkout", isEqual=False)),
    ],
)
def test_a_silence_of_something_else_holds_nothing_back(other: JsonObject) -> None:
    assert held_back([ALERT], [state_of()], [other]).value == "none"


def test_a_label_that_is_absent_counts_as_empty_as_it_does_in_alertmanager() -> None:
    assert matched({"a": "1"}, [matcher("b", ""), matcher("c", "x", isEqual=False)]) is True


def test_a_silence_that_cannot_be_read_is_not_taken_for_none() -> None:
    assert (
        held_back([ALERT], [state_of()], [silence(matcher("service", "(", isRegex=True))]).value == "unknown"
    )


# --- roll-outs


def deployment(**more: Any) -> JsonObject:
    status = {"observedGeneration": 3, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 0}
    return {
        "kind": "Deployment",
        "metadata": {"generation": 3},
        "spec": {"replicas": 3},
        "status": status | more,
    }


@pytest.mark.parametrize(
    ("obj", "value"),
    [
        (deployment(), "none"),
        (deployment(observedGeneration=2), "in_progress"),
        (deployment(updatedReplicas=1, replicas=3), "in_progress"),
        (deployment(updatedReplicas=3, replicas=4), "in_progress"),
        (deployment(updatedReplicas=1, conditions=[{"reason": "ProgressDeadlineExceeded"}]), "stalled"),
        ({**deployment(), "spec": {"replicas": 3, "paused": True}}, "in_progress"),
        ({"kind": "Deployment", "spec": {"replicas": 3}}, "unknown"),
        ({"kind": "ConfigMap"}, "none"),
        ({"kind": "StatefulSet", "spec": {"replicas": 2}, "metadata": {}, "status": {
            "replicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}}, "in_progress"),
        ({"kind": "StatefulSet", "spec": {"replicas": 2}, "metadata": {}, "status": {
            "replicas": 2, "currentRevision": "a", "updateRevision": "a"}}, "none"),
        ({"kind": "DaemonSet", "spec": {}, "metadata": {}, "status": {
            "desiredNumberScheduled": 5, "updatedNumberScheduled": 2}}, "in_progress"),
    ],
)  # fmt: skip
def test_a_roll_out_is_told_by_what_its_controller_says(obj: JsonObject, value: str) -> None:
    assert bystanders.rollout_of(obj).value == value


# --- others at work


def wrote(manager: str, *, minutes: int, **more: Any) -> JsonObject:
    return {
        "manager": manager,
        "at": (NOON + timedelta(minutes=minutes)).isoformat(),
        "subresource": "",
        **more,
    }


@pytest.mark.parametrize(
    ("writer", "is_other"),
    [
        (wrote("kubectl-edit", minutes=1), True),
        (wrote("argocd-controller", minutes=1), True),
        (wrote("kubectl-edit", minutes=-1), False),
        (wrote("sre-agent", minutes=1, ours=True), False),
        (wrote("kube-controller-manager", minutes=1), False),
        (wrote("some-operator", minutes=1, subresource="status"), False),
    ],
)
def test_whoever_wrote_the_target_since_the_evidence_is_another_responder(
    writer: JsonObject, is_other: bool
) -> None:
    assert bool(bystanders.others_in([writer], NOON)) is is_other


def test_where_somebody_was_seen_it_does_not_matter_who_else_could_not_be_looked_for() -> None:
    assert bystanders.responders(["ana wrote it"], ["github is down"]).value == "at_work"
    assert bystanders.responders([], ["github is down"]).value == "unknown"
    assert bystanders.responders([], []).value == "none"


# --- flapping


def fired(*minutes: tuple[int, int]) -> list[flaps.Firing]:
    return [(NOON + timedelta(minutes=begin), NOON + timedelta(minutes=end)) for begin, end in minutes]


@pytest.mark.parametrize(
    ("minutes", "at", "is_flapping"),
    [
        ((), 0, False),
        (((0, 5),), 6, False),
        (((0, 2), (10, 12)), 13, False),
        (((0, 2), (10, 12), (20, 22)), 23, True),
        (((0, 2), (10, 12), (20, 22)), 34, True),
        (((0, 2), (10, 12), (20, 22)), 38, False),
        (((0, 2), (10, 12), (20, 60)), 36, False),
        (((0, 2), (20, 22), (40, 42)), 43, False),
    ],
)
def test_an_alert_flaps_from_the_third_firing_until_it_was_quiet_or_steady_for_a_while(
    minutes: Any, at: int, is_flapping: bool
) -> None:
    assert flaps.flaps(fired(*minutes), NOON + timedelta(minutes=at)) is is_flapping


def test_an_alert_in_the_middle_flaps_only_where_it_began_to() -> None:
    """Hysteresis: two firings within half an hour keep a flapping alert so, and make no calm one flap."""
    begun = fired((0, 2), (10, 12), (20, 22), (34, 36))
    assert flaps.flaps(begun, NOON + timedelta(minutes=45))
    assert not flaps.flaps(begun[2:], NOON + timedelta(minutes=45))


# --- precedents


def attempt(
    *, state: StepState = StepState.DONE, recovered: bool = False, fields: Any = None, **more: Any
) -> Attempt:
    one = restart(ground=Ground(uid="another", fields=fields or {"/spec/replicas": 0}))
    earlier = plan(one).model_copy(update={"incident_id": IncidentId("inc_0000000000000002"), **more})
    record = StepRecord(
        incident_id=earlier.incident_id, plan_digest=earlier.digest, index=0, key=one.key, state=state, fence=1,
        at=NOON,
    )  # fmt: skip
    return Attempt(earlier, (record,), recovered)


def now() -> tuple[Plan, Step]:
    one = restart(ground=Ground(uid="u", generation=9, fields={"/spec/replicas": 0}))
    return plan(one), one


def test_the_same_remediation_of_the_same_cause_in_the_same_state_is_remembered_across_incidents() -> None:
    found = failed_alike(*now(), [attempt(), attempt()])
    assert found.value == "2"
    assert "inc_0000000000000002" in found.why


@pytest.mark.parametrize(
    "other",
    [
        attempt(recovered=True),
        attempt(state=StepState.FAILED),
        attempt(fields={"/spec/replicas": 1}),
        attempt(cause="another_cause"),
    ],
)
def test_what_helped_or_changed_nothing_or_met_another_state_or_cause_is_no_precedent(other: Attempt) -> None:
    assert failed_alike(*now(), [other]).value == "0"


def test_failures_are_counted_back_to_the_last_remediation_that_helped() -> None:
    failed, helped, refused = attempt(), attempt(recovered=True), attempt(state=StepState.FAILED)
    assert failures_in_a_row([failed, refused, failed, helped, failed]).value == "2"
    assert failures_in_a_row([helped, failed, failed, failed]).value == "0"
