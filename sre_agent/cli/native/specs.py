"""Which processes make a platform: their command lines, environments and addresses; pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sre_agent.cli.native.environment import environment_for
from sre_agent.settings import TOOL_SERVERS

WRITERS = ("k8s", "github")
LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # names them, listens nowhere  # nosec B104
LAB_PACE = {
    "BASELINE_SECONDS": "60",
    "RATE_WINDOW_SECONDS": "10",
    "VERIFY_SETTLE_SECONDS": "8",
    "VERIFY_TIMEOUT_SECONDS": "150",
    "POLL_SECONDS": "1",
}
"""The lab scrapes every second and has a short past: what takes minutes in life takes seconds there."""


@dataclass(frozen=True)
class ProcessSpec:
    """One process to run. `health` is an address that answers 200 when it is up."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    health: str
    certificate: Path | None = None
    """What it answers with, where `health` is https."""


@dataclass(frozen=True)
class Launch:
    """What is decided anew at every launch: ports, and a token for each tool server."""

    home: Path
    ports: Mapping[str, int]
    tokens: Mapping[str, str]
    agent_host: str = LOOPBACK
    """Where the agent listens; the tool servers are for it alone, and listen on loopback."""
    certificate: Path | None = None
    """What the agent serves with; None: plain HTTP."""

    def url(self, name: str) -> str:
        """Where it is reached from this machine."""
        host = LOOPBACK if name in TOOL_SERVERS or self.agent_host in EVERY_ADDRESS else self.agent_host
        scheme = "https" if self.certificate and name not in TOOL_SERVERS else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.ports[name]}"

    @property
    def private_key(self) -> Path:
        return self.home / "keys" / "grant.key"

    @property
    def public_key(self) -> Path:
        return self.home / "keys" / "grant.pub"


def tool_server(name: str, known: Mapping[str, str], launch: Launch) -> ProcessSpec:
    """A tool server: its own credentials, its own token, the public key, and nothing else."""
    own = environment_for(name, known)
    own |= {
        "MCP_HOST": LOOPBACK,
        "MCP_PORT": str(launch.ports[name]),
        "MCP_TOKEN": launch.tokens[name],
        "MCP_CLUSTER": known.get("CLUSTER") or "default",
    }
    if name in WRITERS:
        own["GRANT_PUBLIC_KEY_FILE"] = str(launch.public_key)
        own["GRANT_STORE"] = str(launch.home / "grants" / f"{name}.sqlite3")
    return ProcessSpec(
        name, (sys.executable, "-m", f"mcp_servers.{name}"), own, f"{launch.url(name)}/healthz"
    )


def agent(known: Mapping[str, str], launch: Launch) -> ProcessSpec:
    """The agent: addresses and tokens of the tool servers, the private key, and no credential of any system."""
    own = environment_for("agent", known)
    own |= {
        "AGENT_HOST": launch.agent_host,
        "AGENT_PORT": str(launch.ports["agent"]),
        "DASHBOARD_PORT": str(launch.ports["dashboard"]),
        "SRE_AGENT_HOME": str(launch.home),
        "GRANT_PRIVATE_KEY_FILE": str(launch.private_key),
    }
    for name in TOOL_SERVERS:
        own[f"MCP_{name.upper()}_URL"] = f"{launch.url(name)}/mcp"
        own[f"MCP_{name.upper()}_TOKEN"] = launch.tokens[name]
    command = (sys.executable, "-m", "sre_agent.cli.entry", "serve")
    return ProcessSpec("agent", command, own, f"{launch.url('agent')}/healthz", launch.certificate)


def platform(known: Mapping[str, str], launch: Launch) -> tuple[ProcessSpec, ...]:
    """Five tool servers and the agent."""
    return (*(tool_server(name, known, launch) for name in TOOL_SERVERS), agent(known, launch))


def lab_settings(lab: Mapping[str, object]) -> dict[str, str]:
    """What the lab's own file says, as the variables that the processes read."""
    names = (
        ("KUBECONFIG", "agent_kubeconfig"),
        ("PROMETHEUS_URL", "prometheus_url"),
        ("ALERTMANAGER_URL", "alertmanager_url"),
        ("LOKI_URL", "loki_url"),
        ("GITHUB_API_URL", "github_api_url"),
        ("GITHUB_TOKEN", "github_token"),
        ("GITHUB_REPOSITORIES", "github_repository"),
        ("NOTION_BASE_URL", "notion_url"),
        ("NOTION_API_KEY", "notion_api_key"),
        ("NOTION_RUNBOOK_DATABASE_ID", "notion_database_id"),
        ("CLUSTER", "cluster"),
    )
    return {variable: str(lab[key]) for variable, key in names if lab.get(key)} | LAB_PACE
