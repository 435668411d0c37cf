"""The Kubernetes server as the agent meets it: a process of its own, a kept session, a signed grant."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.grant_issuer import issuer_from_file
from sre_agent.adapters.key_pairs import make_key_pair
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call
from sre_agent.errors import GrantRefused, GroundMoved, ToolNotConfigured
from sre_agent.ports.grants import GrantOrder
from sre_agent.ports.toolbox import Right
from tests.components.mcp_k8s.lab_cluster import PATCHES, Shop, open_shop
from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN

LIMIT = timedelta(seconds=20)


class Agent:
    """The agent's end: its toolbox and its key."""

    def __init__(self, process: ServerProcess, folder: Path) -> None:
        self.toolbox = McpToolbox([ServerAddress("k8s", process.url, TOKEN)], SystemClock())
        self._issuer = issuer_from_file(folder / "private.pem")

    def right(self, call: Call, audience: str = "k8s@lab") -> Right:
        now = SystemClock().now()
        order = GrantOrder(
            call=call,
            audience=audience,
            incident_id=IncidentId("inc_0000000000000001"),
            key=StepKey(f"step-{secrets.token_hex(6)}"),
            fence=1,
            issued_at=now,
            expires_at=now + timedelta(seconds=5),
        )
        return Right(grant=self._issuer.issue(order), key=order.key)

    async def ask(self, tool: str, arguments: JsonObject) -> dict[str, Any]:
        return dict(
            (await self.toolbox.call(Call(server="k8s", tool=tool, arguments=arguments), limit=LIMIT)).content
        )


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServerProcess]:
    make_key_pair(tmp_path / "private.pem", tmp_path / "public.pem")
    public = str(tmp_path / "public.pem")
    made = ServerProcess("mcp_servers.k8s", tmp_path, GRANT_PUBLIC_KEY_FILE=public, MCP_CLUSTER="lab")
    yield made
    made.stop(signal.SIGKILL)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    opened = await open_shop(tmp_path / "lab")
    yield opened
    await opened.close()


async def test_a_plan_is_previewed_granted_written_and_found(
    shop: Shop, process: ServerProcess, tmp_path: Path
) -> None:
    await asyncio.to_thread(process.start, KUBECONFIG=str(shop.lab.admin_kubeconfig))
    agent = Agent(process, tmp_path)
    async with agent.toolbox:
        ground = (await agent.ask("preview_scale", PATCHES["scale"]))["ground"]
        expect = {"uid": ground["uid"], "fields": ground["fields"]}
        call = Call(server="k8s", tool="scale", arguments={**PATCHES["scale"], "expect": expect})

        with pytest.raises(GrantRefused, match="wrong_audience"):
            await agent.toolbox.call(call, limit=LIMIT, right=agent.right(call, "k8s@prod"))
        right = agent.right(call)
        written = await agent.toolbox.call(call, limit=LIMIT, right=right)
        assert written.content["changed"] is True
        assert shop.one("deployments", "cart")["spec"]["replicas"] == 3

        with pytest.raises(GrantRefused, match="used"):
            await agent.toolbox.call(call, limit=LIMIT, right=right)
        with pytest.raises(GroundMoved, match="/spec/replicas is 3 and was 2"):
            await agent.toolbox.call(call, limit=LIMIT, right=agent.right(call))
        asked: JsonObject = {"tool": "scale", "arguments": call.arguments, "key": right.key}
        assert (await agent.ask("step_state", asked))["state"] == "done"


async def test_a_server_without_a_cluster_starts_and_says_what_to_set(
    process: ServerProcess, tmp_path: Path
) -> None:
    await asyncio.to_thread(process.start)
    agent = Agent(process, tmp_path)
    async with agent.toolbox:
        with pytest.raises(ToolNotConfigured, match="KUBECONFIG"):
            await agent.ask("cluster_info", {})
        assert len(await agent.toolbox.tools()) > 40


@pytest.mark.promise("KEEP-3")
def test_the_process_holds_its_own_settings_and_nothing_else(process: ServerProcess) -> None:
    process.start()
    held = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    names = {entry.partition(b"=")[0].decode() for entry in held if entry}
    assert names <= {*process.environment, "LC_CTYPE"}
    assert os.environ.keys() - names
    files = {os.path.realpath(path) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
    assert not any("private.pem" in path for path in files)
