"""What the API server's no means, in the contract's words. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.kit.errors import Code, ToolError

_CODES: Final = {
    400: Code.INVALID_ARGUMENT,
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.INVALID_ARGUMENT,
    409: Code.CONFLICT,
    410: Code.INVALID_ARGUMENT,
    413: Code.TOO_LARGE,
    415: Code.INVALID_ARGUMENT,
    422: Code.INVALID_ARGUMENT,
    429: Code.UNAVAILABLE,
    503: Code.UNAVAILABLE,
    504: Code.TIMEOUT,
}
_ADVICE: Final = {
    Code.UNAUTHORIZED: "Renew the credentials in this server's KUBECONFIG.",
    Code.FORBIDDEN: "Give this server's account the right, see infrastructure/kubernetes/rbac.",
    Code.NOT_FOUND: "List the objects of that kind and namespace to see what there is.",
    Code.UNAVAILABLE: "Wait a moment and ask again.",
}


class Refused(ToolError):
    """An answer of the API server that is not 2xx; `http` is its status, `body` its Status object."""

    def __init__(self, http: int, body: Mapping[str, Any]) -> None:
        code = _CODES.get(http, Code.UPSTREAM_ERROR)
        super().__init__(code, _message(http, body), try_next=_ADVICE.get(code, ""))
        self.http = http
        self.body = body


def refused(http: int, content: bytes) -> Refused:
    """What the API server answered, as an error."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = {"message": content[:400].decode("utf-8", "replace").strip()}
    return Refused(http, body if isinstance(body, dict) else {})


def is_budget(problem: Refused) -> bool:
    """Whether an eviction was turned down to keep a PodDisruptionBudget."""
    causes = (problem.body.get("details") or {}).get("causes") or []
    told = any(cause.get("reason") == "DisruptionBudget" for cause in causes)
    return problem.http == 429 and (told or "disruption budget" in problem.message.lower())


def _message(http: int, body: Mapping[str, Any]) -> str:
    message = str(body.get("message") or f"the API server answered HTTP {http}")
    causes = (body.get("details") or {}).get("causes") or []
    more = "; ".join(str(cause.get("message", "")) for cause in causes[:4] if cause.get("message"))
    if more and more not in message:
        message = f"{message} ({more})"
    if http == 410:
        return f"The cursor is too old: {message}. Start the list again without it"
    return message
