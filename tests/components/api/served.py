"""A stage that is really served on sockets of this machine, over TLS where a context is given, until its block ends."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sre_agent.adapters.clock import SystemClock
from sre_agent.agent_runtime import Addresses, serve
from sre_agent.api.parts import Platform
from tests.components.mcp_processes import free_port
from tests.unit.api.api_stage import Stage


def stage_of_now() -> Stage:
    """One whose time is the machine's."""
    return Stage(clock=SystemClock())  # type: ignore[arg-type]


@asynccontextmanager
async def house(
    stage: Stage, tls: ssl.SSLContext | None = None, proxies: str = ""
) -> AsyncIterator[Addresses]:
    """Serving until the block ends; then told to stop as by `kill`."""
    await stage.open_the_doors()
    at = Addresses(port=free_port(), page_port=free_port(), tls=tls, proxies=proxies)
    serving = asyncio.create_task(serve(Platform(parts=stage.parts), at))
    async with asyncio.timeout(10):
        while not serving.done() and not await is_open(at.page_port):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    try:
        yield at
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            await serving


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
