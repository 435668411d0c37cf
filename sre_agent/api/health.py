"""Alive, ready, and in numbers."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.law_warnings import law_warnings
from sre_agent.api.parts import ApiParts, HealthCheck
from sre_agent.api.views import Liveness, Readiness
from sre_agent.domain.incident import Status
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.telemetry import METRICS_MEDIA_TYPE

router = APIRouter(route_class=GuardedRoute, tags=["health"])


@router.get("/healthz", operation_id="get_liveness")
async def get_liveness() -> Liveness:
    """The process answers. The one address that needs no token, because it tells nothing else."""
    return Liveness()


@router.get(
    "/readyz",
    operation_id="get_readiness",
    responses={503: {"model": Readiness, "description": "something that must hold does not"}},
)
async def get_readiness(
    parts: Parts,
    response: Response,
    page: Annotated[
        bool, Query(description="for a page: always 200, as a browser logs every 503 as an error of the page")
    ] = False,
) -> Readiness:
    """Whether work can be taken: each check by name, with what is wrong."""
    said = await asyncio.gather(*(_look(check, parts) for check in parts.health.values()))
    checks = {name: wrong or "ok" for name, wrong in zip(parts.health, said, strict=True)}
    ready = not any(said)
    response.status_code = 200 if ready or page else 503
    return Readiness(ready=ready, checks=checks, warnings=law_warnings(parts))


async def _look(check: HealthCheck, parts: ApiParts) -> str:
    try:
        async with asyncio.timeout(parts.settings.health_time.total_seconds()):
            return await check()
    except TimeoutError:
        return f"no answer within {parts.settings.health_time.total_seconds():g} s"
    except Exception as wrong:  # noqa: BLE001 - bulkhead: whatever it raises, it is not well
        return f"{type(wrong).__name__}: {wrong}"


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(parts: Parts) -> Response:
    """Our own golden signals in Prometheus' text format; give the scraper a viewer's token."""
    await _look_around(parts)
    return Response(parts.telemetry.exposition(), headers={"Content-Type": METRICS_MEDIA_TYPE})


async def _look_around(parts: ApiParts) -> None:
    """What is a state and not an event is read when asked for."""
    for status in Status:
        if not status.is_final:
            found = await parts.archive.incidents(IncidentFilter(statuses=(status,)), Page(size=1))
            parts.telemetry.incidents.labels(status).set(found.total)
    if parts.backlog is not None:
        parts.telemetry.jobs.set(await parts.backlog())
    for server in parts.tools.servers():
        parts.telemetry.tool_server_up.labels(server.name).set(server.connected)
