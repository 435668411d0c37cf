"""Whole platforms at work, each in processes of its own with a lab of its own, driven as a person would: by API and CLI."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from sre_agent.cli.native.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "infrastructure" / "lab" / "faults"
START_SECONDS = 240.0
HEALTHY_PAST = 32.0
ENDS_WITHIN = 300.0
HEALS_WITHIN = 90.0
MERGES_WITHIN = 40.0
FINAL = ("resolved", "escalated", "closed")
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TMPDIR")


@dataclass
class Ended:
    """One incident and everything that is on file about it."""

    incident: dict[str, Any]
    journal: list[dict[str, Any]]
    plans: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    others: list[dict[str, Any]] = field(default_factory=list)
    """Other incidents that were opened by the same fault."""

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.journal if entry["kind"] == kind]

    @property
    def tools_used(self) -> list[str]:
        """Tools of the steps that were done, in order."""
        return [str(entry["body"].get("tool", "")) for entry in self.entries("step.done")]


@dataclass(frozen=True)
class Promise:
    """What a fault's file says of the incident it brings about."""

    alerts: frozenset[str]
    closes: bool
    """Whether it is one that has to be closed without doing anything."""

    @classmethod
    def of(cls, fault: str) -> Promise:
        told = yaml.safe_load((FAULTS / f"{fault}.yaml").read_text())
        return cls(frozenset(told["alerts"]), told["expect"]["outcome"] in ("healthy", "flapping"))


class PlatformAtWork:
    """`python -m sre_agent.cli.native.keeper` with its own home, ports and secrets."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.admin = secrets.token_urlsafe(32)
        self.approver = ""
        self.started = 0.0
        self.keeper: asyncio.subprocess.Process | None = None
        self.http: httpx.AsyncClient | None = None

    async def start(self, ports: tuple[int, int]) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        variables |= {
            "AGENT_PORT": str(ports[0]),
            "DASHBOARD_PORT": str(ports[1]),
            "ADMIN_TOKEN": self.admin,
            "WEBHOOK_TOKEN": secrets.token_urlsafe(32),
        }
        with (self.home / "keeper.log").open("wb") as log:
            self.keeper = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sre_agent.cli.native.keeper", str(self.home), "/nonexistent"),
                cwd=ROOT,
                env=variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self._until(
            lambda: (self.home / "run" / "platform.json").exists(), START_SECONDS, "the platform to start"
        )
        state = self.state()
        assert state["ready"], state["error"]
        self.http = httpx.AsyncClient(
            base_url=state["api"],
            headers={"Authorization": f"Bearer {self.admin}"},
            timeout=20,
            trust_env=False,
        )
        self.started = asyncio.get_running_loop().time()
        self.approver = await self.account("alex", "approver")

    async def account(self, name: str, role: str) -> str:
        """The token of a new account."""
        await self._post("/api/v1/accounts", {"name": name, "role": role})
        return str((await self._post(f"/api/v1/accounts/{name}/tokens", {"label": "tests"}))["token"])

    async def healthy_past(self) -> None:
        """Waits until the shop has been well for so long that there is something to compare with."""
        await asyncio.sleep(max(0.0, self.started + HEALTHY_PAST - asyncio.get_running_loop().time()))

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.home / "run" / "platform.json").read_text())
        return told

    async def stop(self) -> None:
        if self.http is not None:
            await self.http.aclose()
        if self.keeper is not None and self.keeper.returncode is None:
            self.keeper.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.keeper.wait(), 60)

    async def get(self, path: str, **query: Any) -> Any:
        """A read; an agent that is just being started again is waited for."""
        assert self.http is not None
        for _ in range(100):
            try:
                answer = await self.http.get(path, params=query)
            except httpx.TransportError:
                await asyncio.sleep(0.3)
                continue
            assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
            return answer.json()
        raise AssertionError(f"no answer from {path}")

    async def _post(self, path: str, body: Mapping[str, Any], token: str = "") -> Any:
        assert self.http is not None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.http.post(path, json=dict(body), headers=headers)
        assert answer.is_success, (path, answer.status_code, answer.text[:500])
        return answer.json()

    async def lab(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infrastructure.lab", *arguments, "--dir", str(self.home / "lab")),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, (arguments, errors.decode()[-800:])
        return output.decode()

    async def see_through(self, fault: str, service: str = "", *, disturb: Any = None) -> Ended:
        """Break the shop, answer as an approver would, and wait for the end of what comes of it."""
        known = {one["id"] for one in await self.incidents(set())}
        await asyncio.sleep(HEALTHY_PAST)
        await self.lab("break", fault, *(("--service", service) if service else ()))
        disturbing = asyncio.create_task(disturb(self, known)) if disturb else None
        incident = await self._ended(known, Promise.of(fault))
        if disturbing is not None:
            await disturbing
        await self._keep_snapshot(incident, f"{fault}-{service}" if service else fault)
        return await self._on_file(incident, known)

    async def _keep_snapshot(self, incident: str, name: str) -> None:
        """What was known, put where KEEP_SNAPSHOTS says, for `make evals`."""
        folder = os.environ.get("KEEP_SNAPSHOTS")
        if folder is None or self.http is None:
            return
        answer = await self.http.get(f"/api/v1/incidents/{incident}/snapshot")
        assert answer.status_code == 200, answer.text[:500]
        (Path(folder) / f"{name}.tar.gz").write_bytes(answer.content)

    async def heal(self) -> None:
        await self.lab("heal")
        prometheus = json.loads((self.home / "lab" / "lab.json").read_text())["prometheus_url"]
        deadline = asyncio.get_running_loop().time() + HEALS_WITHIN
        async with httpx.AsyncClient(base_url=prometheus, trust_env=False) as client:
            while asyncio.get_running_loop().time() < deadline:
                told = (await client.get("/api/v1/alerts")).json()["data"]["alerts"]
                if {alert["labels"]["alertname"] for alert in told} <= {"Watchdog"}:
                    return
                await asyncio.sleep(0.5)
        raise AssertionError("alerts still fire after the lab was healed")

    async def incidents(self, known: set[str]) -> list[dict[str, Any]]:
        """Those that are not known yet, oldest first."""
        found = (await self.get("/api/v1/incidents", size=200))["items"]
        return [one for one in reversed(found) if one["id"] not in known]

    async def _ended(self, known: set[str], promise: Promise) -> str:
        """The incident of the fault, once it has ended; one that a slow machine brought about is let pass."""
        deadline = asyncio.get_running_loop().time() + ENDS_WITHIN
        answered: set[str] = set()
        found: list[dict[str, Any]] = []
        while asyncio.get_running_loop().time() < deadline:
            found = await self.incidents(known)
            for row in found:
                if row["status"] == "awaiting_approval":
                    await self._answer(row["id"], answered)
                elif row["status"] in FINAL and await self._is_of(row, promise):
                    return str(row["id"])
            await asyncio.sleep(0.3)
        seen = [(row["id"], row["title"], row["status"], row["outcome"]) for row in found]
        raise AssertionError(f"no incident of the fault ended; there are {seen}")

    async def _is_of(self, row: dict[str, Any], promise: Promise) -> bool:
        if row["status"] != "closed":
            return True
        alerts = (await self.get(f"/api/v1/incidents/{row['id']}/alerts"))["items"]
        names = {one["alert"]["labels"]["alertname"] for one in alerts}
        return promise.closes and bool(names & promise.alerts)

    async def _answer(self, incident: str, answered: set[str]) -> None:
        plans = (await self.get(f"/api/v1/incidents/{incident}/plans"))["items"]
        digest = plans[0]["digest"]
        if digest in answered:
            return
        body = {"plan_digest": digest, "reason": "seen the diff"}
        try:
            await self._post(f"/api/v1/incidents/{incident}/approve", body, self.approver)
        except httpx.TransportError:
            return  # the agent is away; the question still stands when it is back, or the answer was taken
        answered.add(digest)

    async def _on_file(self, incident: str, known: set[str]) -> Ended:
        path = f"/api/v1/incidents/{incident}"
        rows = await self._once_all_have_ended(known)
        return Ended(
            incident=await self.get(path),
            journal=(await self.get(f"{path}/journal", limit=1000))["entries"],
            plans=(await self.get(f"{path}/plans"))["items"],
            alerts=(await self.get(f"{path}/alerts"))["items"],
            others=[row for row in rows if row["id"] != incident],
        )

    async def _once_all_have_ended(self, known: set[str]) -> list[dict[str, Any]]:
        """All incidents; one that another alert has just opened is first found to be the same, which takes a moment."""
        deadline = asyncio.get_running_loop().time() + MERGES_WITHIN
        while True:
            rows = await self.incidents(known)
            is_late = asyncio.get_running_loop().time() > deadline
            if is_late or all(row["status"] in FINAL for row in rows):
                return rows
            await asyncio.sleep(0.5)

    async def _until(self, holds: Any, seconds: float, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            if holds():
                return
            if self.keeper is not None and self.keeper.returncode is not None:
                break
            await asyncio.sleep(0.2)
        raise AssertionError(f"waited for {what}: {(self.home / 'keeper.log').read_text()[-2000:]}")


@asynccontextmanager
async def a_platform(home: Path) -> AsyncIterator[PlatformAtWork]:
    """One on free ports, stopped at the end of the block."""
    started = PlatformAtWork(home)
    ports = free_ports(2)
    try:
        await started.start((ports[0], ports[1]))
        yield started
    finally:
        await started.stop()
