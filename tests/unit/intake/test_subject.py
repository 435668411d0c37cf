"""An alert's labels find the object that is ill, not the exporter that was scraped about it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from intake_builders import NOW, alert

from sre_agent.domain.alert import Severity
from sre_agent.intake.expression import expression_of, metrics_of
from sre_agent.intake.identity import fingerprint_of, incident_id
from sre_agent.intake.owner_names import owner_of_pod
from sre_agent.intake.severity import severity_of
from sre_agent.intake.subject import subject_of

SD = {"endpoint": "metrics", "instance": "10.0.0.7:8080"}


def entity(expression: str = "", **labels: str) -> str:
    return str(subject_of(alert(expression=quote(expression), **labels)).entity)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"namespace": "shop", "deployment": "cart"}, "Deployment shop/cart"),
        ({"namespace": "shop", "daemonset": "log-shipper"}, "DaemonSet shop/log-shipper"),
        ({"namespace": "shop", "statefulset": "orders-db"}, "StatefulSet shop/orders-db"),
        ({"namespace": "shop", "cronjob": "report"}, "CronJob shop/report"),
        ({"namespace": "shop", "job_name": "report-29091671"}, "CronJob shop/report"),
        ({"namespace": "shop", "job_name": "migrate"}, "Job shop/migrate"),
        ({"namespace": "shop", "replicaset": "cart-7d9f8c6b5d"}, "Deployment shop/cart"),
        ({"namespace": "shop", "workload": "cart", "workload_type": "deployment"}, "Deployment shop/cart"),
        ({"namespace": "shop", "pod": "cart-7d9f8c6b5d-x2k4p"}, "Deployment shop/cart"),
        ({"namespace": "shop", "pod": "orders-db-0"}, "StatefulSet shop/orders-db"),
        ({"namespace": "shop", "pod": "log-shipper-x2k4p"}, "Pod shop/log-shipper-x2k4p"),
        ({"namespace": "shop", "pod": "report-29091671-x2k4p"}, "CronJob shop/report"),
        ({"namespace": "shop", "pod": "kube-apiserver-control"}, "Pod shop/kube-apiserver-control"),
        ({"namespace": "shop", "horizontalpodautoscaler": "cart"}, "HorizontalPodAutoscaler shop/cart"),
        (
            {"namespace": "shop", "persistentvolumeclaim": "data-orders-db-0"},
            "PersistentVolumeClaim shop/data-orders-db-0",
        ),
        ({"namespace": "shop", "service": "cart"}, "Service shop/cart"),
        ({"namespace": "shop", "container": "cart"}, "Workload shop/cart"),
        ({"k8s_namespace_name": "shop", "k8s_deployment_name": "cart"}, "Deployment shop/cart"),
        (
            {"kubernetes_namespace": "shop", "kubernetes_pod_name": "orders-db-0"},
            "StatefulSet shop/orders-db",
        ),
        (
            {"destination_workload_namespace": "shop", "destination_workload": "cart"},
            "Workload shop/cart",
        ),
        ({"sloth_service": "cart", "sloth_slo": "availability"}, "Service cart"),
        ({"pod": "orders-db-0", "pod_name": "x", "namespace": "shop"}, "StatefulSet shop/orders-db"),
        ({"instance": "redis://cart-redis:6379"}, "Service cart-redis"),
        ({"instance": "https://cache.example.com:6379"}, "Host cache.example.com"),
        ({"node": "worker-1"}, "Node worker-1"),
        ({"node": "worker-1", "namespace": "shop"}, "Node worker-1"),
        ({"instance": "db-host.example.com:9187"}, "Host db-host.example.com"),
        ({"instance": "worker-1:9100"}, "Node worker-1"),
        ({"instance": "worker-1"}, "Node worker-1"),
        ({"instance": "10.1.2.3:9187"}, "None"),
        ({"namespace": "shop"}, "Namespace shop"),
        ({}, "None"),
    ],
)
def test_labels_name_the_object(labels: dict[str, str], expected: str) -> None:
    assert entity(**labels) == expected


def test_a_workload_label_outweighs_the_pod_and_the_pod_the_service() -> None:
    labels = {"namespace": "shop", "pod": "cart-7d9f8c6b5d-x2k4p", "service": "cart-web"}
    assert entity(**labels) == "Deployment shop/cart"
    assert entity(**labels, statefulset="basket") == "StatefulSet shop/basket"


def test_exported_labels_win_over_those_of_the_exporter() -> None:
    labels = {
        "namespace": "monitoring",
        "pod": "some-exporter-x2k4p",
        "node": "worker-9",
        "service": "some-exporter",
    }
    exported = {"exported_namespace": "shop", "exported_pod": "cart-7d9f8c6b5d-x2k4p"}
    subject = subject_of(alert(**labels, **exported))
    assert (str(subject.entity), subject.node) == ("Deployment shop/cart", "")


@pytest.mark.parametrize(
    ("expression", "labels", "expected"),
    [
        (
            "kube_deployment_status_replicas_available{} == 0",
            {
                "namespace": "shop",
                "deployment": "cart",
                "pod": "kube-state-metrics-6c9d5f7b8-x2k4p",
                "container": "main",
            },
            "Deployment shop/cart",
        ),
        (
            'kube_pod_container_status_restarts_total{job="kube-state-metrics"} > 3',
            {
                "namespace": "shop",
                "pod": "cart-7d9f8c6b5d-x2k4p",
                "container": "app",
                "job": "kube-state-metrics",
            },
            "Deployment shop/cart",
        ),
        (
            'kube_node_status_condition{condition="Ready",status="true"} == 0',
            {"namespace": "monitoring", "node": "worker-1", "pod": "kube-state-metrics-6c9d5f7b8-x2k4p"},
            "Node worker-1",
        ),
        (
            "kube_job_status_failed > 0",
            {
                "namespace": "shop",
                "node": "worker-9",
                "pod": "kube-state-metrics-6c9d5f7b8-x2k4p",
                "job_name": "m",
            },
            "Job shop/m",
        ),
        (
            "node_filesystem_avail_bytes < 1",
            {
                "namespace": "monitoring",
                "pod": "node-exporter-x2k4p",
                "service": "node-exporter",
                "instance": "worker-1:9100",
            },
            "Node worker-1",
        ),
        (
            "instance:node_cpu_utilisation:rate5m > 0.9",
            {"namespace": "monitoring", "pod": "node-exporter-x2k4p", "instance": "worker-1:9100"},
            "Node worker-1",
        ),
        (
            "rate(kubelet_runtime_operations_errors_total[5m]) > 1",
            {"job": "kubelet", "namespace": "kube-system", "service": "kubelet", "node": "worker-1"},
            "Node worker-1",
        ),
        (
            'up{job="kubelet"} == 0',
            {"job": "kubelet", "namespace": "kube-system", "instance": "10.0.0.1:10250"},
            "Node 10.0.0.1",
        ),
        (
            "kubelet_volume_stats_available_bytes < 1",
            {"job": "kubelet", "namespace": "shop", "persistentvolumeclaim": "data", "node": "worker-1"},
            "PersistentVolumeClaim shop/data",
        ),
        (
            "rate(container_cpu_cfs_throttled_periods_total[5m]) > 1",
            {
                "job": "kubelet",
                "namespace": "shop",
                "pod": "cart-7d9f8c6b5d-x2k4p",
                "service": "kubelet",
                "node": "worker-1",
            },
            "Deployment shop/cart",
        ),
        (
            "probe_success == 0",
            {
                "job": "blackbox",
                "namespace": "shop",
                "instance": "https://checkout.shop.svc:8443/health",
                "pod": "blackbox-x2k4p",
            },
            "Service shop/checkout",
        ),
        (
            "probe_success == 0",
            {"job": "blackbox", "namespace": "shop", "instance": "https://shop.example.com/health"},
            "Host shop/shop.example.com",
        ),
        (
            "probe_success == 0",
            {
                "job": "blackbox",
                "namespace": "shop",
                "instance": "https://127.0.0.9:8443/",
                "service": "frontend",
            },
            "Service shop/frontend",
        ),
        (
            "pg_stat_activity_count > 90",
            {"job": "postgres-exporter", "pod": "postgres-exporter-x2k4p", "datname": "orders"},
            "None",
        ),
        (
            'up{job="postgres-exporter"} == 0',
            {"job": "postgres-exporter", "namespace": "shop", "pod": "postgres-exporter-6c9d5f7b8-x2k4p"},
            "Deployment shop/postgres-exporter",
        ),
    ],
)
def test_a_messenger_is_not_blamed(expression: str, labels: dict[str, str], expected: str) -> None:
    assert entity(expression, **SD | labels) == expected


def test_alerts_of_one_owner_meet_whatever_label_names_it() -> None:
    names = [
        {"deployment": "cart"},
        {"pod": "cart-7d9f8c6b5d-x2k4p"},
        {"service": "cart"},
        {"container": "cart"},
        {"horizontalpodautoscaler": "cart"},
    ]
    keys = {subject_of(alert(f"A{n}", namespace="shop", **labels)).key for n, labels in enumerate(names)}
    assert keys == {"|shop/cart"}


@pytest.mark.parametrize("other", [{"namespace": "stage"}, {"cluster": "eu"}, {"deployment": "checkout"}])
def test_alerts_of_different_owners_do_not_meet(other: dict[str, str]) -> None:
    labels = {"namespace": "shop", "deployment": "cart"}
    assert subject_of(alert(**labels)).key != subject_of(alert(**labels | other)).key


def test_conditions_without_an_object_meet_by_name_only() -> None:
    assert subject_of(alert("KubeAPIDown")).key == subject_of(alert("KubeAPIDown", job="apiserver")).key
    assert subject_of(alert("KubeAPIDown")).key != subject_of(alert("KubeSchedulerDown")).key


def test_our_own_cluster_goes_without_a_name() -> None:
    ours = alert(namespace="shop", deployment="cart", cluster="lab")
    assert subject_of(ours, default_cluster="lab").key == "|shop/cart"
    assert subject_of(ours).cluster == "lab"


def test_only_a_pods_alert_tells_where_it_runs() -> None:
    assert subject_of(alert(namespace="shop", pod="cart-7d9f8c6b5d-x2k4p", node="w1")).node == "w1"
    assert subject_of(alert(namespace="shop", deployment="cart", node="w1")).node == ""


@pytest.mark.parametrize("pod", ["coredns-backend", "my-proxy-agent", "x", "-", "a-b-c-d", "node-exporter"])
def test_names_that_were_not_generated_are_left_whole(pod: str) -> None:
    assert owner_of_pod(pod) == ("Pod", pod)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("page", Severity.CRITICAL),
        (" CRITICAL ", Severity.CRITICAL),
        ("error", Severity.HIGH),
        ("high", Severity.HIGH),
        ("warning", Severity.WARNING),
        ("ticket", Severity.WARNING),
        ("info", Severity.INFO),
        ("purple", Severity.WARNING),
        ("", Severity.WARNING),
        ("none", None),
    ],
)
def test_severities_are_told_in_four_words(word: str, severity: Severity | None) -> None:
    assert severity_of({"severity": word}) is severity


def test_expressions_that_do_not_parse_tell_nothing() -> None:
    assert metrics_of("sum(") == frozenset()
    assert metrics_of("-" * 1900 + "a") == frozenset()
    assert metrics_of("a" * 5000) == frozenset()
    assert expression_of("http://[broken") == ""
    assert expression_of("http://prometheus/graph?g0.tab=1") == ""


def test_metrics_are_found_wherever_they_stand() -> None:
    text = 'rate(a_total{x="b_total"}[5m]) / on () {__name__="c"} > absent(lvl:d_bytes:sum) or max_over_time(e[1h:5m])'
    assert metrics_of(text) == {"a_total", "c", "d_bytes", "e"}


def test_fingerprints_are_alertmanagers() -> None:
    assert fingerprint_of({}) == "cbf29ce484222325"


def test_incident_ids_sort_by_time_and_repeat_themselves() -> None:
    first, later = incident_id(NOW, "a"), incident_id(NOW + timedelta(milliseconds=1), "a")
    assert len(first) == 20
    assert first < later
    assert first == incident_id(NOW, "a") != incident_id(NOW, "b")


@pytest.mark.parametrize(
    ("expression", "labels", "expected"),
    [
        ("kube_endpoint_address_available == 0", {"endpoint": "cart"}, "Service shop/cart"),
        (
            "kube_endpoint_address_available == 0",
            {"endpoint": "cart", "service": "kube-state-metrics"},
            "Service shop/cart",
        ),
        (
            "kube_endpoint_address_available == 0",
            {"exported_endpoint": "cart", "endpoint": "http-metrics", "service": "kube-state-metrics"},
            "Service shop/cart",
        ),
        ("kube_service_spec_type == 1", {"service": "cart"}, "Service shop/cart"),
        ("kube_hpa_status == 1", {"service": "kube-state-metrics", "endpoint": "http"}, "Namespace shop"),
    ],
)
def test_what_is_told_of_services_and_endpoints_is_about_the_service(
    expression: str, labels: dict[str, str], expected: str
) -> None:
    assert entity(expression, namespace="shop", job="kube-state-metrics", **labels) == expected
