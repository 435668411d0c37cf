"""Which process may know which variable; everything else is kept from it."""

from __future__ import annotations

from collections.abc import Mapping

from sre_agent.settings import TOOL_SERVERS, Settings

EVERYBODY = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "LOG_LEVEL",
    "NO_COLOR",
)
"""What any program may need to run at all; none of it opens anything."""

OWN = {
    "k8s": (
        "KUBECONFIG",
        "KUBECONFIG_WRITE",
        "K8S_CONTEXT",
        "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT",
    ),
    "prometheus": ("PROMETHEUS_URL", "PROMETHEUS_TOKEN_FILE", "ALERTMANAGER_URL", "ALERTMANAGER_TOKEN_FILE"),
    "loki": ("LOKI_URL", "LOKI_TOKEN_FILE", "LOKI_TENANT"),
    "github": ("GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORIES"),
    "notion": (
        "NOTION_API_KEY",
        "NOTION_TOKEN",
        "NOTION_RUNBOOK_DATABASE_ID",
        "NOTION_BASE_URL",
        "RUNBOOK_DIR",
    ),
    "agent": tuple(name.upper() for name in Settings.model_fields),
    "lab": (),
}
"""Variables of each process; the settings of the tool servers' own making (MCP_*, GRANT_*) come from the launch."""


def environment_for(process: str, known: Mapping[str, str]) -> dict[str, str]:
    """The part of what is known that this process may hold; empty values are left out."""
    wanted = (*EVERYBODY, *OWN[process])
    return {name: known[name] for name in wanted if known.get(name)}


def is_watching_something(known: Mapping[str, str]) -> bool:
    """Whether a Prometheus is set; without one there is nothing to watch, and the lab is started."""
    return bool(known.get("PROMETHEUS_URL"))


def of_real_systems(known: Mapping[str, str]) -> dict[str, str]:
    """What is set for systems of the user's own. With the lab none of it may be used: a step that was
    meant for the lab must not reach a real cluster because one variable of it stayed behind."""
    names = {name for server in TOOL_SERVERS for name in OWN[server]}
    return {name: value for name, value in known.items() if name in names and value}


def in_the_lab(known: Mapping[str, str], lab: Mapping[str, str]) -> dict[str, str]:
    """The variables of a platform that watches the lab and nothing else."""
    real = of_real_systems(known)
    return {name: value for name, value in known.items() if name not in real} | dict(lab)
