"""The session that prometheus-api-client works with: bounded, and with Prometheus' refusals and warnings read."""

from __future__ import annotations

import json
import threading
from typing import Any, Final

import requests
from requests.auth import AuthBase

from mcp_servers.kit.bounded import BoundedAdapter, failed, sends_again
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.upstream import Upstream

_TOO_MANY_SAMPLES: Final = ("too many samples", "exceeded maximum resolution")


class Bearer(AuthBase):
    """Given as `auth`, so that a `.netrc` of this machine cannot take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class BoundedSession(requests.Session):
    """Every answer it gives is a success; all else is a ToolError. Redirects are not followed."""

    def __init__(self, system: Upstream, *, seconds: float, most_bytes: int) -> None:
        super().__init__()
        self._system, self._seconds, self._most_bytes = system, seconds, most_bytes
        self._seen = threading.local()
        self.bind("http://", "https://")

    def bind(self, *prefixes: str) -> None:
        """Put our adapter before these addresses, also where a vendor's package put one of its own."""
        for prefix in prefixes:
            adapter = BoundedAdapter(
                self._system, seconds=self._seconds, most_bytes=self._most_bytes, retry=sends_again(None)
            )
            self.mount(prefix, adapter)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Prometheus warned of in the last answer that this thread got."""
        return getattr(self._seen, "warnings", ())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        try:
            response = super().send(request, **kwargs)
        except requests.exceptions.RequestException as problem:
            raise failed(problem, self._system, self._seconds) from problem
        self._seen.warnings = _checked(response, self._system)
        return response


def _checked(response: requests.Response, system: Upstream) -> tuple[str, ...]:
    """The warnings of a good answer. Raises ToolError for any other."""
    status, body = response.status_code, response.content
    try:
        content = json.loads(body)
    except ValueError as problem:
        text = body[:400].decode("utf-8", "replace")
        if status != 200:
            raise system.answered(status, text) from problem
        raise system.nonsense(text) from problem
    if status != 200:
        raise _refused(response, content, system)
    if isinstance(content, dict):
        return tuple(str(told) for key in ("warnings", "infos") for told in content.get(key) or ())
    return ()


def _refused(response: requests.Response, content: object, system: Upstream) -> ToolError:
    """Prometheus says the reason in `error`; a query that costs too much is no wrong query."""
    told = (
        str(content.get("error") or content.get("message") or content)
        if isinstance(content, dict)
        else str(content)
    )
    if any(sign in told for sign in _TOO_MANY_SAMPLES):
        return ToolError(
            Code.TOO_LARGE,
            f"{system.name} refused the query as too large: {system.excerpt(told)}",
            try_next="Take a longer step, a shorter window, or aggregate away labels (sum by (…)).",
        )
    return system.answered(response.status_code, told, retry_after=response.headers.get("Retry-After", ""))
