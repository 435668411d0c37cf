"""Prometheus and Alertmanager as processes: their files, their ports, their rules, and asking them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from infrastructure.lab.telemetry.packages import Programs
from infrastructure.lab.telemetry.processes import Children
from infrastructure.lab.telemetry.relocation import bring_templates
from infrastructure.lab.telemetry.settings import Scene, Webhook, alertmanager_config, prometheus_config

RULES = Path(__file__).parent / "rules"
_ADDED = "added-"
_HOST = "127.0.0.1"


class Watch:
    """The monitoring of one lab."""

    def __init__(self, directory: Path, programs: Programs) -> None:
        self._directory = directory
        self._programs = programs
        self._children = Children(directory)
        self.prometheus_url = ""
        self.alertmanager_url = ""

    async def start(self, scene_at: Callable[[str], Scene], webhook: Webhook | None) -> None:
        """`scene_at` makes the scene for an Alertmanager's address. Raises DidNotStart."""
        prometheus, alertmanager = free_port(), free_port()
        self.prometheus_url = f"http://{_HOST}:{prometheus}"
        self.alertmanager_url = f"http://{_HOST}:{alertmanager}"
        self._write("prometheus.yaml", prometheus_config(scene_at(f"{_HOST}:{alertmanager}")))
        self._write("alertmanager.yaml", alertmanager_config(webhook))
        self._copy_rules()
        bring_templates(self._programs.alertmanager, self._directory)
        await self._children.start("alertmanager", self._alertmanager(alertmanager))
        await self._children.start("prometheus", self._prometheus(prometheus))
        await asyncio.gather(
            self._children.until_ready("prometheus", f"{self.prometheus_url}/-/ready"),
            self._children.until_ready("alertmanager", f"{self.alertmanager_url}/-/ready"),
        )

    async def stop(self) -> None:
        await self._children.stop()

    async def add_rules(self, name: str, groups: dict[str, Any]) -> None:
        """A further rule file, as somebody with access to the configuration would put there."""
        self._write(f"rules/{_ADDED}{name}.yaml", groups)
        await self._reload()

    async def remove_added_rules(self) -> None:
        added = list((self._directory / "rules").glob(f"{_ADDED}*.yaml"))
        for path in added:
            path.unlink()
        if added:
            await self._reload()

    async def alerts(self) -> list[dict[str, Any]]:
        """What Prometheus says is pending or firing, the Watchdog left out."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.prometheus_url}/api/v1/alerts") as answer,
        ):
            told = await answer.json()
        return [one for one in told["data"]["alerts"] if one["labels"]["alertname"] != "Watchdog"]

    async def _reload(self) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.prometheus_url}/-/reload") as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"Prometheus refused its rules: {(await answer.text()).strip()}")

    def _copy_rules(self) -> None:
        folder = self._directory / "rules"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.yaml"):
            old.unlink()
        for rule in RULES.glob("*.yaml"):
            (folder / rule.name).write_text(rule.read_text())

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self._directory / name).write_text(yaml.safe_dump(content, sort_keys=False, width=200))

    def _prometheus(self, port: int) -> list[str]:
        return [
            str(self._programs.prometheus),
            f"--config.file={self._directory / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self._directory / 'prometheus-data'}",
            "--storage.tsdb.retention.time=12h",
            f"--web.listen-address={_HOST}:{port}",
            f"--web.external-url={self.prometheus_url}",
            "--rules.alert.resend-delay=5s",
            "--web.enable-lifecycle",
            "--log.level=warn",
        ]

    def _alertmanager(self, port: int) -> list[str]:
        return [
            str(self._programs.alertmanager),
            f"--config.file={self._directory / 'alertmanager.yaml'}",
            f"--storage.path={self._directory / 'alertmanager-data'}",
            f"--web.listen-address={_HOST}:{port}",
            f"--web.external-url={self.alertmanager_url}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]


def free_port() -> int:
    """A port nobody listens on now; whoever takes it must do so soon."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
