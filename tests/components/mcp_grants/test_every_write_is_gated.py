"""Every write tool of every server, called over the wire without the right to: refused, and nothing is sent on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.grants import arguments_digest, sign
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.domain.ids import StepKey
from sre_agent.domain.plan import Call
from sre_agent.errors import GrantRefused, SreAgentError
from sre_agent.ports.toolbox import Right
from tests.components.mcp_grants.gated_servers import SERVERS, GatedServer, Watched
from tests.components.mcp_serving import TOKEN, LiveServer, Signer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = timedelta(seconds=10)
WRITES = [
    pytest.param(server.name, tool, id=f"{server.name}.{tool}")
    for server in SERVERS
    for tool in sorted(server.arguments)
]


class Gates:
    """Every server, live, and one toolbox that reaches them all."""

    def __init__(self, folder: Any) -> None:
        self.watched: dict[str, Watched] = {server.name: server.watched() for server in SERVERS}
        self.live = {
            name: LiveServer(watched.toolset, folder / f"{name}.db", name=name)
            for name, watched in self.watched.items()
        }
        addresses = [ServerAddress(name, live.url, TOKEN) for name, live in self.live.items()]
        self.toolbox = McpToolbox(addresses, SystemClock())

    def signer(self, server: str) -> Signer:
        return self.live[server].signer

    async def call(self, server: str, tool: str, right: Right | None) -> dict[str, Any]:
        call = Call(server=server, tool=tool, arguments=arguments_of(server, tool))
        return dict((await self.toolbox.call(call, limit=LIMIT, right=right)).content)

    async def is_refused(self, server: str, tool: str, right: Right | None, reason: str) -> None:
        before = self.watched[server].changes()
        with pytest.raises(GrantRefused, match=rf"\({reason}\)"):
            await self.call(server, tool, right)
        assert self.watched[server].changes() == before


def arguments_of(server: str, tool: str) -> dict[str, Any]:
    found = next(each for each in SERVERS if each.name == server).arguments
    return found[tool.removeprefix("preview_")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gates(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gates]:
    opened = Gates(tmp_path_factory.mktemp("gates"))
    for live in opened.live.values():
        await live.start()
    yield opened
    await opened.toolbox.close()
    for live in opened.live.values():
        await live.stop()


def wrong_rights(signer: Signer, tool: str, arguments: dict[str, Any]) -> Iterator[tuple[str, Right | None]]:
    """(reason, right) for every way in which a grant can be wrong."""

    def right(*, key: str = "", **changed: object) -> Right:
        claims = signer.claims(tool, arguments, **changed)
        return Right(grant=sign(claims, signer.private_key), key=StepKey(key or claims.key))

    now, good = time.time(), signer.claims(tool, arguments)
    strangers = sign(good, Ed25519PrivateKey.generate())
    yield "absent", None
    yield "malformed", Right(grant="not-a-grant", key=StepKey(good.key))
    yield "bad_signature", Right(grant=strangers, key=StepKey(good.key))
    yield "wrong_tool", right(tool="something_else")
    yield "wrong_arguments", right(args=arguments_digest({**arguments, "more": 1}))
    yield "wrong_audience", right(aud=f"{signer.audience}-staging")
    yield "wrong_audience", right(aud="another@default")
    yield "wrong_issuer", right(iss="someone")
    yield "wrong_key", right(key="another-step-0001")
    yield "expired", right(iat=now - 60, exp=now - 55)
    yield "not_yet_valid", right(iat=now + 60, exp=now + 65)
    yield "lives_too_long", right(exp=now + 86_400)


@pytest.mark.parametrize(("server", "tool"), WRITES)
@pytest.mark.promise("ACT-1")
async def test_a_write_without_a_good_grant_is_refused_and_sends_nothing(
    gates: Gates, server: str, tool: str
) -> None:
    for reason, right in wrong_rights(gates.signer(server), tool, arguments_of(server, tool)):
        await gates.is_refused(server, tool, right, reason)


@pytest.mark.parametrize(("server", "tool"), WRITES)
async def test_a_preview_cannot_use_a_grant(gates: Gates, server: str, tool: str) -> None:
    before = gates.watched[server].changes()
    try:
        await gates.call(server, f"preview_{tool}", good_right(gates, server, tool))
    except SreAgentError as problem:
        assert not isinstance(problem, GrantRefused)  # noqa: PT017 - any other answer of the system is fine
    assert gates.watched[server].changes() == before


@pytest.mark.parametrize(("server", "tool"), WRITES)
@pytest.mark.promise("ACT-2")
async def test_a_grant_gives_one_call_and_none_after_it(gates: Gates, server: str, tool: str) -> None:
    right = good_right(gates, server, tool)
    try:
        await gates.call(server, tool, right)
    except SreAgentError as problem:
        assert not isinstance(problem, GrantRefused)  # noqa: PT017 - any other answer of the system is fine
    await gates.is_refused(server, tool, right, "used")


def good_right(gates: Gates, server: str, tool: str) -> Right:
    signer = gates.signer(server)
    claims = signer.claims(tool, arguments_of(server, tool))
    return Right(grant=sign(claims, signer.private_key), key=StepKey(claims.key))


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
async def test_every_write_tool_is_walked(server: GatedServer) -> None:
    assert set(server.arguments) == set(server.watched().toolset.write_names)
