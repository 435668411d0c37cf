"""A door on loopback that lends the suite our bearer token, which it cannot send itself; it changes nothing else."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "authorization"}


@contextlib.contextmanager
def lending(door: socket.socket, server: str, token: str) -> Iterator[None]:
    """Pass every request on `door` to `server` (its address without a path), Host and Origin as they came."""
    client = httpx.AsyncClient(base_url=server, timeout=30, trust_env=False)

    async def pass_on(request: Request) -> StreamingResponse:
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        headers["authorization"] = f"Bearer {token}"
        onward = client.build_request(
            request.method, request.url.path, headers=headers, content=await request.body()
        )
        answer = await client.send(onward, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
        return StreamingResponse(answer.aiter_raw(), answer.status_code, kept)

    app = Starlette(routes=[Route("/{path:path}", pass_on, methods=["GET", "POST", "DELETE"])])
    lender = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lender.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        lender.should_exit = lender.force_exit = True
        thread.join(timeout=10)
