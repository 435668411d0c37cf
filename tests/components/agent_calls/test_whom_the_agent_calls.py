"""The agent's own HTTP clients before a server that misleads or never ends: nobody is called whom no setting names."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from sre_agent.adapters import mcp_link
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.adapters.oidc import OidcClient, OidcProvider
from sre_agent.adapters.outside import Outside
from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.exits import CommandFailed
from sre_agent.domain.plan import Call
from sre_agent.errors import SreAgentError
from sre_agent.ports.identity import Departure
from tests.components.mcp_upstream.upstream import (
    Answer,
    Upstream,
    drips,
    head_never_ends,
    never_ends,
    says,
)

Calling = Callable[[str], Awaitable[Any]]
PATIENCE = 8.0
SECRET = "a-secret-for-one-place-0123456789"


WITHIN = 10.0
"""How long a call may take where its answer ends: a machine that does much else is not to be taken for a slow server."""


async def a_channel(url: str) -> None:
    """Slack and the webhook speak through this one."""
    await Outside("It", within=WITHIN).post(url, b"{}", {"authorization": f"Bearer {SECRET}"})


def provider(url: str) -> OidcProvider:
    us = OidcClient(issuer=url, client_id="sre-agent", redirect_uri="https://x/back", secret=SECRET)
    return OidcProvider(us, SystemClock(), within=WITHIN)


async def an_identity_provider(url: str) -> None:
    await provider(url).depart()


async def a_token_endpoint(url: str) -> None:
    await provider(url).arrive(Departure(address="", state="s", nonce="n", verifier="v" * 48), "code")


def discovered(then: Answer, url: str) -> Answer:
    """The discovery document, and for everything else `then`."""
    ends = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{url}/there")
    document = says({"issuer": url, **ends})
    return lambda handler: (document if "openid-configuration" in handler.path else then)(handler)


async def a_tool_server(url: str) -> None:
    address = ServerAddress("demo", f"{url}/mcp", SECRET)
    async with McpToolbox([address], SystemClock()) as box:
        await box.call(Call(server="demo", tool="look", arguments={}), limit=timedelta(seconds=2))


async def the_platform_by_the_cli(url: str) -> None:
    with Client(Connection(url=url, token=SECRET), sleep=lambda _: None) as client:
        client.get("/api/v1/me", Nothing)


class Nothing(BaseModel):
    """What a good answer would hold."""


CALLS: tuple[Calling, ...] = (a_channel, an_identity_provider, a_token_endpoint, a_tool_server)
every_call = pytest.mark.parametrize("call", CALLS, ids=lambda each: each.__name__)


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@pytest.mark.promise("KEEP-12")
@pytest.mark.parametrize("call", [*CALLS, the_platform_by_the_cli], ids=lambda each: each.__name__)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_takes_a_secret_or_a_request_elsewhere(
    call: Calling, status: int, server: Upstream
) -> None:
    with Upstream() as elsewhere:
        away = says({}, status, Location=f"{elsewhere.url}/stolen")
        server.answer = discovered(away, server.url) if call is a_token_endpoint else away
        with pytest.raises((SreAgentError, CommandFailed)):
            await call(server.url)
        assert server.asked
        assert elsewhere.asked == []


@pytest.mark.promise("KEEP-12")
@every_call
@pytest.mark.parametrize("ill", [never_ends, head_never_ends, drips], ids=lambda each: each.__name__)
async def test_an_answer_without_an_end_is_given_up(
    call: Calling, ill: Any, server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_link, "OPEN_SECONDS", 0.5)
    monkeypatch.setitem(globals(), "WITHIN", 0.4)
    server.answer = discovered(ill, server.url) if call is a_token_endpoint else ill
    began = time.monotonic()
    # A channel takes the beginning of a good answer for the whole: the message was taken.
    with suppress(SreAgentError) if (call, ill) == (a_channel, never_ends) else pytest.raises(SreAgentError):
        await call(server.url)
    assert time.monotonic() - began < PATIENCE
    assert server.sent < 200_000_000
