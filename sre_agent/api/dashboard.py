"""The dashboard's built files and the API on one origin; no file is read that the build did not make."""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.api.parts import ApiParts
from sre_agent.api.shield import Shield

_POLICY: Final = "policy.json"
"""Written by the build: each page's inline scripts, by their hashes."""
_SHELL: Final = "clusters/_.html"
"""One page serves every cluster: it reads the name from its address."""
_OF_THE_API: Final = ("/api/", "/healthz", "/readyz", "/metrics")
_COMPRESSED: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
_FOREVER: Final = "public, max-age=31536000, immutable"


def dashboard(folder: Path, api: ASGIApp, parts: ApiParts) -> ASGIApp | None:
    """The dashboard as an ASGI app of its own; None where `folder` holds no whole build."""
    if not all((folder / name).is_file() for name in (_POLICY, _SHELL, "index.html")):
        return None
    files = Shield(
        _Files(folder),
        limit=0,
        media_type="application/json",
        clock=parts.clock,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and not scope["path"].startswith(_OF_THE_API)
        await (files if ours else api)(scope, receive, send)

    return app


@dataclass(frozen=True)
class _File:
    path: Path
    headers: Mapping[str, str]

    @cached_property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, mtime=0)

    def answer(self, request: Headers, status: int = 200) -> Response:
        shrinks = self.headers["content-type"].startswith(_COMPRESSED)
        if shrinks and "gzip" in request.get("accept-encoding", ""):
            packed = {**self.headers, "content-encoding": "gzip", "vary": "accept-encoding"}
            return Response(self.compressed, status, packed)
        return Response(self.body, status, dict(self.headers))


class _Files:
    """Known by name when the process begins: a path that is not among them leads nowhere."""

    def __init__(self, folder: Path) -> None:
        scripts: Mapping[str, list[str]] = json.loads((folder / _POLICY).read_text("utf-8"))
        self._files = {
            name: _File(path, _headers(name, scripts.get(name, [])))
            for path in sorted(folder.rglob("*"))
            if path.is_file() and (name := path.relative_to(folder).as_posix()) != _POLICY
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("only read here; the API is below /api/v1", 405)
        path: str = scope["path"].strip("/")
        if path.startswith("incidents/"):
            incident = quote(path.removeprefix("incidents/"), safe="")
            return RedirectResponse(f"/clusters/_?incident={incident}")
        request = Headers(scope=scope)
        found = self._file(path)
        return found.answer(request) if found else self._missing(request)

    def _file(self, path: str) -> _File | None:
        name = path or "index"
        if name.startswith("clusters/") and "/" not in name.removeprefix("clusters/"):
            name = _SHELL.removesuffix(".html")
        return self._files.get(f"{name}.html") or self._files.get(name)

    def _missing(self, request: Headers) -> Response:
        said = self._files.get("404.html")
        return said.answer(request, 404) if said else PlainTextResponse("There is no such page", 404)


def _headers(name: str, scripts: list[str]) -> dict[str, str]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kept = _FOREVER if name.startswith("_next/static/") else "no-cache"
    headers = {"content-type": kind, "cache-control": kept}
    if name.endswith(".html"):
        headers |= {"content-type": "text/html; charset=utf-8", "content-security-policy": policy(scripts)}
    return headers


def policy(scripts: list[str]) -> str:
    """Our own files, the inline scripts the build made, and nothing from elsewhere."""
    hashes = "".join(f" '{each}'" for each in scripts)
    return (
        f"default-src 'none'; script-src 'self'{hashes}; style-src 'self'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
