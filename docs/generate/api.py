"""The API's reference: every address, who may use it, and the OpenAPI document itself."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from docs.generate.markdown import page as whole_page
from docs.generate.markdown import table
from sre_agent.api.app import build
from sre_agent.api.parts import ApiParts
from sre_agent.api.roles import LEAST_ROLE, OPEN_PATHS

_METHODS = ("get", "post", "put", "patch", "delete")


@cache
def described() -> dict[str, Any]:
    # the document is made from the routes alone; nothing of the parts is touched
    document = build(cast(ApiParts, None)).openapi()
    document["info"]["version"] = "v1"
    return document


def document() -> str:
    return json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def page() -> str:
    rows = [
        (f"`{method.upper()} {path}`", _about(operation), _role(path, operation["operationId"]))
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
    return whole_page(
        "The API",
        "Every address of the platform's API; [openapi.json](openapi.json) is the whole document, and a running platform\n"
        "shows it at `/docs`.\n",
        "Send `Authorization: Bearer <token>` everywhere but to "
        + " and ".join(f"`{path}`" for path in sorted(OPEN_PATHS))
        + ".\nEach role may do what the roles before it may: viewer, responder, approver, admin. The webhook's own token posts\n"
        "alerts and nothing else. Errors are problem details ([errors](errors.md)).",
        table(("address", "what", "least role"), rows),
        "## Streams\n\n`/api/v1/stream` and `/api/v1/incidents/{incident_id}/stream` are server-sent events; `/api/v1/ws` is the\n"
        "same over a WebSocket. Each event's id is its place in the journal: send it back as `Last-Event-ID` (or `after`) and\n"
        "nothing is missed and nothing comes twice.",
    )


def _about(operation: dict[str, Any]) -> str:
    told = str(operation.get("description") or operation.get("summary") or "")
    return " ".join(told.split("\n\n")[0].split())


def _role(path: str, operation: str) -> str:
    return "none" if path in OPEN_PATHS else str(LEAST_ROLE[operation])
