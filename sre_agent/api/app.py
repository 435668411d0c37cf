"""The API put together: routers, errors, and the two skins around them."""

from __future__ import annotations

from importlib import metadata
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Lifespan

from sre_agent.api import (
    accounts,
    audit,
    break_glass,
    clusters,
    docs,
    evals,
    evidence,
    health,
    incidents,
    integrations,
    journal,
    mitigations,
    notifications,
    oidc,
    own_signals,
    plans,
    policies,
    problems,
    questions,
    replays,
    reports,
    runs,
    sessions,
    setup,
    sockets,
    streams,
    tools,
    trust,
    understanding,
    webhook,
)
from sre_agent.api.callers import Gate, check_table
from sre_agent.api.discretion import Discretion
from sre_agent.api.parts import ApiParts
from sre_agent.api.shield import Shield
from sre_agent.api.slack import FORM, Doors, SlackDoor
from sre_agent.errors import SreAgentError

VERSION: Final = metadata.version("sre-agent")

_UNDER_V1: Final[tuple[APIRouter, ...]] = (
    incidents.router,
    clusters.router,
    journal.router,
    streams.router,
    evidence.router,
    understanding.router,
    plans.router,
    break_glass.router,
    policies.router,
    replays.router,
    questions.router,
    reports.router,
    runs.router,
    tools.router,
    integrations.router,
    evals.router,
    own_signals.router,
    setup.router,
    accounts.router,
    audit.router,
    sessions.router,
    oidc.router,
    oidc.journeys,
    notifications.router,
    trust.router,
    mitigations.router,
)
_AT_THE_ROOT: Final[tuple[APIRouter, ...]] = (webhook.router, health.router, docs.router)
# The platform counts for itself (sre_agent.telemetry); the framework must not open exporters of its own.
_SILENT: Final[Any] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def build(parts: ApiParts, *, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The routes alone, without limits and authentication: use `shielded` to serve them."""
    check_table((*_UNDER_V1, *_AT_THE_ROOT))
    app = FastAPI(
        title="SRE Agent",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_SILENT,
        exception_handlers={
            SreAgentError: problems.on_error,
            HTTPException: problems.on_http_exception,
            RequestValidationError: problems.on_invalid_request,
            Exception: problems.on_breakdown,
        },
    )
    app.state.parts = parts
    # Routes are tried in turn, and nothing is called as often as the webhook.
    for router in _AT_THE_ROOT:
        app.include_router(router)
    for router in _UNDER_V1:
        app.include_router(router, prefix="/api/v1")
    app.include_router(sockets.router, prefix="/api/v1")
    app.openapi = lambda: docs.describe(app, VERSION)  # type: ignore[method-assign]
    return app


def shielded(app: FastAPI, parts: ApiParts) -> ASGIApp:
    """What is served: limits outside, then discretion, then who you are, then the routes."""

    def inside(door: ASGIApp, media_type: str) -> Shield:
        return Shield(
            Discretion(door, parts.redact),
            limit=parts.settings.body_limit,
            media_type=media_type,
            clock=parts.clock,
            telemetry=parts.telemetry,
        )

    return Doors(inside(Gate(app, parts), "application/json"), inside(SlackDoor(parts), FORM))
