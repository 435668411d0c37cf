"""The lab's commands as a person types them: up, status, verify, break, heal, down, and a start that fails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from infrastructure.lab.faults.access import Access
from infrastructure.lab.faults.kubectl import Kubectl, KubeRefused
from infrastructure.lab.telemetry.packages import default_cache, fetch_programs

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]
HANGS_AFTER = 120.0


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infrastructure.lab", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)


def read(directory: Path) -> dict[str, Any]:
    return dict(json.loads((directory / "lab.json").read_text()))


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]


@dataclass
class Receiver:
    """Takes what Alertmanager posts."""

    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.posts.append((request.headers.get("Authorization", ""), await request.json()))
        return web.Response()

    def seen(self, name: str) -> list[str]:
        """Statuses in which an alert came."""
        return [
            alert["status"]
            for _, post in self.posts
            for alert in post["alerts"]
            if alert["labels"]["alertname"] == name
        ]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "lab"
    lab("down", "--dir", str(tmp_path / "lab"))


async def test_a_lab_starts_tells_breaks_heals_and_goes_without_a_trace(directory: Path) -> None:
    fetch_programs(default_cache(os.environ), lambda _: None)
    receiver = Receiver()
    server = await asyncio.get_running_loop().create_server(web.Server(receiver), "127.0.0.1", 0)
    token = directory.parent / "token"
    token.write_text("a-token-of-some-length-for-the-webhook")
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook/alert"
    place = ("--dir", str(directory))
    started = time.monotonic()
    up = await asyncio.to_thread(
        lab, "up", *place, "--detach", "--webhook-url", hook, "--webhook-token-file", str(token)
    )
    assert up.returncode == 0, up.stderr
    assert time.monotonic() - started < HANGS_AFTER
    said = read(directory)
    assert stat.S_IMODE((directory / "lab.json").stat().st_mode) == 0o600
    assert said["control_token"] not in up.stdout + up.stderr
    children = list(json.loads((directory / "monitoring" / "children.json").read_text()).values())
    assert alive(said["pid"])
    assert all(alive(pid) for pid in children)

    again = await asyncio.to_thread(lab, "up", *place, "--detach", "--json")
    assert (again.returncode, json.loads(again.stdout)["pid"]) == (0, said["pid"])
    assert (await asyncio.to_thread(lab, "verify", *place)).returncode == 0
    status = json.loads((await asyncio.to_thread(lab, "status", *place, "--json")).stdout)
    assert status["services"]["orders-db"] == "1/1"
    assert "control_token" not in status

    broken = await asyncio.to_thread(lab, "break", "scaled-to-zero", "--service", "payments", *place)
    assert broken.returncode == 0, broken.stderr
    await until(lambda: "firing" in receiver.seen("KubeServiceWithoutEndpoints"))
    assert (await asyncio.to_thread(lab, "verify", *place)).returncode == 1
    healed = await asyncio.to_thread(lab, "heal", *place)
    assert healed.returncode == 0, healed.stderr
    await until(lambda: "resolved" in receiver.seen("KubeServiceWithoutEndpoints"))
    assert {who for who, _ in receiver.posts} == {"Bearer a-token-of-some-length-for-the-webhook"}
    assert {post["version"] for _, post in receiver.posts} == {"4"}
    await until(lambda: receiver.seen("Watchdog") == ["firing"])

    assert (await asyncio.to_thread(lab, "down", *place)).returncode == 0
    server.close()
    assert not (directory / "lab.json").exists()
    assert not [pid for pid in [said["pid"], *children] if alive(pid)]


async def test_the_tool_servers_account_can_read_and_mend_the_shop_and_nothing_else(directory: Path) -> None:
    up = await asyncio.to_thread(lab, "up", "--dir", str(directory), "--detach")
    assert up.returncode == 0, up.stderr
    access = Access.from_kubeconfig(Path(read(directory)["agent_kubeconfig"]))
    async with Kubectl(access, "shop") as kubectl:
        assert len(await kubectl.objects("Pod")) >= 15
        await kubectl.scale("catalog", 2)
        for refused in (
            kubectl.create("ConfigMap", {"metadata": {"name": "x"}}),
            kubectl.delete("Deployment", "catalog"),
            kubectl.patch("Secret", "orders-db-credentials", {"data": {}}),
        ):
            with pytest.raises(KubeRefused) as told:
                await refused
            assert told.value.code == 403
    async with Kubectl(access, "people") as elsewhere:
        with pytest.raises(KubeRefused, match="forbidden"):
            await elsewhere.objects("ServiceAccount")


def test_what_a_killed_lab_leaves_behind_is_ended_by_the_next_command(directory: Path) -> None:
    place = ("--dir", str(directory))
    assert lab("up", *place, "--detach").returncode == 0
    children = list(json.loads((directory / "monitoring" / "children.json").read_text()).values())
    os.kill(read(directory)["pid"], signal.SIGKILL)
    time.sleep(0.2)
    assert lab("status", *place).returncode == 3
    down = json.loads(lab("down", *place, "--json").stdout)
    assert sorted(down["leftovers"]) == ["alertmanager", "prometheus"]
    assert not [pid for pid in children if alive(pid)]


def test_a_start_that_fails_says_why_and_leaves_nothing_running(directory: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "not-a-folder"
    blocked.write_text("")
    failed = lab("up", "--dir", str(directory), "--cache", str(blocked), "--foreground")
    if "healthy after" in failed.stderr:
        pytest.skip("Prometheus and Alertmanager are on the PATH: nothing has to be fetched here")
    assert failed.returncode == 1
    assert "error: the lab did not start" in failed.stderr
    assert not (directory / "lab.json").exists()
    assert lab("status", "--dir", str(directory)).returncode == 3


def test_commands_without_a_lab_say_what_to_do(directory: Path) -> None:
    for command in (("heal",), ("break", "bad-deploy"), ("verify",)):
        told = lab(*command, "--dir", str(directory))
        assert told.returncode == 1
        assert "start one with `up`" in told.stderr


async def until(good: Any) -> None:
    for _ in range(300):
        if good():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come to pass in 30 s")
