"""The toolbox over MCP keeps the Toolbox's promises against real servers."""

from __future__ import annotations

import asyncio
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infrastructure.lab.shop.certificates import Authority
from mcp_servers.kit.errors import Code
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.grant_issuer import SigningGrantIssuer
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.adapters.retrying import RetryRule
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call
from sre_agent.errors import GrantRefused, ToolFailed, ToolUnavailable
from sre_agent.ports.grants import GrantOrder
from sre_agent.ports.toolbox import Right
from tests.components.mcp_demo_tools import DemoTools
from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN, LiveServer
from tests.contracts.toolbox import CHANGE, LIMIT, LOOK, ToolboxContract

QUICK = RetryRule(first_pause=timedelta(milliseconds=20), most_tries=5, known_server=timedelta(seconds=20))
"""Ends by counting: a slow machine may take longer for one try than a patience that a test would wait for."""
PATIENT = RetryRule(unknown_server=timedelta(seconds=20), known_server=timedelta(seconds=20))
SLOW_LOOK = Call(server="demo", tool="look", arguments={"what": "slow"})
SLOW_CHANGE = Call(server="demo", tool="change", arguments={"value": "slow"})


class LiveStage:
    def __init__(self, store: Path) -> None:
        self.demo = DemoTools()
        self.server = LiveServer(self.demo.toolset(), store)
        addresses = [ServerAddress("demo", self.server.url, TOKEN), ServerAddress("loki", "")]
        self.toolbox = McpToolbox(addresses, SystemClock(), retry=QUICK)

    def says(self, tool: str, content: JsonObject) -> None:
        self.demo.contents[tool] = content
        self.demo.errors.pop(tool, None)
        self.demo.delays.pop(tool, None)

    def fails(self, tool: str, code: str, *, times: int | None = None) -> None:
        self.demo.errors[tool] = (Code(code), times)

    def is_slow(self, tool: str, takes: timedelta) -> None:
        self.demo.delays[tool] = takes

    def right(self, call: Call) -> Right:
        return right(call, SigningGrantIssuer(lambda: self.server.signer.private_key))

    async def goes_down(self) -> None:
        await self.server.stop()

    async def comes_up(self) -> None:
        await self.server.start()

    def count(self, tool: str) -> int:
        return self.demo.reached[tool]


def served_by(authority: Authority, folder: Path) -> ssl.SSLContext:
    made = authority.for_days(["127.0.0.1"], 1)
    (folder / "pair.pem").write_bytes(made.key + made.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    return context


def believing(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.certificate.decode())


def right(call: Call, issuer: SigningGrantIssuer) -> Right:
    now = SystemClock().now()
    order = GrantOrder(
        call=call,
        audience="demo@default",
        incident_id=IncidentId("inc_0000000000000001"),
        key=StepKey(f"step-{secrets.token_hex(8)}"),
        fence=1,
        issued_at=now,
        expires_at=now + timedelta(seconds=5),
    )
    return Right(grant=issuer.issue(order), key=order.key)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[LiveStage]:
    live = LiveStage(tmp_path / "grants.db")
    await live.server.start()
    yield live
    await live.toolbox.close()
    await live.server.stop()


class TestMcpToolbox(ToolboxContract):
    async def test_a_wrong_bearer_token_is_named_as_the_reason(self, stage: LiveStage) -> None:
        address = ServerAddress("demo", stage.server.url, "wrong" * 10)
        async with McpToolbox([address], SystemClock(), retry=QUICK) as stranger:
            with pytest.raises(ToolFailed, match="MCP_DEMO_TOKEN") as failure:
                await stranger.call(LOOK, limit=LIMIT)
        assert failure.value.code == "unauthorized"

    async def test_an_address_where_nothing_answers_is_a_failure_and_not_tried_for_long(
        self, stage: LiveStage
    ) -> None:
        address = ServerAddress("demo", stage.server.url.removesuffix("mcp"), TOKEN)
        async with McpToolbox([address], SystemClock(), retry=PATIENT) as lost:
            with pytest.raises(ToolFailed, match="end in /mcp"):
                await lost.call(LOOK, limit=timedelta(seconds=5))

    @pytest.mark.promise("KEEP-10")
    async def test_over_tls_a_server_whose_authority_is_not_believed_gets_no_token(
        self, tmp_path: Path
    ) -> None:
        ours, other = Authority(), Authority()
        live = LiveServer(DemoTools().toolset(), tmp_path / "g.db", tls=served_by(ours, tmp_path))
        await live.start()
        try:
            async with McpToolbox(
                [ServerAddress("demo", live.url, TOKEN, believing(ours))], SystemClock()
            ) as box:
                assert await box.call(LOOK, limit=LIMIT)
            for trust in (believing(other), None):
                address = ServerAddress("demo", live.url, TOKEN, trust)
                async with McpToolbox([address], SystemClock(), retry=QUICK) as wary:
                    with pytest.raises(ToolUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                        await wary.call(LOOK, limit=LIMIT)
        finally:
            await live.stop()

    @pytest.mark.promise("KEEP-10")
    async def test_a_tool_server_with_a_certificate_of_its_own_speaks_tls_alone(self, tmp_path: Path) -> None:
        ours = Authority()
        made = ours.for_days(["127.0.0.1"], 1)
        certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        certificate.write_bytes(made.certificate)
        key.touch(0o600)
        key.write_bytes(made.key)
        process = ServerProcess("tests.components.mcp_demo_server", tmp_path)
        process.start(
            ca=ours.certificate.decode(), MCP_TLS_CERT_FILE=str(certificate), MCP_TLS_KEY_FILE=str(key)
        )
        try:
            secure = ServerAddress("demo", process.url.replace("http:", "https:"), TOKEN, believing(ours))
            async with McpToolbox([secure], SystemClock()) as box:
                assert await box.call(LOOK, limit=LIMIT)
            async with McpToolbox(
                [ServerAddress("demo", process.url, TOKEN)], SystemClock(), retry=QUICK
            ) as plain:
                with pytest.raises(ToolUnavailable):
                    await plain.call(LOOK, limit=LIMIT)
        finally:
            process.stop()

    async def test_arguments_too_large_for_the_server_are_not_sent_again(self, stage: LiveStage) -> None:
        huge = Call(server="demo", tool="look", arguments={"what": "x" * 5_000_000})
        with pytest.raises(ToolFailed) as refused:
            await stage.toolbox.call(huge, limit=LIMIT)
        assert refused.value.code == "too_large"
        assert (await stage.toolbox.call(LOOK, limit=LIMIT)).content == {"body": {}}

    async def test_another_event_loop_is_told_whose_the_toolbox_is(self, stage: LiveStage) -> None:
        await stage.toolbox.call(LOOK, limit=LIMIT)

        def elsewhere() -> None:
            asyncio.run(stage.toolbox.call(LOOK, limit=LIMIT))

        with pytest.raises(RuntimeError, match="belongs to the event loop"):
            await asyncio.to_thread(elsewhere)

    async def test_a_used_grant_is_refused_the_second_time(self, stage: LiveStage) -> None:
        once = stage.right(CHANGE)
        await stage.toolbox.call(CHANGE, limit=LIMIT, right=once)
        with pytest.raises(GrantRefused, match="used before"):
            await stage.toolbox.call(CHANGE, limit=LIMIT, right=once)
        assert stage.count("change") == 1

    async def test_nothing_is_left_running_after_close(self, stage: LiveStage) -> None:
        await stage.toolbox.call(LOOK, limit=LIMIT)
        await stage.toolbox.close()
        ours = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("mcp-")]
        assert ours == []
        with pytest.raises(ToolUnavailable, match="closed"):
            await stage.toolbox.call(LOOK, limit=LIMIT)

    async def test_a_call_in_flight_when_the_toolbox_closes_ends_as_unavailable(
        self, stage: LiveStage
    ) -> None:
        stage.is_slow("look", timedelta(seconds=2))
        flight = asyncio.create_task(stage.toolbox.call(LOOK, limit=LIMIT))
        await stage.demo.acting.wait()
        await stage.toolbox.close()
        with pytest.raises(ToolUnavailable):
            await flight

    async def test_a_caller_that_gives_up_does_not_break_the_session(self, stage: LiveStage) -> None:
        stage.is_slow("look", timedelta(seconds=2))
        flight = asyncio.create_task(stage.toolbox.call(LOOK, limit=LIMIT))
        await stage.demo.acting.wait()
        flight.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flight
        stage.says("look", {"found": 1})
        assert (await stage.toolbox.call(LOOK, limit=LIMIT)).content == {"body": {"found": 1}}


@pytest.fixture
def demo_process(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess("tests.components.mcp_demo_server", tmp_path)
    process.start()
    yield process
    process.stop(signal.SIGKILL)


class TestDeath:
    """A server killed with -9 costs its calls in flight, and nothing after that."""

    async def test_reads_in_flight_are_made_again_and_a_write_is_not(
        self, demo_process: ServerProcess
    ) -> None:
        address = ServerAddress("demo", demo_process.url, TOKEN)
        async with McpToolbox([address], SystemClock(), retry=PATIENT) as toolbox:
            await toolbox.call(LOOK, limit=timedelta(seconds=20))
            reads = [
                asyncio.create_task(toolbox.call(SLOW_LOOK, limit=timedelta(seconds=20))) for _ in range(5)
            ]
            await asyncio.sleep(0.3)
            demo_process.stop(signal.SIGKILL)
            with pytest.raises(ToolUnavailable):
                await toolbox.call(SLOW_CHANGE, limit=LIMIT, right=Right(grant="x", key=StepKey("k" * 8)))
            await asyncio.to_thread(demo_process.start)
            answers = await asyncio.gather(*reads)
        assert [answer.content for answer in answers] == [{"body": {"what": "slow"}}] * 5
