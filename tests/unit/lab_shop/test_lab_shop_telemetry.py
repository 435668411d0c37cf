"""Exporters' pages and the configuration of Prometheus and Alertmanager."""

from __future__ import annotations

from pathlib import Path

import yaml

from infrastructure.lab.telemetry.blackbox import Finding, probe_page
from infrastructure.lab.telemetry.discovery import targets
from infrastructure.lab.telemetry.kube_state import kube_state_page
from infrastructure.lab.telemetry.nodes import ContainerRow, Machine, cadvisor_page, node_page
from infrastructure.lab.telemetry.postgres import down_page, up_page
from infrastructure.lab.telemetry.relocation import FIXED, relocated
from infrastructure.lab.telemetry.settings import Scene, Webhook, alertmanager_config, prometheus_config
from infrastructure.lab.telemetry.shipping import push_body
from infrastructure.lab.telemetry.watch import RULES

POD = {
    "metadata": {
        "namespace": "shop",
        "name": "cart-1",
        "uid": "u1",
        "creationTimestamp": "2026-11-21T08:00:00Z",
        "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-abc", "uid": "r1", "controller": True}],
    },
    "spec": {
        "nodeName": "lab-2",
        "containers": [{"name": "cart", "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}}}],
    },
    "status": {
        "phase": "Running",
        "podIP": "127.1.2.3",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [
            {
                "name": "cart",
                "image": "i:1",
                "ready": False,
                "restartCount": 4,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
            }
        ],
    },
}
NODE = {
    "metadata": {"name": "lab-2"},
    "spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]},
    "status": {
        "capacity": {"cpu": "4", "memory": "16Gi"},
        "conditions": [{"type": "Ready", "status": "Unknown"}],
    },
}
ENDPOINTS = {
    "metadata": {"namespace": "shop", "name": "cart"},
    "subsets": [{"addresses": [{"ip": "1"}, {"ip": "2"}], "notReadyAddresses": [{"ip": "3"}]}],
}


def test_a_crash_looping_pod_shows_why_it_waits_and_how_it_ended_last() -> None:
    page = kube_state_page(lambda plural: [POD] if plural == "pods" else [])
    at = 'namespace="shop",pod="cart-1",uid="u1",container="cart"'
    assert f'kube_pod_container_status_waiting_reason{{{at},reason="CrashLoopBackOff"}} 1' in page
    assert f'kube_pod_container_status_last_terminated_reason{{{at},reason="OOMKilled"}} 1' in page
    assert f"kube_pod_container_status_restarts_total{{{at}}} 4" in page
    assert 'kube_pod_status_ready{namespace="shop",pod="cart-1",uid="u1",condition="true"} 0' in page
    assert 'resource="memory",unit="byte"} 268435456' in page
    assert 'resource="cpu",unit="core"} 0.5' in page


def test_a_node_shows_its_conditions_and_whether_it_is_cordoned() -> None:
    page = kube_state_page(lambda plural: [NODE] if plural == "nodes" else [])
    assert 'kube_node_spec_unschedulable{node="lab-2"} 1' in page
    assert 'kube_node_status_condition{node="lab-2",condition="Ready",status="unknown"} 1' in page
    assert 'kube_node_status_condition{node="lab-2",condition="Ready",status="true"} 0' in page


def test_endpoints_are_counted_ready_and_not() -> None:
    page = kube_state_page(lambda plural: [ENDPOINTS] if plural == "endpoints" else [])
    assert 'kube_endpoint_address_available{namespace="shop",endpoint="cart"} 2' in page
    assert 'kube_endpoint_address_not_available{namespace="shop",endpoint="cart"} 1' in page


def test_a_container_without_a_cpu_limit_has_no_throttling_to_show() -> None:
    row = ContainerRow("shop", "p", "c", "i", 1.5, 10, 4, 2**20, None, None, 0.0)
    page = cadvisor_page([row])
    assert "container_cpu_usage_seconds_total" in page
    assert "cfs" not in page


def test_a_stopped_kubelet_is_a_failed_unit_and_the_others_go_on() -> None:
    page = node_page(Machine(NODE, 3.0, 2**30, kubelet_runs=False, booted_at=0.0, now=100.0))
    assert 'node_systemd_unit_state{name="kubelet.service",state="failed",type="simple"} 1' in page
    assert 'node_systemd_unit_state{name="containerd.service",state="active",type="simple"} 1' in page


def test_connections_are_counted_by_client_and_state() -> None:
    page = up_page([("cart", "idle"), ("cart", "idle"), ("inventory", "active")], {"max_connections": 100})
    assert 'application_name="cart",usename="cart",state="idle"} 2' in page
    assert "pg_settings_max_connections 100" in page
    assert "pg_up 0" in down_page()


def test_an_untrusted_connection_fails_one_module_and_shows_its_certificate_to_the_other() -> None:
    finding = Finding(status=200, trusted=False, expires_at=1000.0, connected=True)
    strict, lenient = probe_page(finding, "http_2xx"), probe_page(finding, "tls_connect")
    assert "probe_success 0" in strict
    assert "probe_ssl_earliest_cert_expiry" not in strict
    assert "probe_ssl_earliest_cert_expiry 1000" in lenient


def scene() -> Scene:
    return Scene(
        namespace="shop",
        exporters="127.0.0.1:1",
        nodes={"lab-1": "127.0.0.1:2"},
        alertmanager="127.0.0.1:3",
        database="orders-db",
        probes=[
            {"target": "https://www.x/", "module": "http_2xx", "ingress": "web"},
            {"target": "https://www.x/", "module": "tls_connect", "ingress": "web"},
        ],
    )


def test_pods_are_discovered_and_carry_the_conventional_labels() -> None:
    config = prometheus_config(scene())
    pods = next(job for job in config["scrape_configs"] if job["job_name"] == "pods")
    given = {rule.get("target_label") for rule in pods["relabel_configs"]}
    assert {"namespace", "pod", "container", "node", "service", "job"} <= given
    assert pods["http_sd_configs"][0]["url"] == "http://127.0.0.1:1/discovery"
    used = {name for rule in pods["relabel_configs"] for name in rule["source_labels"]}
    offered = set(targets([SCRAPED])[0]["labels"])
    assert used <= offered


SCRAPED = {
    "metadata": {
        "namespace": "shop",
        "name": "cart-1",
        "uid": "u1",
        "labels": {"app.kubernetes.io/name": "cart"},
        "annotations": {"prometheus.io/scrape": "true"},
    },
    "spec": {
        "nodeName": "node-2",
        "containers": [{"name": "cart", "ports": [{"name": "http", "containerPort": 18080}]}],
    },
    "status": {"podIP": "127.1.2.3", "phase": "Running"},
}


def test_a_pod_is_discovered_by_its_ports_with_the_labels_prometheus_would_give_it() -> None:
    found = targets([SCRAPED, {**SCRAPED, "status": {"phase": "Pending"}}])
    assert [one["targets"] for one in found] == [["127.1.2.3:18080"]]
    labels = found[0]["labels"]
    assert labels["__meta_kubernetes_pod_label_app_kubernetes_io_name"] == "cart"
    assert labels["__meta_kubernetes_pod_annotation_prometheus_io_scrape"] == "true"
    assert labels["__meta_kubernetes_pod_container_port_name"] == "http"
    assert labels["__meta_kubernetes_pod_node_name"] == "node-2"


def test_a_relocated_program_differs_in_nothing_but_the_one_path() -> None:
    program = b"\x7fELF...default.tmpl" + FIXED.encode() + b"35527" + FIXED.encode() + b"/ui/"
    moved = relocated(program)
    assert len(moved) == len(program)
    assert FIXED.encode() not in moved
    assert moved.replace(b"./" * 17, FIXED.encode()) == program


def test_alertmanager_leaves_grouping_to_the_receiver_and_sends_what_is_resolved() -> None:
    config = alertmanager_config(Webhook("http://a/webhook/alert", Path("/secret")))
    assert config["route"]["group_by"] == ["..."]
    hook = config["receivers"][0]["webhook_configs"][0]
    assert hook["send_resolved"] is True
    assert hook["http_config"] == {"authorization": {"credentials_file": "/secret"}}


def test_every_alert_carries_severity_summary_description_and_runbook() -> None:
    rules = [
        rule
        for path in RULES.glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]
    assert len(rules) >= 18
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning", "info", "none"), rule["alert"]
        assert {"summary", "description", "runbook_url"} <= set(rule["annotations"]), rule["alert"]


def test_lines_are_pushed_in_one_stream_for_each_set_of_labels() -> None:
    body = push_body(
        [
            ({"pod": "a", "stream": "stdout"}, 1, "x"),
            ({"pod": "a", "stream": "stdout", "extra": "no"}, 2, "y"),
            ({"pod": "b"}, 3, "z"),
        ]
    )
    assert body["streams"] == [
        {"stream": {"pod": "a", "stream": "stdout"}, "values": [["1", "x"], ["2", "y"]]},
        {"stream": {"pod": "b"}, "values": [["3", "z"]]},
    ]
