"""A system behind a tool server that can be told to be well, ill, slow, endless, silent or to talk nonsense."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        upstream: Upstream = self.server.upstream  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        upstream.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        upstream.answer(self)

    do_GET = do_POST = handle_any  # noqa: N815 - the names that http.server calls

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing to standard error."""


class Upstream:
    """Use as a context. `answer` decides what every request gets."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.sent = 0
        """Bytes that were taken of an answer without an end."""
        self.over = threading.Event()
        self.answer: Answer = says({})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.upstream = self  # type: ignore[attr-defined]
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


def says(content: Any, status: int = 200, **headers: str) -> Answer:
    return lambda handler: handler.say(
        status, json.dumps(content).encode(), Content_Type="application/json", **headers
    )


def talks_nonsense(handler: Handler) -> None:
    handler.say(200, b"<html><body>Please sign in</body></html>", Content_Type="text/html")


def never_ends(handler: Handler) -> None:
    """JSON that goes on for as long as anybody reads."""
    upstream: Upstream = handler.server.upstream  # type: ignore[attr-defined]
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    try:
        while not upstream.over.is_set():
            upstream.sent += handler.wfile.write(b"[" + b'"x",' * 100_000)
    except OSError:
        handler.close_connection = True


def head_never_ends(handler: Handler) -> None:
    """One header that goes on for as long as anybody reads."""
    upstream: Upstream = handler.server.upstream  # type: ignore[attr-defined]
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not upstream.over.is_set():
            upstream.sent += handler.wfile.write(b"a" * 65_536)
    except OSError:
        return


def stays_silent(handler: Handler) -> None:
    handler.server.upstream.over.wait(30)  # type: ignore[attr-defined]
    handler.close_connection = True


def drips(handler: Handler) -> None:
    """A byte now and then: no single wait is long, and it never ends."""
    upstream: Upstream = handler.server.upstream  # type: ignore[attr-defined]
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    try:
        while not upstream.over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        handler.close_connection = True


def hangs_up(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[1,")
    handler.wfile.flush()
    handler.close_connection = True
