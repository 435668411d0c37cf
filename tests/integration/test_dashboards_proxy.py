"""The dashboard's container as it is shipped, by a real nginx: for whom it speaks, and that nobody speaks through it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from infrastructure.lab.telemetry.packages import Wanted, default_cache, obtain
from tests.components.api.served import house, is_open, stage_of_now
from tests.components.mcp_processes import free_port
from tests.unit.api.api_stage import Stage

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
NGINX = Wanted("nginx", "nginx", "usr/sbin/nginx", asks="-v")
CONF = Path(__file__).parents[2] / "infrastructure" / "images" / "dashboard.conf"
PROXY = "127.0.0.1"
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
}


@asynccontextmanager
async def proxied(stage: Stage, folder: Path) -> AsyncIterator[tuple[int, int]]:
    """The shipped configuration before an agent that believes it; the ports of both."""
    async with house(stage, proxies=f"{PROXY}/32") as at:
        port, alive = free_port(), free_port()
        text = CONF.read_text()
        for here, there in (
            ("resolver 127.0.0.11 valid=10s;", ""),
            ("http://agent:3000", f"http://127.0.0.1:{at.page_port}"),
            ("listen 3000;", f"listen {port};"),
            ("listen 127.0.0.1:3001;", f"listen 127.0.0.1:{alive};"),
            ("/tmp/", f"{folder}/"),  # noqa: S108 - what is written there
        ):
            assert here in text
            text = text.replace(here, there)
        (folder / "nginx.conf").write_text(text)
        program = await asyncio.to_thread(obtain, NGINX, default_cache(os.environ), print)
        command = (str(program), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;")
        process = await asyncio.create_subprocess_exec(*command)
        try:
            async with asyncio.timeout(10):
                while not await is_open(port):  # noqa: ASYNC110 - a process that listens rings no bell
                    await asyncio.sleep(0.02)
            yield port, at.page_port
        finally:
            process.terminate()
            await process.wait()


async def sign_in(port: int, *, come_from: str, **headers: str) -> int:
    transport = httpx.AsyncHTTPTransport(local_address=come_from)
    async with httpx.AsyncClient(transport=transport) as client:
        url = f"http://127.0.0.1:{port}/enter"
        return (await client.post(url, data={"token": "sre_x"}, headers=headers)).status_code


def refused(stage: Stage) -> list[str]:
    told = [entry.detail for entry in stage.store.state.audit if entry.action == "session.refused"]
    return [detail.removeprefix("from ").split(" ")[0].rstrip(":;,") for detail in told]


@pytest.mark.promise("KEEP-14")
async def test_behind_the_dashboards_proxy_each_browser_has_its_own_address_whatever_it_says(
    tmp_path: Path,
) -> None:
    stage = stage_of_now()
    async with proxied(stage, tmp_path) as (port, _):
        await sign_in(port, come_from="127.0.0.5")
        await sign_in(port, come_from="127.0.0.6", **FORGED)
    assert refused(stage) == ["127.0.0.5", "127.0.0.6"]


@pytest.mark.promise("KEEP-14")
async def test_whoever_does_not_come_through_the_proxy_is_not_believed(tmp_path: Path) -> None:
    stage = stage_of_now()
    async with proxied(stage, tmp_path) as (_, page_port):
        await sign_in(page_port, come_from="127.0.0.7", **FORGED)
    assert refused(stage) == ["127.0.0.7"]


@pytest.mark.promise("KEEP-14")
async def test_one_who_guesses_behind_the_proxy_makes_nobody_else_wait(tmp_path: Path) -> None:
    stage = stage_of_now()
    async with proxied(stage, tmp_path) as (port, _):
        guesses = [await sign_in(port, come_from="127.0.0.5", **FORGED) for _ in range(60)]
        other = await sign_in(port, come_from="127.0.0.6")
    assert guesses[-1] == 429
    assert other != 429
