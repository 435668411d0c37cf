"""The configuration files of Prometheus and Alertmanager, as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POD = "__meta_kubernetes_pod_"
_META_NAMESPACE = "__meta_kubernetes_namespace"


@dataclass(frozen=True)
class Scene:
    """Where everything that is scraped stands."""

    namespace: str
    exporters: str
    """host:port of the exporters, which serve pod discovery too."""
    nodes: Mapping[str, str]
    """node → host:port of its kubelet."""
    alertmanager: str
    database: str
    probes: Sequence[Mapping[str, str]]
    """Labels of each URL to be probed; `target` is the URL, `module` how."""


def prometheus_config(scene: Scene) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules/*.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [scene.alertmanager]}]}]},
        "scrape_configs": [
            _pods(scene),
            _exporter(scene, "kube-state-metrics", honor=True),
            _exporter(scene, "ingress-nginx", honor=True),
            _database(scene),
            _kubelets(scene),
            _machines(scene),
            *(_probes(scene, module) for module in sorted({probe["module"] for probe in scene.probes})),
        ],
    }


def _pods(scene: Scene) -> dict[str, Any]:
    label = f"{_POD}label_app_kubernetes_io_name"
    return {
        "job_name": "pods",
        "http_sd_configs": [{"url": f"http://{scene.exporters}/discovery", "refresh_interval": "1s"}],
        "relabel_configs": [
            _match("keep", f"{_POD}annotation_prometheus_io_scrape", "true"),
            _match("keep", f"{_POD}container_port_name", "http"),
            _match("drop", f"{_POD}phase", "Pending|Succeeded|Failed"),
            _copy(_META_NAMESPACE, "namespace"),
            _copy(f"{_POD}name", "pod"),
            _copy(f"{_POD}container_name", "container"),
            _copy(f"{_POD}node_name", "node"),
            _copy(label, "service"),
            _copy(label, "job"),
        ],
    }


def _match(action: str, source: str, pattern: str) -> dict[str, Any]:
    return {"action": action, "source_labels": [source], "regex": pattern}


def _copy(source: str, target: str) -> dict[str, Any]:
    return {"source_labels": [source], "target_label": target}


def _exporter(scene: Scene, name: str, *, honor: bool = False) -> dict[str, Any]:
    labels = {"instance": f"{name}:8080"}
    return {
        "job_name": name,
        "metrics_path": f"/{name}/metrics",
        "honor_labels": honor,
        "static_configs": [{"targets": [scene.exporters], "labels": labels}],
    }


def _database(scene: Scene) -> dict[str, Any]:
    labels = {
        "namespace": scene.namespace,
        "service": scene.database,
        "instance": f"{scene.database}:5432",
    }
    return {
        "job_name": "postgres-exporter",
        "metrics_path": "/postgres-exporter/metrics",
        "static_configs": [{"targets": [scene.exporters], "labels": labels}],
    }


def _kubelets(scene: Scene) -> dict[str, Any]:
    return {
        "job_name": "kubelet",
        "metrics_path": "/metrics/cadvisor",
        "honor_labels": True,
        "static_configs": [
            {"targets": [address], "labels": {"node": node, "instance": f"{node}:10250"}}
            for node, address in scene.nodes.items()
        ],
    }


def _machines(scene: Scene) -> dict[str, Any]:
    return {
        "job_name": "node-exporter",
        "scrape_interval": "2s",
        "static_configs": [
            {
                "targets": [scene.exporters],
                "labels": {
                    "node": node,
                    "instance": f"{node}:9100",
                    "__metrics_path__": f"/node-exporter/{node}/metrics",
                },
            }
            for node in scene.nodes
        ],
    }


def _probes(scene: Scene, module: str) -> dict[str, Any]:
    return {
        "job_name": f"blackbox-{module.replace('_', '-')}",
        "metrics_path": "/probe",
        "scrape_interval": "2s",
        "params": {"module": [module]},
        "static_configs": [
            {
                "targets": [probe["target"]],
                "labels": {name: text for name, text in probe.items() if name not in ("target", "module")},
            }
            for probe in scene.probes
            if probe["module"] == module
        ],
        "relabel_configs": [
            _copy("__address__", "__param_target"),
            _copy("__param_target", "instance"),
            {"target_label": "__address__", "replacement": scene.exporters},
        ],
    }


@dataclass(frozen=True)
class Webhook:
    """Who gets the alerts."""

    url: str
    token_file: Path | None


def alertmanager_config(webhook: Webhook | None) -> dict[str, Any]:
    receiver: dict[str, Any] = {"name": "sre-agent"}
    if webhook:
        one: dict[str, Any] = {"url": webhook.url, "send_resolved": True}
        if webhook.token_file:
            one["http_config"] = {"authorization": {"credentials_file": str(webhook.token_file)}}
        receiver["webhook_configs"] = [one]
    return {
        "route": {
            "receiver": "sre-agent",
            "group_by": ["..."],
            "group_wait": "1s",
            "group_interval": "1s",
            "repeat_interval": "4h",
        },
        "receivers": [receiver],
    }
