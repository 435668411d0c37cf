"""A requests session whose answers are whole, no larger and no later than allowed, and successful; else ToolError."""

from __future__ import annotations

import io
import json
import threading
import time
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.upstream import Upstream

CONNECT_SECONDS: Final = 3.0
_CHUNK: Final = 65_536
_TOO_MANY_SAMPLES: Final = ("too many samples", "exceeded maximum resolution")


READS_AGAIN: Final = Retry(
    total=2,
    allowed_methods=None,
    backoff_factor=0.2,
    status_forcelist=(502, 503),
    raise_on_status=False,
    respect_retry_after_header=False,
)
"""For any method: what is sent by POST here only asks."""


class Bearer(AuthBase):
    """Given as `auth`, so that a `.netrc` of this machine cannot take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class BoundedSession(requests.Session):
    """Only reads go through it, so what failed on the way is sent again twice."""

    def __init__(self, system: Upstream, *, seconds: float, most_bytes: int) -> None:
        super().__init__()
        self._system, self._seconds, self._most_bytes = system, seconds, most_bytes
        self._seen = threading.local()
        self.mount("http://", HTTPAdapter(max_retries=READS_AGAIN, pool_maxsize=16))
        self.mount("https://", HTTPAdapter(max_retries=READS_AGAIN, pool_maxsize=16))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Prometheus warned of in the last answer that this thread got."""
        return getattr(self._seen, "warnings", ())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        deadline = time.monotonic() + self._seconds
        kwargs |= {"stream": True, "timeout": (CONNECT_SECONDS, self._seconds), "allow_redirects": False}
        try:
            response = super().send(request, **kwargs)
            body = self._read(response, deadline)
        except requests.exceptions.SSLError as problem:
            raise self._system.untrusted(_reason(problem)) from problem
        except (requests.exceptions.Timeout, ReadTimeoutError) as problem:
            raise self._system.too_slow(self._seconds) from problem
        except (requests.exceptions.RequestException, HTTPError) as problem:
            raise self._system.unreachable(_reason(problem)) from problem
        response.raw = io.BytesIO(body)
        self._seen.warnings = _checked(response.status_code, body, self._system)
        return response

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        try:
            while chunk := response.raw.read(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self._most_bytes:
                    raise self._system.too_much(self._most_bytes)
                if time.monotonic() > deadline:
                    raise self._system.too_slow(self._seconds)
        finally:
            response.close()
        return bytes(body)


def _checked(status: int, body: bytes, system: Upstream) -> tuple[str, ...]:
    """The warnings of a good answer. Raises ToolError for any other."""
    try:
        content = json.loads(body)
    except ValueError as problem:
        text = body[:400].decode("utf-8", "replace")
        if status != 200:
            raise system.answered(status, text) from problem
        raise system.nonsense(text) from problem
    if status != 200:
        raise _refused(status, content, system)
    if isinstance(content, dict):
        return tuple(str(told) for key in ("warnings", "infos") for told in content.get(key) or ())
    return ()


def _refused(status: int, content: object, system: Upstream) -> ToolError:
    """Prometheus says the reason in `error`; a query that costs too much is no wrong query."""
    told = (
        str(content.get("error") or content.get("message") or content)
        if isinstance(content, dict)
        else str(content)
    )
    if any(sign in told for sign in _TOO_MANY_SAMPLES):
        return ToolError(
            Code.TOO_LARGE,
            f"{system.name} refused the query as too large: {told[:300]}",
            try_next="Take a longer step, a shorter window, or aggregate away labels (sum by (…)).",
        )
    return system.answered(status, told)


def _reason(problem: Exception) -> str:
    """The innermost cause, without the object addresses that requests wraps it in."""
    inner: BaseException = problem
    while (deeper := inner.__cause__ or inner.__context__) is not None:
        inner = deeper
    return str(inner) or type(problem).__name__
