"""Where one lab keeps its things and what it tells those who use it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

LAB_FILE, MONITORING = "lab.json", "monitoring"
NAMESPACE, DATABASE = "shop", "orders-db"
"""Where the shop lives, and what its database is called."""
_FIRST_HTTP, _FIRST_DATABASE = 18080, 15432
_TRIED = 400


@dataclass(frozen=True)
class LabFile:
    """What `lab.json` says. Holds secrets: readable by its owner alone."""

    pid: int
    kubeconfig: str
    agent_kubeconfig: str
    prometheus_url: str
    alertmanager_url: str
    loki_url: str
    github_api_url: str
    github_token: str
    github_repository: str
    notion_url: str
    notion_api_key: str
    notion_database_id: str
    runbook_dir: str
    shop_url: str
    shop_ca_file: str
    namespace: str
    control_url: str
    control_token: str
    cluster: str

    def write(self, directory: Path) -> None:
        """Whole or not at all."""
        fresh = directory / f"{LAB_FILE}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n")
        os.replace(fresh, directory / LAB_FILE)

    @classmethod
    def read(cls, directory: Path) -> LabFile | None:
        """None where there is no lab, or what is there is not one of ours."""
        try:
            return cls(**json.loads((directory / LAB_FILE).read_text()))
        except (OSError, ValueError, TypeError):
            return None


def is_alive(pid: int) -> bool:
    """Whether a process of that id is a lab of ours."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"infrastructure.lab" in command


def pod_ports() -> tuple[int, int]:
    """(HTTP, database): ports that no one on this machine holds, below the range that clients are given."""
    return _free_from(_FIRST_HTTP), _free_from(_FIRST_DATABASE)


def _free_from(first: int) -> int:
    for port in range(first, first + _TRIED):
        with socket.socket() as probe:
            if _is_taken(probe, port):
                continue
            return port
    raise OSError(f"no free port from {first} to {first + _TRIED - 1}")


def _is_taken(probe: socket.socket, port: int) -> bool:
    everywhere = ("", port)
    try:
        probe.bind(everywhere)  # asks about every address, serves none  # nosec B104
    except OSError:
        return True
    return False
