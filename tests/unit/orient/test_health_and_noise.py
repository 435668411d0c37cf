"""Health needs to be shown; what is long over, or elsewhere, is not blamed."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.catalogue.cause import STRONG, Lead
from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.orient.engine import Thinking, Verdict, diagnose
from sre_agent.orient.ranking import confidences, ranked
from sre_agent.picture.series import series_in
from sre_agent.picture.source import Source
from tests.worlds import NOW, World, stamp, workload

LAST = Thinking(may_ask=False)


def calm() -> World:
    """Two workloads that serve, with log lines, and no metrics collected."""
    world = World()
    for name in ("web", "orders"):
        world.deployment(name)
        world.log(f"{name}-r1-0", [f"{stamp(NOW - timedelta(minutes=1))} INFO served"])
    return world


def killed_once(world: World, name: str, ago: timedelta) -> None:
    """Killed for its memory, and running since."""
    for pod in world.pods_of(name):
        ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": stamp(NOW - ago)}}
        running = {"running": {"startedAt": stamp(NOW - ago)}}
        pod["status"]["containerStatuses"][0] |= {"restartCount": 3, "lastState": ended, "state": running}


def diagnosed(world: World) -> Verdict:
    return diagnose(world.picture(), LAST)


def test_an_alert_about_a_restart_that_was_overcome_finds_the_service_healthy() -> None:
    world = calm()
    killed_once(world, "orders", timedelta(hours=2))
    world.alert("PodRestarting", workload("orders"))
    assert diagnosed(world).diagnosis.outcome is DiagnosisOutcome.HEALTHY


def test_the_same_restart_a_minute_ago_is_blamed() -> None:
    world = calm()
    killed_once(world, "orders", timedelta(minutes=1))
    world.alert("PodRestarting", workload("orders"))
    root = diagnosed(world).diagnosis.root
    assert root is not None
    assert root.cause == "oom_killed"


def test_a_calm_namespace_with_state_alone_is_not_called_healthy_while_an_alert_fires() -> None:
    world = World()
    world.deployment("orders")
    world.alert("HighErrorRate", workload("orders"))
    diagnosis = diagnosed(world).diagnosis
    assert diagnosis.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE
    assert diagnosis.collect_next


def test_healthy_says_what_shows_it() -> None:
    world = calm()
    world.alert("HighErrorRate", workload("orders"))
    diagnosis = diagnosed(world).diagnosis
    assert diagnosis.outcome is DiagnosisOutcome.HEALTHY
    assert "pods are ready" in diagnosis.reason
    assert "log lines" in diagnosis.reason


def test_errors_in_the_log_of_late_speak_against_health() -> None:
    world = calm()
    lines = [
        f"{stamp(NOW - timedelta(seconds=second))} ERROR cannot read the ledger"
        for second in range(40, 0, -1)
    ]
    world.log("orders-r1-0", lines)
    world.alert("HighErrorRate", workload("orders"))
    assert diagnosed(world).diagnosis.outcome is not DiagnosisOutcome.HEALTHY


def test_the_discriminating_test_tells_the_first_from_its_rival() -> None:
    world = calm()
    killed_once(world, "orders", timedelta(minutes=1))
    world.alert("PodRestarting", workload("orders"))
    assert diagnosed(world).diagnosis.hypotheses[0].discriminating_test


def test_what_a_series_last_said_before_it_ended_is_no_longer_so() -> None:
    """A unit that runs again has a series of its new state; the one of the old state has ended."""
    source = Source("E1", "metrics/node_systemd_unit_state.json")
    labels = {"node": "n1", "name": "kubelet.service"}
    stopped = {"metric": {**labels, "state": "inactive"}, "values": [[at, "1"] for at in range(0, 100, 5)]}
    runs = {"metric": {**labels, "state": "active"}, "values": [[at, "1"] for at in range(100, 200, 5)]}
    old, new = series_in("node_systemd_unit_state", [stopped, runs], source)
    assert (old.last, new.last) == (None, 1.0)


def test_what_callers_say_of_something_visibly_down_is_believed_less_than_what_it_says_itself() -> None:
    believed = []
    for speaker in ("web-r1-0", "orders-r1-0"):
        world = calm()
        world.break_pods("orders", state={"running": {"startedAt": stamp(NOW)}})
        lead = Lead(
            cause="cache_unavailable",
            entity=workload("orders"),
            weight=STRONG,
            statement="orders cannot be reached as a cache",
            citations=(Source("E9", f"logs/acme/{speaker}/main.log").quote("cannot connect to orders"),),
        )
        causes = {lead.cause: entries()[lead.cause].cause}
        believed.append(confidences(ranked(world.picture(), [lead], causes))[0])
    assert believed[0] < believed[1]
