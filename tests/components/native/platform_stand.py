"""A platform started as a person starts it, with nothing to watch behind it: real processes on loopback ports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sre_agent.cli.native.launching import EVERYBODY
from sre_agent.cli.native.ports import free_ports
from sre_agent.settings import TOOL_SERVERS

ROOT = Path(__file__).resolve().parents[3]
PROCESSES = (*TOOL_SERVERS, "agent")
PATIENCE = 50.0
SECRETS = {
    "GITHUB_TOKEN": "ghp_secret-of-github",
    "NOTION_API_KEY": "secret_of-notion",
    "LOKI_TENANT": "secret-of-loki",
    "ADMIN_TOKEN": "secret-of-the-administrator-0123456789",
    "WEBHOOK_TOKEN": "secret-of-the-webhook-0123456789abcdef",
    "GROQ_API_KEY": "secret-of-the-model",
}


@dataclass
class Stand:
    """One folder for a platform, and the words a person would type there."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: free_ports(2))

    def __post_init__(self) -> None:
        (self.folder / "prometheus-token").write_text("secret-of-prometheus")
        (self.folder / "kubeconfig").write_text("secret-of-kubernetes")
        self.write({})

    def write(self, changed: Mapping[str, str]) -> None:
        """The .env file: nothing real behind any address."""
        dead = "http://127.0.0.1:9"
        settings = {
            "PROMETHEUS_URL": dead,
            "PROMETHEUS_TOKEN_FILE": str(self.folder / "prometheus-token"),
            "LOKI_URL": dead,
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "GITHUB_REPOSITORIES": "some/where",
            "NOTION_RUNBOOK_DATABASE_ID": "d" * 32,
            "LLM_PROVIDER": "none",
            "AGENT_PORT": str(self.ports[0]),
            "DASHBOARD_PORT": str(self.ports[1]),
            "POSTGRES_PASSWORD": "unused",
            **SECRETS,
        }
        lines = [f"{name}={value}" for name, value in {**settings, **changed}.items()]
        self.env_file.write_text("\n".join(lines) + "\n")

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, word: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """`sre-agent up` or `down`."""
        words = [word, "--home", str(self.home)] + (
            ["--env-file", str(self.env_file)] if word == "up" else []
        )
        return subprocess.run(
            [sys.executable, "-m", "sre_agent.cli.main", *words],
            cwd=ROOT,
            env={**{name: os.environ[name] for name in EVERYBODY if name in os.environ}, **extra},
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.home / "run" / "platform.json").read_text())
        return told

    def pids(self) -> dict[str, int]:
        return {name: one["pid"] for name, one in self.state()["processes"].items()}

    def log(self, name: str) -> str:
        return (self.home / "logs" / f"{name}.log").read_text()


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
