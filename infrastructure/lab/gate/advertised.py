"""What the neighbours are told: the lab's addresses as they reach them, each its own part; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from infrastructure.lab.places import LabFile

SERVED_NAME = "kubernetes"
"""A name that stands in the cluster's certificate, whatever the host is called from outside."""
KUBERNETES = "kubernetes"
KUBECONFIG = "kubeconfig"


@dataclass(frozen=True)
class Door:
    """One fixed port, and where it leads."""

    name: str
    port: int
    leads_to: tuple[str, int]


PORTS = {
    KUBERNETES: 6443,
    "prometheus": 9090,
    "alertmanager": 9093,
    "loki": 3100,
    "github": 8081,
    "notion": 8082,
    "shop": 8443,
}


def doors(lab: LabFile, kubeconfig: Mapping[str, Any]) -> tuple[Door, ...]:
    """A door for each address of the lab, but not for its control: who breaks the shop comes into the container."""
    addresses = {
        KUBERNETES: _server(kubeconfig),
        "prometheus": lab.prometheus_url,
        "alertmanager": lab.alertmanager_url,
        "loki": lab.loki_url,
        "github": lab.github_api_url,
        "notion": lab.notion_url,
        "shop": lab.shop_url,
    }
    return tuple(Door(name, PORTS[name], _place(url)) for name, url in addresses.items())


def _server(kubeconfig: Mapping[str, Any]) -> str:
    return str(kubeconfig["clusters"][0]["cluster"]["server"])


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError(f"{url!r} names no host and port")
    return parts.hostname, parts.port


def kubeconfig_for(kubeconfig: Mapping[str, Any], host: str) -> str:
    """The same credentials, sent through the door; the certificate is checked against the name it was made for."""
    changed = dict(kubeconfig)
    changed["clusters"] = [
        {
            **one,
            "cluster": {
                **one["cluster"],
                "server": f"https://{host}:{PORTS[KUBERNETES]}",
                "tls-server-name": SERVED_NAME,
            },
        }
        for one in kubeconfig["clusters"]
    ]
    return yaml.safe_dump(changed, sort_keys=False)


EMPTIED = {
    "k8s": ("KUBECONFIG_WRITE", "K8S_CONTEXT", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
    "prometheus": ("PROMETHEUS_TOKEN_FILE", "ALERTMANAGER_TOKEN_FILE"),
    "loki": ("LOKI_TOKEN_FILE", "LOKI_TENANT"),
    "github": (),
    "notion": ("NOTION_TOKEN", "RUNBOOK_DIR"),
}
"""Variables of real systems: none of them may stay behind, lest a step meant for the lab reach a real cluster."""


def readers(lab: LabFile, host: str, folder: PurePosixPath) -> dict[str, dict[str, str]]:
    """Reader → the variables it is given. `folder`: where readers find their files."""

    def url(name: str) -> str:
        return f"http://{host}:{PORTS[name]}"

    own = {
        "k8s": {"KUBECONFIG": str(folder / KUBECONFIG)},
        "prometheus": {"PROMETHEUS_URL": url("prometheus"), "ALERTMANAGER_URL": url("alertmanager")},
        "loki": {"LOKI_URL": url("loki")},
        "github": {
            "GITHUB_API_URL": url("github"),
            "GITHUB_TOKEN": lab.github_token,
            "GITHUB_REPOSITORIES": lab.github_repository,
        },
        "notion": {
            "NOTION_BASE_URL": url("notion"),
            "NOTION_API_KEY": lab.notion_api_key,
            "NOTION_RUNBOOK_DATABASE_ID": lab.notion_database_id,
        },
    }
    servers = {
        name: {"MCP_CLUSTER": lab.cluster, **dict.fromkeys(EMPTIED[name], ""), **variables}
        for name, variables in own.items()
    }
    return {**servers, "agent": {"CLUSTER": lab.cluster, **PACE}}


PACE = {
    "BASELINE_SECONDS": "60",
    "RATE_WINDOW_SECONDS": "10",
    "VERIFY_SETTLE_SECONDS": "8",
    "VERIFY_TIMEOUT_SECONDS": "150",
    "POLL_SECONDS": "1",
}
"""The lab scrapes every second and has a short past: what takes minutes in life takes seconds there."""
