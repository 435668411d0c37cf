"""The demo toolset as a process: `slow` makes `look` think for a second; `DEMO_DIES` kills it before it writes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping

from mcp_servers.kit.serve import serve
from mcp_servers.kit.settings import ServerSettings
from mcp_servers.kit.toolset import Toolset
from tests.components.mcp_demo_tools import DemoTools, Look, Seen


def build(settings: ServerSettings, env: Mapping[str, str]) -> Toolset:
    demo = DemoTools()
    tools = demo.toolset()
    if env.get("DEMO_DIES"):
        demo.before_write = lambda step: os.kill(os.getpid(), signal.SIGKILL)

    async def look(ask: Look) -> Seen:
        """Look at the lamp."""
        await asyncio.sleep(1.0 if ask.what == "slow" else 0)
        return Seen(body={"what": ask.what})

    del tools.tools["look"]
    tools.read(look)
    return tools


if __name__ == "__main__":
    raise SystemExit(serve("demo", build, writes=True))
