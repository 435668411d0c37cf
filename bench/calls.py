"""What a tool call costs over MCP, beside the same function called in this process."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.figures import Figure, Measured, Row, median, percentile
from bench.stage import Stage
from mcp_servers.kit.settings import read_settings
from mcp_servers.kit.toolset import Toolset
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.cli.native.specs import WRITERS, tool_server
from sre_agent.domain.plan import Call
from sre_agent.settings import TOOL_SERVERS

P50_MILLISECONDS = 5.0
LIMIT = timedelta(seconds=10)
TRIVIAL: dict[str, tuple[str, dict[str, Any]]] = {
    "k8s": ("cluster_info", {}),
    "prometheus": ("query", {"promql": "vector(1)"}),
    "loki": ("labels", {}),
    "github": ("get_file", {"path": "README.md"}),
    "notion": ("list_runbooks", {"limit": 1}),
}
"""A read of each server whose own work is small."""


async def calls(stage: Stage, *, quick: bool) -> Measured:
    """One kept session for each server, through the product's own client; both kinds of call in turn."""
    count = 60 if quick else 300
    rows: list[Row] = []
    async with McpToolbox(_addresses(stage), SystemClock()) as toolbox:
        await toolbox.tools()
        for server in TOOL_SERVERS:
            rows.append(await _compared(stage, toolbox, server, count))
            stage.say(f"{server}: {rows[-1]['overhead ms']} ms more over MCP")
    figures = [
        Figure(
            f"MCP overhead, {row['server']}, p50",
            float(row["overhead ms"]),
            "ms",
            P50_MILLISECONDS,
            f"{row['ratio']} times the function alone",
        )
        for row in rows
    ]
    return Measured(tuple(figures), {"tool calls": rows})


def _addresses(stage: Stage) -> list[ServerAddress]:
    launch = stage.platform.launch
    return [ServerAddress(name, f"{launch.url(name)}/mcp", launch.tokens[name]) for name in TOOL_SERVERS]


async def _compared(stage: Stage, toolbox: McpToolbox, server: str, count: int) -> Row:
    tool, arguments = TRIVIAL[server]
    tools = in_process(stage, server)
    declared = tools.tools[tool]
    call = Call(server=server, tool=tool, arguments=arguments)
    over_mcp, alone = await in_turn(
        lambda: toolbox.call(call, limit=LIMIT),
        lambda: declared.run(declared.asks.model_validate(arguments)),
        count,
    )
    await closed(tools)
    return {
        "server": server,
        "tool": tool,
        "over MCP p50 ms": round(median(over_mcp), 2),
        "p99 ms": round(percentile(over_mcp, 99), 2),
        "function p50 ms": round(median(alone), 2),
        "overhead ms": round(median(over_mcp) - median(alone), 2),
        "ratio": round(median(over_mcp) / median(alone), 1),
    }


def in_process(stage: Stage, server: str) -> Toolset:
    """The server's own toolset, built here from the environment that its process holds."""
    spec = tool_server(server, stage.known, stage.platform.launch)
    # Not the store of the process at work: a toolset that only reads needs none of its own.
    environment = {**spec.environment, "GRANT_STORE": str(Path(stage.home) / "unused.sqlite3")}
    settings = read_settings(environment, name=server, writes=server in WRITERS)
    built: Toolset = import_module(f"mcp_servers.{server}.server").build(settings, environment)
    return built


async def closed(tools: Toolset) -> None:
    for close in reversed(tools.closers):
        await close()


async def in_turn(
    one: Callable[[], Awaitable[Any]], other: Callable[[], Awaitable[Any]], count: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of both, taken alternately so that what happens on the machine befalls both; some to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(count + 10):
        for kept, run in zip(times, (one, other), strict=True):
            began = time.perf_counter()
            await run()
            if turn >= 10:
                kept.append((time.perf_counter() - began) * 1000)
    return times
