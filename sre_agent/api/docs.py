"""The API described: the OpenAPI document, and a page to read it with.

Only liveness is open to everybody, so the document itself needs a token. The page at `/docs` needs none, because it
holds nothing: it is the same on every installation, and asks for a token to read the document with. It is our own,
since the usual viewers load their scripts from other sites, which an operations network may not reach.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response

from sre_agent.api.callers import GuardedRoute
from sre_agent.api.origin import COOKIE
from sre_agent.api.problems import MEDIA_TYPE, Problem
from sre_agent.api.roles import LEAST_ROLE

router = APIRouter(route_class=GuardedRoute)

_ABOUT: Final = """\
Incidents, their journals, evidence, plans and the answers people give to plans.

Every address but `/healthz`, the doors (`/api/v1/login`, `/api/v1/sign-in`, `/api/v1/oidc/…`) and the page at `/docs`
needs `Authorization: Bearer <token>`, or the cookie of a session, whose writes carry `X-CSRF-Token`. Errors are problem details
(RFC 9457), whose `type` is stable. Streams (`/stream`, `/ws`) resume from the place of the last entry you have.
"""
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


@router.get("/openapi.json", operation_id="get_openapi", include_in_schema=False)
async def get_document(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


@router.get("/docs", operation_id="get_docs", include_in_schema=False)
async def get_docs() -> Response:
    page, policy = _page()
    return HTMLResponse(page, headers={"content-security-policy": policy})


@lru_cache
def _page() -> tuple[str, str]:
    """The page, and a policy that lets it run its own script and ask its own server, and nothing else."""
    page = resources.files("sre_agent.api").joinpath("static/docs.html").read_text("utf-8")
    script, style = (
        _hash(found[1])
        for tag in ("script", "style")
        if (found := re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S))
    )
    policy = f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; frame-ancestors 'none'"
    return page, f"{policy}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def describe(app: FastAPI, version: str) -> dict[str, Any]:
    """The OpenAPI document: who may do what, and one shape for every error."""
    if not app.openapi_schema:
        document = get_openapi(title="SRE Agent", version=version, description=_ABOUT, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= _schemas_of_problems()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        }
        for path in document["paths"].values():
            for method in _METHODS & path.keys():
                _complete(path[method])
        app.openapi_schema = document
    return app.openapi_schema


def _schemas_of_problems() -> dict[str, Any]:
    schema = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _complete(operation: dict[str, Any]) -> None:
    least = LEAST_ROLE.get(operation.get("operationId", ""))
    if least is not None:
        operation["security"] = [{"token": []}, {"session": []}]
        operation["x-least-role"] = least.value
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
