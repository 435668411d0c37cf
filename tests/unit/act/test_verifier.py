"""Recovery is proved with numbers and held, or it is not called recovery."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from act_world import INCIDENT, Crash, Stage, plan_of, step
from watched_world import LIMITS, Watched, check, watched

from sre_agent.act.checks.probes import selector
from sre_agent.act.checks.survey import Service
from sre_agent.act.verifier import verifier
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.plan import Call
from sre_agent.domain.verification import Verification
from sre_agent.errors import IncidentEnded, ToolUnavailable
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.toolbox import ToolAnswer
from tests.effort import THOROUGH


async def verified(world: Watched, **more: Any) -> tuple[dict[str, Any], Verification, Stage]:
    stage, run = await watched(world, **more)
    began = stage.clock.now()
    notes = await verifier({"plan_digest": stage.plan.digest}, run)
    *_, verification = [each for *_, each in stage.store.state.verifications]
    took = (verification.at - began).total_seconds()
    return {**notes, "took": took}, verification, stage


@pytest.mark.promise("PROVE-1")
async def test_a_cured_service_is_recovered_with_every_number_on_file() -> None:
    notes, verification, stage = await verified(Watched())
    assert (notes["recovery"], notes["ending"]["status"], notes["ending"]["outcome"]) == (
        "recovered", "resolved", "recovered",
    )  # fmt: skip
    assert {name.split(" of ")[0] for name in (each.name for each in verification.checks)} == {
        "alert HighErrors", "readiness", "error logs", "traffic", "errors", "latency", "saturation",
    }  # fmt: skip
    assert all(each.passed for each in verification.checks)
    numbers = check(verification, "errors").numbers
    assert {"before", "after", "upper", "margin", "level", "method", "n_before", "n_after"} <= set(numbers)
    (said,) = stage.texts(Kind.VERIFICATION_MADE)
    assert said.startswith("Recovered. HighErrors has been quiet for")
    assert stage.status is Status.VERIFYING


@pytest.mark.promise("PROVE-1")
async def test_recovery_has_to_hold_for_the_settle_time() -> None:
    notes, _, _ = await verified(Watched())
    assert 30 <= notes["took"] <= 60


@pytest.mark.promise("PROVE-1")
async def test_a_relapse_starts_the_settle_time_again() -> None:
    relapse = Watched(errors=lambda t: 0.4 if -400 < t < 5 or 30 < t < 50 else 0.001)
    notes, _, _ = await verified(relapse)
    assert notes["recovery"] == "recovered"
    assert notes["took"] >= 80


@pytest.mark.promise("PROVE-3")
async def test_what_does_not_change_is_not_recovered_and_is_taken_back() -> None:
    sick = Watched(errors=lambda t: 0.4 if t > -400 else 0.001, latency=lambda t: 0.9 if t > -400 else 0.1)
    notes, verification, _ = await verified(sick)
    assert notes["recovery"] == "not_yet"
    assert "ending" not in notes
    assert 180 <= notes["took"] <= 186
    assert check(verification, "alert").passed is False
    assert check(verification, "errors").passed is False


@pytest.mark.promise("PROVE-3")
async def test_what_gets_worse_is_taken_back_before_time_is_up() -> None:
    worse = Watched(errors=lambda t: 0.9 if t > 0 else 0.3 if t > -400 else 0.001)
    notes, _, _ = await verified(worse)
    assert notes["recovery"] == "worse"
    assert 2 * LIMITS.settle.total_seconds() <= notes["took"] < 120
    assert "ending" not in notes


async def test_better_but_not_good_stays_and_a_person_goes_on() -> None:
    better = Watched(errors=lambda t: 0.03 if t > 5 else 0.4 if t > -400 else 0.001)
    notes, verification, _ = await verified(better)
    assert (notes["recovery"], notes["ending"]["outcome"]) == ("better", "not_recovered")
    assert check(verification, "alert").passed is True
    assert check(verification, "errors").passed is False
    assert "Still in effect: Step 0." in notes["ending"]["summary"]


@pytest.mark.promise("PROVE-2")
async def test_a_quiet_alert_without_traffic_is_no_recovery() -> None:
    nobody = Watched(traffic=lambda t: 0.0 if t > -400 else 60.0)
    notes, verification, _ = await verified(nobody)
    assert (notes["recovery"], notes["ending"]["status"]) == ("no_traffic", "escalated")
    assert "gets no requests" in check(verification, "traffic").sentence


async def test_a_step_that_takes_the_traffic_away_is_taken_back_though_the_alert_is_quiet() -> None:
    notes, _, _ = await verified(Watched(traffic=lambda t: 0.0 if t > 0 else 60.0))
    assert notes["recovery"] == "worse"
    assert 2 * LIMITS.settle.total_seconds() <= notes["took"] < 120


@pytest.mark.promise("PROVE-2")
async def test_a_service_that_lost_most_of_its_traffic_has_not_recovered() -> None:
    notes, verification, _ = await verified(Watched(traffic=lambda t: 12.0 if t > 0 else 60.0))
    assert notes["recovery"] == "better"
    assert check(verification, "traffic").passed is False


@pytest.mark.promise("PROVE-1")
async def test_a_latency_that_stays_up_is_no_recovery_though_the_alert_is_quiet() -> None:
    notes, verification, _ = await verified(Watched(latency=lambda t: 0.5 if t > -400 else 0.1))
    assert notes["recovery"] == "better"
    assert check(verification, "latency").passed is False


async def test_a_pod_that_restarts_after_the_step_is_no_recovery() -> None:
    notes, verification, _ = await verified(Watched(restart_at=60.0))
    assert notes["recovery"] != "recovered"
    assert check(verification, "readiness").numbers["restarts_since_the_step"] == 1


async def test_a_restart_before_the_step_is_the_past() -> None:
    notes, _, _ = await verified(Watched(restart_at=-60.0))
    assert notes["recovery"] == "recovered"


async def test_a_workload_that_is_not_ready_is_no_recovery() -> None:
    notes, verification, _ = await verified(Watched(ready=1))
    assert notes["recovery"] == "better"
    assert "1 of 2 pods ready" in check(verification, "readiness").sentence


@pytest.mark.promise("PROVE-1")
@pytest.mark.parametrize(
    ("probe", "recovery", "said"),
    [
        (lambda t: 0.0 if -300 < t < 5 else 1.0, "recovered", "succeeded all the time"),
        (lambda t: 0.0 if t > -300 else 1.0, "better", "failed within"),
        (lambda t: None if t > -300 else 1.0, "unknown", "is not any more"),
    ],
    ids=["succeeds again", "goes on failing", "says nothing any more"],
)
async def test_a_probe_of_the_service_that_succeeded_before_has_to_succeed_again(
    probe: Any, recovery: str, said: str
) -> None:
    """From outside it may be down though nothing within complains."""
    notes, verification, _ = await verified(Watched(probe=probe))
    assert notes["recovery"] == recovery
    assert said in check(verification, "probe").sentence


async def test_a_probe_that_failed_before_the_incident_too_stands_against_nothing() -> None:
    notes, verification, _ = await verified(Watched(probe=lambda t: 0.0))
    assert notes["recovery"] == "recovered"
    assert not [each for each in verification.checks if "probe" in each.name]


@pytest.mark.parametrize(
    ("instance", "is_ours"),
    [
        ("https://checkout.shop.svc.cluster.local:8443/ready", True),
        ("checkout.shop:80", True),
        ("http://checkout.shop/", True),
        ("http://checkout.shop-staging/", False),
        ("http://pre-checkout.shop/", False),
        ("http://checkout/", False),
        ("http://evil/checkout.shop/", False),
    ],
)
def test_a_probe_is_told_by_the_names_its_cluster_gives_the_service(instance: str, is_ours: bool) -> None:
    pattern = selector(Service("shop", "checkout")).partition('instance=~"')[2].removesuffix('"}')
    assert (re.fullmatch(pattern.replace("\\\\", "\\"), instance) is not None) is is_ours


async def test_new_errors_in_the_logs_are_no_recovery() -> None:
    fresh = [{"template": "boom <*>", "count": 40, "new": True, "level": "error", "surge": None}]
    notes, verification, _ = await verified(Watched(signatures=fresh))
    assert notes["recovery"] == "better"
    assert "most often: boom <*>" in check(verification, "error logs").sentence


@pytest.mark.parametrize(
    "known",
    [
        {"template": "old", "count": 40, "new": False, "level": "error", "surge": None},
        {"template": "chatty", "count": 40, "new": True, "level": "warn", "surge": None},
        {"template": "once", "count": 2, "new": True, "level": "error", "surge": None},
    ],
)
async def test_errors_that_were_there_before_and_mere_warnings_do_not_count(known: Any) -> None:
    notes, _, _ = await verified(Watched(signatures=[known]))
    assert notes["recovery"] == "recovered"


async def test_without_a_log_store_the_pods_are_asked_and_silence_counts() -> None:
    world = Watched(has_loki=False, lines=['2026-01-01T00:00:00Z {"level":"info","msg":"fine"}'])
    notes, verification, _ = await verified(world)
    assert notes["recovery"] == "recovered"
    assert "no log store is set up" in check(verification, "error logs").sentence


async def test_without_a_log_store_complaints_of_pods_are_said_and_do_not_block() -> None:
    world = Watched(has_loki=False, lines=['2026-01-01T00:00:00Z {"level":"error","msg":"boom"}'])
    notes, verification, _ = await verified(world)
    assert notes["recovery"] == "recovered"
    assert check(verification, "error logs").passed is None
    assert "nobody can tell whether they are new" in check(verification, "error logs").sentence
    assert "Not told: error logs of checkout." in notes["ending"]["summary"]


async def test_without_prometheus_nobody_can_tell_and_nothing_is_taken_back() -> None:
    notes, verification, _ = await verified(Watched(down=True, has_loki=False, lines=["x"], ready=2))
    assert (notes["recovery"], notes["ending"]["status"]) == ("unknown", "escalated")
    assert check(verification, "alert").passed is None
    assert notes["took"] >= 180


async def test_a_service_without_known_metrics_is_proved_by_its_alert() -> None:
    notes, verification, _ = await verified(Watched(has_golden=False))
    assert notes["recovery"] == "recovered"
    assert check(verification, "golden signals").passed is None


@pytest.mark.promise("PROVE-5")
async def test_too_few_requests_are_waited_for_until_time_is_up_and_are_no_proof() -> None:
    few = Watched(traffic=lambda t: 0.1)
    notes, verification, _ = await verified(few)
    assert (notes["recovery"], notes["ending"]["outcome"]) == ("unknown", "insufficient_evidence")
    assert notes["took"] >= 180
    assert check(verification, "alert").passed is True
    assert check(verification, "errors").passed is None
    assert "too little to tell" in check(verification, "errors").sentence


async def test_a_quieter_service_is_watched_for_longer_and_then_proved() -> None:
    notes, verification, _ = await verified(Watched(traffic=lambda t: 2.0))
    assert notes["recovery"] == "recovered"
    assert 40 <= notes["took"] <= 100
    assert check(verification, "errors").numbers["margin"] <= 0.05


@pytest.mark.promise("PROVE-5")
async def test_a_primary_signal_that_cannot_be_told_is_no_recovery_though_the_alert_is_quiet() -> None:
    world = Watched()
    asked = world.call

    async def deaf(call: Call, **more: Any) -> ToolAnswer:
        if call.server == "k8s":
            raise ToolUnavailable("the cluster does not answer")
        return await asked(call, **more)

    world.call = deaf  # type: ignore[method-assign]
    notes, verification, _ = await verified(world)
    assert (notes["recovery"], notes["ending"]["status"]) == ("unknown", "escalated")
    assert check(verification, "readiness").passed is None
    assert "readiness of Deployment shop/checkout is not known" in notes["ending"]["summary"]


@pytest.mark.promise("PROVE-4")
async def test_a_recovery_before_the_step_is_not_claimed_as_its_effect() -> None:
    itself = Watched(errors=lambda t: 0.4 if -400 < t < -100 else 0.001,
                     latency=lambda t: 0.9 if -400 < t < -100 else 0.1)  # fmt: skip
    notes, _, _ = await verified(itself)
    assert (notes["recovery"], notes["ending"]["outcome"]) == ("recovered", "recovered_by_itself")
    assert "the plan is not what cured it" in notes["ending"]["summary"]


async def test_a_higher_level_before_the_incident_is_the_level_to_come_back_to() -> None:
    busy = Watched(
        errors=lambda t: 0.4 if -400 < t < 5 else 0.02, latency=lambda t: 0.9 if -400 < t < 5 else 0.3
    )
    notes, verification, _ = await verified(busy)
    assert notes["recovery"] == "recovered"
    assert check(verification, "errors").numbers["before"] == pytest.approx(0.02, abs=0.003)


async def test_words_for_a_person_are_handed_on_at_the_end() -> None:
    plan = plan_of(step(0), step(1, call=None, statement="Tell the owners."))
    notes, _, _ = await verified(Watched(), plan=plan)
    assert "Left for a person: Tell the owners." in notes["ending"]["summary"]


async def test_after_a_restart_it_goes_on_from_the_recorded_times() -> None:
    stage, run = await watched(Watched())
    began = stage.clock.now()
    stage.wire.arm(120)
    with pytest.raises(Crash):
        await verifier({"plan_digest": stage.plan.digest}, run)
    assert stage.clock.now() - began < timedelta(seconds=30)
    run = await stage.take_over("runner-2")
    resumed = stage.clock.now()
    notes = await verifier({"plan_digest": stage.plan.digest}, run)
    assert notes["recovery"] == "recovered"
    assert stage.clock.now() - resumed < timedelta(seconds=5)


@pytest.mark.parametrize("cut", range(1, 120, 8 if THOROUGH else 24))
async def test_killed_anywhere_it_comes_to_the_same_verdict_once(cut: int) -> None:
    stage, run = await watched(Watched())
    stage.wire.arm(cut)
    notes = None
    while notes is None:
        try:
            notes = await verifier({"plan_digest": stage.plan.digest}, run)
        except Crash:
            run = await stage.take_over("runner-2")
    assert notes["recovery"] == "recovered"
    assert len(stage.store.state.verifications) == 1
    assert len(stage.texts(Kind.VERIFICATION_MADE)) == len(stage.texts(Kind.VERIFICATION_STARTED)) == 1


async def test_time_that_is_up_already_still_gets_one_look() -> None:
    sick = Watched(errors=lambda t: 0.4 if t > -400 else 0.001, latency=lambda t: 0.9 if t > -400 else 0.1)
    stage, run = await watched(sick)
    stage.clock.advance(timedelta(hours=1))
    run = await stage.take_over("runner-2")
    assert (await verifier({"plan_digest": stage.plan.digest}, run))["recovery"] == "not_yet"


async def test_progress_is_told_once_for_each_new_picture() -> None:
    _, _, stage = await verified(Watched())
    notes = [text for text in stage.texts(Kind.NOTE_ADDED) if "checks hold; waiting for" in text]
    assert 1 <= len(notes) <= 8
    assert len(set(stage.entries(Kind.NOTE_ADDED))) == len(stage.entries(Kind.NOTE_ADDED))


async def test_an_incident_that_a_person_ends_is_watched_no_longer() -> None:
    stage, run = await watched(Watched())
    await stage.write(update=IncidentUpdate(status=Status.CLOSED))
    with pytest.raises(IncidentEnded):
        await verifier({"plan_digest": stage.plan.digest}, run)
    assert stage.store.state.incidents[INCIDENT].status is not Status.RESOLVED


async def test_the_same_world_gives_the_same_verdict_at_production_scale() -> None:
    limits = replace(LIMITS, settle=timedelta(minutes=2), verify_time=timedelta(minutes=10),
                     baseline=timedelta(hours=1), rate_window=timedelta(minutes=2))  # fmt: skip
    notes, _, _ = await verified(Watched(), limits=limits)
    assert notes["recovery"] == "recovered"
    assert 120 <= notes["took"] <= 240


async def test_alerts_of_several_pods_of_one_workload_are_one_question() -> None:
    stage, run = await watched(Watched())
    (first,) = stage.store.state.alerts.values()
    for pod in ("checkout-a", "checkout-b", "checkout-c"):
        labels = {**first.alert.labels, "alertname": "CrashLoop", "pod": pod}
        alert = first.alert.model_copy(update={"fingerprint": pod, "labels": labels})
        stage.store.state.alerts[pod, alert.starts_at] = first.model_copy(update={"alert": alert})
    await verifier({"plan_digest": stage.plan.digest}, run)
    ((*_, verification),) = stage.store.state.verifications
    names = [each.name for each in verification.checks if each.name.startswith("alert ")]
    assert names == [
        "alert HighErrors of Deployment shop/checkout",
        "alert CrashLoop of Deployment shop/checkout",
    ]
