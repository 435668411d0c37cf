"""The platform's API as the commands use it: answers as domain types, problems as exit codes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter

from sre_agent.cli.connection import Connection
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.shown import one_line
from sre_agent.tls import pinned_context, trusting_context

T = TypeVar("T", bound=BaseModel)

_CODES: Final[Mapping[int, ExitCode]] = {
    400: ExitCode.USAGE,
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.REFUSED,
    413: ExitCode.USAGE,
    422: ExitCode.USAGE,
}
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_TRIES: Final = 10
_PAUSE_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 45.0
"""The platform gives a sign of life every 15 s; a stream that is silent for longer is dead."""
_PATIENT_SECONDS: Final = 900.0
"""For what looks through all that is on file before it answers: a fifth of a millisecond for each entry of the audit trail."""

Query = Mapping[str, str | int | list[str]]


class Client:
    """One command's conversation with the platform. `transport` is for tests."""

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = connection.url
        self._sleep = sleep
        headers = {"Authorization": f"Bearer {connection.token}"} if connection.token else {}
        self._http = httpx.Client(
            base_url=connection.url,
            headers=headers,
            timeout=30.0,
            transport=transport,
            verify=_believed(connection),
            follow_redirects=False,
            # A proxy set for the world must not come between us and this very machine.
            trust_env=urlsplit(connection.url).hostname not in _THIS_MACHINE,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, shape: type[T], query: Query | None = None, *, patient: bool = False) -> T:
        return self._parsed(self._send("GET", path, params=dict(query or {}), **_waiting(patient)), shape)

    def post(self, path: str, shape: type[T], body: Mapping[str, Any], *, patient: bool = False) -> T:
        return self._parsed(self._send("POST", path, json=dict(body), **_waiting(patient)), shape)

    def delete(self, path: str, shape: type[T]) -> T:
        return self._parsed(self._send("DELETE", path), shape)

    def download(self, path: str) -> bytes:
        """A body that is no JSON, whole."""
        return self._send("GET", path).content

    def journal(self, incident_id: str) -> Iterator[JournalEntry]:
        """All entries that are on file now, page by page."""
        after, more = 0, True
        while more:
            answer = self._send(
                "GET", f"/api/v1/incidents/{incident_id}/journal", params={"after": after, "limit": 1000}
            )
            page = answer.json()
            yield from _ENTRIES.validate_python(page["entries"])
            after, more = page["last"], page["more"]

    def follow(self, incident_id: str = "", *, after: int = 0) -> Iterator[JournalEntry]:
        """Entries as they are written, without end; a lost connection is taken up again where it was."""
        path = f"/api/v1/incidents/{incident_id}/stream" if incident_id else "/api/v1/stream"
        failures = 0
        while True:
            try:
                for place, entry in self._events(path, after):
                    after, failures = place, 0
                    yield entry
            except httpx.TransportError as lost:
                failures += 1
                if failures >= _TRIES:
                    raise self._unreachable(lost) from None
            self._sleep(_PAUSE_SECONDS)

    def _events(self, path: str, after: int) -> Iterator[tuple[int, JournalEntry]]:
        headers = {"Last-Event-ID": str(after)} if after else {}
        timeout = httpx.Timeout(30.0, read=_QUIET_SECONDS)
        with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            if answer.status_code != 200:
                answer.read()
                raise _failure(answer)
            place = after
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    place = int(value)
                elif name == "data":
                    yield place, JournalEntry.model_validate_json(value)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.TransportError as lost:
            raise self._unreachable(lost) from None
        if answer.is_success:
            return answer
        raise _failure(answer)

    def _parsed(self, answer: httpx.Response, shape: type[T]) -> T:
        return shape.model_validate_json(answer.content)

    def _unreachable(self, lost: Exception) -> CommandFailed:
        if "CERTIFICATE_VERIFY_FAILED" in str(lost):
            return CommandFailed(
                ExitCode.UNREACHABLE,
                f"{self._url} cannot prove who it is ({lost})",
                hint="name the authority that signed its certificate (--ca, or SRE_AGENT_CA), and an address it is made for",
            )
        return CommandFailed(
            ExitCode.UNREACHABLE,
            f"no platform answers at {self._url} ({lost or type(lost).__name__})",
            hint="start one with `sre-agent up`, or say where it is: --url, or SRE_AGENT_URL",
        )


_ENTRIES: Final = TypeAdapter(tuple[JournalEntry, ...])


def _waiting(patient: bool) -> dict[str, Any]:
    return {"timeout": httpx.Timeout(30.0, read=_PATIENT_SECONDS)} if patient else {}


def _believed(connection: Connection) -> ssl.SSLContext | bool:
    """Whom to believe over TLS; True: this system's authorities. Raises SettingError for a file of no use."""
    if not connection.url.startswith("https://"):
        return True
    if connection.ca:
        return trusting_context("SRE_AGENT_CA", Path(connection.ca))
    return pinned_context(Path(connection.certificate)) if connection.certificate else True


def _failure(answer: httpx.Response) -> CommandFailed:
    try:
        told = answer.json()
        title = str(told["title"])
        message = f"{title}{'' if title.endswith('?') else '.'} {told['detail']}"
    except (ValueError, KeyError, TypeError):
        message = f"the platform answered {answer.status_code}: {answer.text[:200]}"
    hint = (
        "send a token: --token, SRE_AGENT_TOKEN, or ~/.sre-agent/config.yaml"
        if answer.status_code == 401
        else ""
    )
    code = _CODES.get(answer.status_code, ExitCode.BROKEN)
    return CommandFailed(code, one_line(message, 600), hint=hint)
