"""Start-up, memory and processor time of a platform that has nothing to do."""

from __future__ import annotations

import asyncio
import json
import sys

from bench import proc
from bench.figures import Figure, Measured, Row
from bench.stage import Stage
from sre_agent.settings import TOOL_SERVERS

MOST_MB = 750.0
MOST_CPU_PERCENT = 3.0
IMPORTED = {
    "agent": "sre_agent.bootstrap",
    "k8s": "mcp_servers.k8s.__main__",
    "prometheus": "mcp_servers.prometheus.client",
    "loki": "mcp_servers.loki.client",
    "github": "mcp_servers.github.client",
    "notion": "mcp_servers.notion.client",
}
DEAREST = 10
SETTLE_SECONDS = 8


async def start(stage: Stage, *, quick: bool) -> Measured:
    """From the first process of ours to the last that answers; they start together."""
    lab_up = max((at for line, at in stage.up_at.items() if not line.endswith(" is up")), default=0.0)
    ours = {name: stage.up_at[f"{name} is up"] - lab_up for name in (*TOOL_SERVERS, "agent")}
    rows: list[Row] = [{"process": name, "s": round(took, 1)} for name, took in ours.items()]
    figure = Figure("start-up of six processes together", max(ours.values()), "s", note="the lab not counted")
    return Measured((figure,), {"start-up": rows})


async def memory(stage: Stage, *, quick: bool) -> Measured:
    """The proportional share of each of our processes; what their imports cost, in fresh processes."""
    await asyncio.sleep(SETTLE_SECONDS)
    shares = {name: proc.pss_of(pid) for name, pid in stage.pids.items()}
    rows: list[Row] = [{"process": name, "MB": round(mb, 1)} for name, mb in shares.items()]
    tables: dict[str, list[Row]] = {"memory": rows}
    for process in ("agent", "k8s") if quick else IMPORTED:
        tables[f"imports of {process}"] = await _imports(IMPORTED[process])
    figure = Figure("memory of agent and five tool servers", sum(shares.values()), "MB (PSS)", MOST_MB)
    return Measured((figure,), tables)


async def _imports(module: str) -> list[Row]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.import_cost", module), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    told = json.loads(output)
    rest_mb = told["MB"] - sum(row["MB"] for row in told["packages"][:DEAREST])
    rest_ms = told["ms"] - sum(row["ms"] for row in told["packages"][:DEAREST])
    return [
        {"package": "(Python itself)", "MB": round(told["bare_mb"], 1), "ms": 0},
        *told["packages"][:DEAREST],
        {"package": "(all others)", "MB": round(rest_mb, 1), "ms": round(rest_ms)},
    ]


async def quiet(stage: Stage, *, quick: bool) -> Measured:
    """Processor time while no alert comes: polling, heartbeats, renewals."""
    seconds = 10 if quick else 30
    before = {name: proc.cpu_of(pid) for name, pid in stage.pids.items()}
    await asyncio.sleep(seconds)
    used = {name: (proc.cpu_of(pid) - before[name]) / seconds * 100 for name, pid in stage.pids.items()}
    rows: list[Row] = [{"process": name, "% of a core": round(percent, 2)} for name, percent in used.items()]
    figure = Figure("processor at rest", sum(used.values()), "% of a core", MOST_CPU_PERCENT)
    return Measured((figure,), {"processor at rest": rows})
