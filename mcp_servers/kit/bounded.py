"""Bounds for vendors' clients that stand on requests: an answer is whole, no larger and no later than allowed.

Imported only by servers whose vendor's package brings requests with it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from mcp_servers.kit.errors import ToolError
from mcp_servers.kit.upstream import Upstream

CONNECT_SECONDS: Final = 3.0
_CHUNK: Final = 65_536


class _NotWhenSlow(Retry):
    """What was slow once is not asked twice more: the caller's time is over."""

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        error = kwargs.get("error")
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(*args, **kwargs)


def sends_again(methods: Iterable[str] | None) -> Retry:
    """Twice, for requests with these methods (None: all), where the connection or a gateway failed."""
    return _NotWhenSlow(
        total=2,
        allowed_methods=None if methods is None else frozenset(methods),
        backoff_factor=0.2,
        status_forcelist=(502, 503),
        raise_on_status=False,
        respect_retry_after_header=False,
    )


class BoundedAdapter(HTTPAdapter):
    """Raises ToolError (too_large, timeout) where an answer passes its bounds."""

    def __init__(self, system: Upstream, *, seconds: float, most_bytes: int, retry: Retry) -> None:
        self._system, self._seconds, self._most_bytes = system, seconds, most_bytes
        super().__init__(max_retries=retry, pool_maxsize=16)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        deadline = time.monotonic() + self._seconds
        kwargs |= {"stream": True, "timeout": (CONNECT_SECONDS, self._seconds)}
        response = super().send(request, *args, **kwargs)
        response.raw = io.BytesIO(self._read(response, deadline))
        return response

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        try:
            # read1 gives what has come; read would wait for the whole chunk, however slowly it drips.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self._most_bytes:
                    raise self._system.too_much(self._most_bytes)
                if time.monotonic() > deadline:
                    raise self._system.too_slow(self._seconds)
        except ReadTimeoutError as problem:
            raise self._system.too_slow(self._seconds) from problem
        except HTTPError as problem:
            raise self._system.unreachable(innermost(problem)) from problem
        finally:
            response.close()
        return bytes(body)


def failed(problem: requests.exceptions.RequestException, system: Upstream, seconds: float) -> ToolError:
    """What it means that a request got no answer."""
    if isinstance(problem, requests.exceptions.SSLError):
        return system.untrusted(innermost(problem))
    if isinstance(problem, requests.exceptions.Timeout):
        return system.too_slow(seconds)
    return system.unreachable(innermost(problem))


def innermost(problem: BaseException) -> str:
    """The first cause, without the object addresses that requests wraps it in."""
    while (deeper := problem.__cause__ or problem.__context__) is not None:
        problem = deeper
    return str(problem) or type(problem).__name__
