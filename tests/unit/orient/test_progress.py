"""The loop names how far it has come, which strategy fits, what failed in which way, and when it stops."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.diagnosis import Change, DiagnosisOutcome, FailureKind, Layer, Phase, Strategy
from sre_agent.domain.evidence import Unknown
from sre_agent.orient.engine import Thinking, diagnose
from sre_agent.orient.progress import FAILED_APPROACHES, failures_of, strategy_of
from sre_agent.picture.inventory import Inventory
from sre_agent.picture.source import Source
from sre_agent.picture.world import ChangeSeen, Frame, Picture
from tests.worlds import NOW, World, stamp, workload


def scaled_to_zero() -> World:
    world = World()
    for name in ("web", "orders"):
        world.deployment(name)
    world.lists["deployments"][1]["spec"]["replicas"] = 0
    world.lists["pods"] = [pod for pod in world.lists["pods"] if pod["metadata"]["labels"]["app"] == "web"]
    world.event("Deployment", "orders", "ScalingReplicaSet", "Scaled down replica set orders-r1 to 0 from 2")
    world.alert("HighErrorRate", workload("orders"))
    return world


def empty(**parts: object) -> Picture:
    return Picture(Frame(now=NOW), Inventory([]), **parts)  # type: ignore[arg-type]


def test_before_anything_was_seen_it_is_at_triage_and_then_orients() -> None:
    assert diagnose(empty()).diagnosis.phase is Phase.TRIAGE
    assert diagnose(empty(collected=frozenset({"pods"}))).diagnosis.phase is Phase.ORIENT


def test_a_named_cause_is_identified_and_after_a_refuted_one_it_is_verified() -> None:
    picture = scaled_to_zero().picture()
    assert diagnose(picture).diagnosis.phase is Phase.IDENTIFY
    again = diagnose(picture, Thinking(ruled_out=("oom_killed Deployment acme/web",)))
    assert again.diagnosis.phase is Phase.VERIFY


def test_facts_stand_bottom_up_with_the_turn_in_which_they_were_learned() -> None:
    facts = diagnose(scaled_to_zero().picture(), Thinking(turn=4, turns={"E1": 2})).diagnosis.facts
    layers = [list(Layer).index(fact.layer) for fact in facts]
    assert layers == sorted(layers)
    assert {fact.turn for fact in facts if "E1" in fact.citations} == {2}
    assert len({fact.id for fact in facts}) == len(facts)


def test_the_chain_names_the_fact_of_its_root() -> None:
    diagnosis = diagnose(scaled_to_zero().picture()).diagnosis
    root = diagnosis.chain[-1]
    assert root.role == "root"
    assert root.facts
    assert root.facts[0] in {fact.id for fact in diagnosis.facts}


def test_a_recent_change_makes_a_change_detective_before_any_suspect_is_known() -> None:
    change = Change(at=NOW - timedelta(minutes=5), kind="deploy", title="new checkout")
    seen = ChangeSeen(change, Source("E9", "changes.json"))
    assert strategy_of(empty(changes=(seen,)), ()) is Strategy.CHANGE_DETECTIVE
    old = ChangeSeen(change.model_copy(update={"at": NOW - timedelta(hours=9)}), seen.source)
    assert strategy_of(empty(changes=(old,)), ()) is not Strategy.CHANGE_DETECTIVE


def test_a_broken_tool_and_a_wrong_theory_are_two_kinds_of_failure() -> None:
    broken = Unknown(what="loki.query_logs", why="timed out", would_have_told="errors")
    kinds = [one.kind for one in failures_of([broken], ["oom_killed Deployment acme/web"])]
    assert kinds == [FailureKind.STRATEGIC, FailureKind.EXECUTION]


def test_after_three_failed_approaches_it_asks_no_more() -> None:
    world = World()
    world.deployment("orders")
    killed = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": stamp(NOW)}}
    world.break_pods(
        "orders", state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=killed, restartCount=4
    )
    world.alert("KubePodCrashLooping", workload("orders"))
    first = diagnose(world.picture()).diagnosis
    assert first.outcome is DiagnosisOutcome.UNDECIDED
    refuted = tuple(f"{one.cause} {one.entity}" for one in first.hypotheses)
    refuted += tuple(f"theory {number}" for number in range(FAILED_APPROACHES))
    over = diagnose(world.picture(), Thinking(ruled_out=refuted)).diagnosis
    assert over.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE
    assert "approaches failed" in over.reason
