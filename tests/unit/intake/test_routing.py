"""Any alert people run is routed: an entity, specialists, and queries whose every matcher the alert vouches for."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from intake_builders import alert

from sre_agent.domain.alert import AlertStatus
from sre_agent.domain.evidence import Specialist
from sre_agent.intake.payload import Delivery
from sre_agent.intake.routing import Routed, routed
from sre_agent.intake.settings import IntakeSettings
from sre_agent.signals.promql import parsed

EXPORTER = {"instance": "10.1.2.3:9100", "job": "exporter"}


def route(expression: str = "", **labels: str) -> Routed:
    one = alert(expression=quote(expression), **labels)
    return routed(Delivery(alerts=(one,)), IntakeSettings())


def promql(found: Routed) -> list[str]:
    return [lead.query for lead in found.queries if lead.specialist is Specialist.METRICS]


def of(found: Routed, specialist: Specialist) -> list[str]:
    return [lead.query for lead in found.queries if lead.specialist is specialist]


RULES = [
    ("mysql_global_status_threads_connected / mysql_global_variables_max_connections * 100 > 80", EXPORTER),
    ("redis_up == 0", {"instance": "cache-1:9121", "job": "redis"}),
    ("rate(node_vmstat_pgmajfault[1m]) > 1000", {"instance": "db7.example.org:9100", "job": "node"}),
    ('absent(up{job="payments"})', {"job": "payments"}),
    ('sum by (queue) (rabbitmq_queue_messages_ready{vhost="/"}) > 1000', {"queue": "mails"}),
    ("probe_success == 0", {"instance": "https://shop.example.org", "job": "blackbox"}),
    ('100 * (1 - avg(rate(windows_cpu_time_total{mode="idle"}[2m]))) > 80', {}),
    (
        'kube_deployment_status_replicas_available{job="kube-state-metrics"} < 1',
        {"namespace": "shop", "deployment": "cart", "pod": "kube-state-metrics-5d4f6b7c8d-x2k4p"},
    ),
    ('kube_job_failed{job="ksm"} > 0', {"namespace": "shop", "job_name": "report-29091671"}),
    ('count_over_time({app="cart"} |= "panic" [5m]) > 0', {"app": "cart", "namespace": "shop"}),
    (
        "histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))) > 1",
        {"service": "cart", "namespace": "shop"},
    ),
    ("up == 0", {"instance": "10.0.0.9:9187", "job": "postgres"}),
    ("", {"namespace": "shop", "pod": "cart-7d9f8c6b5d-x2k4p"}),
]


@pytest.mark.parametrize(("expression", "labels"), RULES)
def test_every_rule_gets_its_own_series_and_something_beside(expression: str, labels: dict[str, str]) -> None:
    found = route(expression, alertname="Custom", severity="warning", **labels)
    queries = promql(found)
    assert found.investigate
    assert Specialist.METRICS in found.specialists
    named = set(re.findall(r"\b[a-z]+_[a-z_]+\b|\bup\b", re.sub(r"\{[^}]*\}|\([a-z, ]+\)", "", expression)))
    assert not named or any(name in query for name in named for query in queries)
    assert any(not any(re.search(rf"\b{name}\b", query) for name in named) for query in queries)


@pytest.mark.parametrize(("expression", "labels"), RULES)
def test_every_matcher_is_vouched_for_by_the_alert(expression: str, labels: dict[str, str]) -> None:
    found = route(expression, alertname="Custom", severity="warning", **labels)
    known = set(labels.values())
    for query in [*promql(found), *of(found, Specialist.LOGS)]:
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', query):
            stem = value.removesuffix("-.*")
            assert (
                f'{label}="{value}"' in expression
                or labels.get(label) == value
                or (label not in labels and stem in known)
                or labels.get(label, "").startswith(f"{stem}-")
            ), query


@pytest.mark.parametrize(("expression", "labels"), RULES)
def test_what_is_sent_to_prometheus_is_promql(expression: str, labels: dict[str, str]) -> None:
    found = route(expression, alertname="Custom", **labels)
    for query in promql(found):
        if query != expression:
            assert parsed(query)


def test_labels_that_a_rule_adds_narrow_nothing() -> None:
    found = route("redis_up == 0", alertname="RedisDown", severity="critical", team="data", **EXPORTER)
    assert promql(found)[0] == 'redis_up{instance="10.1.2.3:9100",job="exporter"}'


def test_an_ill_program_wakes_those_who_read_logs_and_changes() -> None:
    found = route("x > 1", alertname="Errors", namespace="shop", pod="cart-7d9f8c6b5d-x2k4p")
    assert set(found.specialists) == set(Specialist)
    assert of(found, Specialist.LOGS) == ['{namespace="shop",pod=~"cart-.*"}']


def test_a_full_disk_of_a_node_wakes_no_reader_of_logs_or_changes() -> None:
    found = route(
        'node_filesystem_avail_bytes{job="node-exporter"} < 1', instance="worker-1", job="node-exporter"
    )
    assert str(found.entity) == "Node worker-1"
    assert not {Specialist.LOGS, Specialist.GITHUB} & set(found.specialists)


@pytest.mark.promise("HEAR-5")
def test_a_heartbeat_an_inhibitor_and_a_resolved_alert_are_answered_and_left_alone() -> None:
    for name in ("Watchdog", "InfoInhibitor"):
        found = route("vector(1)", alertname=name, severity="none")
        assert not found.investigate
        assert name in found.why
    over = alert(alertname="Errors").model_copy(update={"status": AlertStatus.RESOLVED})
    assert not routed(Delivery(alerts=(over,)), IntakeSettings()).investigate


def test_of_several_alerts_the_first_that_is_worth_it_decides() -> None:
    both = Delivery(
        alerts=(alert(alertname="Watchdog"), alert(alertname="Errors", namespace="shop", service="cart"))
    )
    found = routed(both, IntakeSettings())
    assert found.investigate
    assert str(found.entity) == "Service shop/cart"
