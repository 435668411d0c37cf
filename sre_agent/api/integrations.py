"""What the platform is connected to, and a real try of each connection."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from sre_agent.api import model_row, probes
from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.parts import ApiParts
from sre_agent.api.probes import PROBES, Probe
from sre_agent.api.views import View
from sre_agent.domain.frozen import Moment
from sre_agent.errors import NotFound, SreAgentError
from sre_agent.ports.toolbox import ServerState

router = APIRouter(route_class=GuardedRoute, tags=["integrations"])

Connection = Literal["up", "down", "not_set_up"]


class Integration(View):
    """One system the platform works with, and the tool server in between."""

    name: str
    title: str
    server: str = Field(
        description="the tool server in between; empty where the platform speaks to it itself"
    )
    gives: str = Field(description="what the platform has from it")
    state: Connection = Field(
        description="of the tool server, or of the language model; a test says whether the system itself answers"
    )
    address: str = Field(description="where its tool server listens")
    error: str = Field(description="why it cannot be used, and what to do; else empty")
    tool: str = Field(description="the read that a test makes")


class IntegrationList(View):
    cluster: str = Field(description="the cluster's name, as grants and incidents carry it")
    items: tuple[Integration, ...]


class IntegrationTest(View):
    """One real call, just made."""

    name: str
    ok: bool
    tool: str
    milliseconds: int
    sentence: str
    try_next: str = Field(description="what to do where it failed; else empty")
    at: Moment


@router.get("/integrations", operation_id="list_integrations")
async def list_integrations(parts: Parts) -> IntegrationList:
    """Every system the platform can be connected to, set up or not."""
    servers = {server.name: server for server in parts.tools.servers()}
    items = tuple(_integration(probe, servers.get(probe.server), parts) for probe in PROBES.values())
    return IntegrationList(cluster=parts.settings.cluster, items=(*items, await _language_model(parts)))


@router.post("/integrations/{name}/test", operation_id="test_integration")
async def try_integration(parts: Parts, name: Annotated[str, Path(max_length=40)]) -> IntegrationTest:
    """One small read through the tool server, at most ten seconds; a failure is an answer, and says what to do."""
    probe, began = PROBES.get(name), parts.clock.elapsed()
    if probe is not None:
        tool, tried = await _tried(probe, parts)
    elif name == model_row.NAME:
        tool, tried = model_row.TRY, await model_row.tried(parts.model)
    else:
        raise NotFound(f"there is no integration {name!r}; there are {', '.join([*PROBES, model_row.NAME])}")
    took = parts.clock.elapsed() - began
    return IntegrationTest(
        name=name,
        tool=tool,
        milliseconds=round(took.total_seconds() * 1000),
        at=parts.clock.now(),
        **dict(tried),
    )


async def _tried(probe: Probe, parts: ApiParts) -> tuple[str, probes.Tried]:
    call = probe.call(parts.clock.now())
    try:
        answer = await parts.probe(call, probes.LIMIT)
    except SreAgentError as wrong:
        return f"{call.server}.{call.tool}", probes.failed(probe, wrong)
    return f"{call.server}.{call.tool}", probes.Tried(ok=True, sentence=probe.says(answer.content))


async def _language_model(parts: ApiParts) -> Integration:
    """One that does not answer is off, and no fault."""
    state = await model_row.state_of(parts.model)
    return Integration(
        name=model_row.NAME,
        title=f"{model_row.TITLE}{f' ({parts.model.name})' if parts.model else ''}",
        server="",
        gives=model_row.GIVES,
        state="up" if state.on else "not_set_up",
        address="",
        error="" if state.on else f"Off: {state.said} To turn it on: {state.mend}",
        tool=model_row.TRY,
    )


def _integration(probe: Probe, server: ServerState | None, parts: ApiParts) -> Integration:
    call = probe.call(parts.clock.now())
    return Integration(
        name=probe.name,
        title=probe.title,
        server=probe.server,
        gives=probe.gives,
        state=_state(server),
        address=server.url if server else "",
        error=server.error if server else "the runner has not connected to it yet",
        tool=f"{call.server}.{call.tool}",
    )


def _state(server: ServerState | None) -> Connection:
    if server is not None and not server.configured:
        return "not_set_up"
    return "up" if server is not None and server.connected else "down"
