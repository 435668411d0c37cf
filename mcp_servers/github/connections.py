"""PyGithub's connections over sessions of ours: bounded, one for each thread, with nothing from a `.netrc`.

PyGithub makes a connection object for each request once its classes are given to it, so the sessions beneath,
and with them the open connections, are kept here.
"""

from __future__ import annotations

import threading
from typing import Any, ClassVar, Final

import requests
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from mcp_servers.kit.bounded import BoundedAdapter, sends_again
from mcp_servers.kit.upstream import Upstream

_MOST_MOVES: Final = 3
"""Redirects in a row: a repository that was renamed and given to somebody else takes two."""


class Sessions:
    """A session for each thread. Only GETs are sent again."""

    def __init__(self, system: Upstream, *, seconds: float, most_bytes: int) -> None:
        self.system, self._seconds, self._most_bytes = system, seconds, most_bytes
        self._mine = threading.local()

    def moved(self, status: int) -> None:
        """Count redirects in a row, of this thread: PyGithub follows each by calling itself. Raises ToolError."""
        self._mine.moves = getattr(self._mine, "moves", 0) + 1 if status == 301 else 0
        if self._mine.moves > _MOST_MOVES:
            self._mine.moves = 0
            raise self.system.nonsense(f"more than {_MOST_MOVES} redirects in a row")

    def of_this_thread(self) -> requests.Session:
        session: requests.Session | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = requests.Session()
            session.auth = Requester.noopAuth
            adapter = BoundedAdapter(
                self.system, seconds=self._seconds, most_bytes=self._most_bytes, retry=sends_again(["GET"])
            )
            session.mount("http://", adapter)
            session.mount("https://", adapter)
        return session


class _Ours:
    """What is put before PyGithub's own classes."""

    sessions: ClassVar[Sessions]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = self.sessions.of_this_thread()

    def getresponse(self) -> RequestsResponse:
        """A redirect within GitHub (301) is PyGithub's to follow; any other is not followed with our token."""
        response: RequestsResponse = super().getresponse()  # type: ignore[misc]
        if response.status in (302, 303, 307, 308):
            raise self.sessions.system.nonsense(
                f"a redirect to {response.headers.get('location', 'nowhere')}"
            )
        self.sessions.moved(response.status)
        return response

    def close(self) -> None:
        """The session outlives the request."""


def use(sessions: Sessions) -> None:
    """Let PyGithub use them, in the whole process."""
    own = {"sessions": sessions}
    Requester.injectConnectionClasses(
        type("Plain", (_Ours, HTTPRequestsConnectionClass), own),
        type("Secure", (_Ours, HTTPSRequestsConnectionClass), own),
    )
