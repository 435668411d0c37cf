"""Pod discovery for a Prometheus built without it (the distribution's is): the same labels, by way of HTTP discovery.

The labels are those of `kubernetes_sd_configs` with role `pod`, so that the relabelling rules are the usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PREFIX = "__meta_kubernetes_pod_"
_UNFIT = re.compile(r"[^a-zA-Z0-9_]")


def targets(pods: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One target for each declared port of each container of each pod that has an address."""
    return [
        {
            "targets": [f"{pod['status']['podIP']}:{port['containerPort']}"],
            "labels": _labels(pod, container, port),
        }
        for pod in pods
        if pod.get("status", {}).get("podIP")
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or ()
    ]


def _labels(pod: Mapping[str, Any], container: Mapping[str, Any], port: Mapping[str, Any]) -> dict[str, str]:
    meta, status = pod["metadata"], pod["status"]
    return {
        "__meta_kubernetes_namespace": meta["namespace"],
        f"{_PREFIX}name": meta["name"],
        f"{_PREFIX}uid": meta["uid"],
        f"{_PREFIX}ip": status["podIP"],
        f"{_PREFIX}phase": status.get("phase", ""),
        f"{_PREFIX}node_name": pod["spec"].get("nodeName", ""),
        f"{_PREFIX}container_name": container["name"],
        f"{_PREFIX}container_port_name": port.get("name", ""),
        f"{_PREFIX}container_port_number": str(port["containerPort"]),
        **_named("label", meta.get("labels")),
        **_named("annotation", meta.get("annotations")),
    }


def _named(kind: str, values: Mapping[str, str] | None) -> dict[str, str]:
    return {f"{_PREFIX}{kind}_{_UNFIT.sub('_', name)}": text for name, text in (values or {}).items()}
