"""An alert is quiet when its own expression is, for its own workload, over metrics that are still there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from act_world import TARGET
from hypothesis import given
from hypothesis import strategies as st
from watched_world import Watched, watched

from sre_agent.act.checks.alerts import alert_check
from sre_agent.act.checks.findings import Finding
from sre_agent.act.checks.identity import Rule, agrees, onset_lag
from sre_agent.act.verifier import watch_of
from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert, Severity
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.ports.toolbox import ToolAnswer
from sre_agent.testing.clock import HandClock

NOW = HandClock().now()
POD = {
    "alertname": "CrashLoop",
    "namespace": "shop",
    "pod": "checkout-7d9f8c6b5d-x2k4p",
    "severity": "critical",
}
PLAIN = Rule("up == 0", adds=frozenset({"severity"}))


def filed(labels: dict[str, str], entity: EntityRef | None = TARGET) -> FiledAlert:
    alert = Alert(fingerprint="f", status=AlertStatus.FIRING, labels=labels, starts_at=NOW)
    return FiledAlert(
        alert=alert,
        severity=Severity.CRITICAL,
        entity=entity,
        incident_id=None,
        grouped_by="x",
        received_at=NOW,
    )


@pytest.mark.parametrize(
    ("series", "ours"),
    [
        ({"namespace": "shop", "pod": "checkout-7d9f8c6b5d-x2k4p"}, True),
        ({"namespace": "shop", "pod": "checkout-5f5f5f5f5f-aaaaa"}, True),
        ({"namespace": "shop", "pod": "checkout-5f5f5f5f5f-aaaaa", "instance": "10.0.0.9:80"}, True),
        ({"namespace": "shop", "pod": "payments-5f5f5f5f5f-aaaaa"}, False),
        ({"namespace": "other", "pod": "checkout-7d9f8c6b5d-x2k4p"}, False),
        ({"__name__": "x", "unheard_of": "y"}, True),
        ({"namespace": "shop", "severity": "a label of the series that the rule overwrites"}, True),
    ],
)
def test_the_same_failure_in_the_next_pod_of_the_workload_is_the_same_failure(
    series: dict[str, str], ours: bool
) -> None:
    assert agrees(series, filed(POD), PLAIN) is ours


def test_a_machine_is_known_by_its_instance() -> None:
    node = filed({"alertname": "NodeDown", "instance": "n1:9100"}, entity=None)
    assert agrees({"instance": "n1:9100"}, node, PLAIN)
    assert not agrees({"instance": "n2:9100"}, node, PLAIN)


def test_a_node_is_its_own_name_also_where_an_exporter_adds_a_namespace() -> None:
    node = filed({"alertname": "KubeNodeNotReady", "node": "n1", "namespace": "monitoring"}, entity=None)
    assert not agrees({"node": "n2", "namespace": "monitoring"}, node, PLAIN)


@given(st.dictionaries(st.sampled_from(["namespace", "service", "pod", "job"]), st.sampled_from(["a", "b"])))
def test_a_series_with_another_lasting_label_is_never_ours(series: dict[str, str]) -> None:
    labels = {"alertname": "A", "namespace": "a", "service": "a", "job": "a"}
    differs = any(series.get(name, "a") != "a" for name in ("namespace", "service", "job"))
    assert agrees(series, filed(labels), PLAIN) is not differs


def test_a_fault_may_begin_as_long_before_its_alert_as_the_rule_waits_and_looks_back() -> None:
    rules = [
        Rule("rate(a[5m]) > 1", timedelta(minutes=2)),
        Rule("up == 0", timedelta(minutes=1)),
        Rule("sum("),
    ]
    assert onset_lag(rules) == timedelta(minutes=7)
    assert onset_lag([]) == timedelta()


async def looked_at(world: Watched, *, after: float, **labels: str) -> tuple[Finding, Watched]:
    stage, run = await watched(world)
    (first,) = await run.archive.alerts(run.incident_id)
    changed = first.alert.model_copy(update={"labels": {**first.alert.labels, **labels}})
    record = await run.archive.plan(run.incident_id, stage.plan.digest)
    records = {each.index: each for each in record.steps}
    watch = watch_of(run, record.plan, records, (await run.archive.incident(run.incident_id), (first,)))
    stage.clock.advance(timedelta(seconds=after))
    finding = await alert_check(run, watch, first.model_copy(update={"alert": changed}), stage.clock.now())
    return finding, world


async def test_it_asks_for_its_own_labels_only_as_far_as_its_series_carried_them() -> None:
    finding, _world = await looked_at(
        Watched(), after=60, team="a label only the rule or the relabelling knows"
    )
    asked = finding.check.query
    assert 'service="checkout"' in asked
    assert "team" not in asked
    assert finding.check.passed is True


async def test_it_is_not_quiet_before_the_settle_time_is_over() -> None:
    finding, _ = await looked_at(Watched(), after=20)
    assert (finding.check.passed, finding.waiting) == (False, True)
    assert finding.check.numbers["quiet_for_seconds"] == pytest.approx(16, abs=2)


async def test_the_numbers_say_the_value_and_the_line() -> None:
    finding, _ = await looked_at(Watched(), after=60)
    assert finding.check.numbers["threshold"] == 0.05
    assert finding.check.numbers["value"] == pytest.approx(0.001, rel=0.1)


class Vanished(Watched):
    """After the step no metric of the expression is there any more."""

    def _signal(self, promql: str) -> Any:
        signal, labels = super()._signal(promql)
        return (signal if promql.startswith("up{") else lambda t: signal(t) if t < 0 else None), labels


async def test_an_expression_over_metrics_that_vanished_is_not_quiet_but_unknown() -> None:
    finding, _ = await looked_at(Vanished(exporter_up=False), after=60)
    assert finding.check.passed is None
    assert "no longer has the metrics" in finding.check.sentence


async def test_a_metric_that_exists_only_while_something_is_wrong_is_quiet_while_its_job_is_up() -> None:
    finding, _ = await looked_at(Vanished(), after=60)
    assert finding.check.passed is True


class Blinking(Watched):
    """Its series comes and goes, and is not there in the moment in which the alert fires (-300 s)."""

    def _signal(self, promql: str) -> Any:
        signal, labels = super()._signal(promql)
        return (signal if promql.startswith("up{") else lambda t: signal(t) if t < -310 else None), labels


@pytest.mark.parametrize(("exporter_up", "passed"), [(True, True), (False, None)])
async def test_a_state_that_comes_and_goes_is_quiet_only_while_who_told_it_is_up(
    exporter_up: bool, passed: bool | None
) -> None:
    finding, _ = await looked_at(Blinking(exporter_up=exporter_up), after=60)
    assert finding.check.passed is passed


async def test_an_alert_without_any_expression_is_unknown() -> None:
    class Mute(Watched):
        def _alert_rule(self, asked: JsonObject) -> JsonObject:
            return {"rules": []}

    world = Mute()
    stage, run = await watched(world)
    (first,) = await run.archive.alerts(run.incident_id)
    bare = first.model_copy(update={"alert": first.alert.model_copy(update={"generator_url": ""})})
    watch = watch_of(run, stage.plan, {}, (await run.archive.incident(run.incident_id), (bare,)))
    finding = await alert_check(run, watch, bare, stage.clock.now())
    assert finding.check.passed is None
    assert "neither the alert nor Prometheus" in finding.check.sentence


async def test_an_expression_the_parser_does_not_know_is_asked_whole() -> None:
    odd = "up{a=~`x\\.y`} == 0"

    class Odd(Watched):
        def _alert_rule(self, asked: JsonObject) -> JsonObject:
            return {"rules": [{"expr": odd, "labels": {}}]}

        def _signal(self, promql: str) -> Any:
            return ((lambda t: None), {}) if promql == odd else super()._signal(promql)

    stage, run = await watched(Odd())
    (first,) = await run.archive.alerts(run.incident_id)
    bare = first.model_copy(update={"alert": first.alert.model_copy(update={"generator_url": ""})})
    watch = watch_of(run, stage.plan, {}, (await run.archive.incident(run.incident_id), (bare,)))
    stage.clock.advance(timedelta(seconds=60))
    finding = await alert_check(run, watch, bare, stage.clock.now())
    assert (finding.check.passed, finding.check.query) == (True, odd)


__all__ = ["ToolAnswer"]
