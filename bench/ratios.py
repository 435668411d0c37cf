"""Our ways beside the barest ones: what is gained or paid is told as a ratio, which holds on other machines too."""

from __future__ import annotations

import ssl
import tempfile
import time
from base64 import b64decode
from pathlib import Path
from typing import Any, TypedDict

import aiohttp
import httpx
import orjson
import yaml
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from bench.calls import closed, in_process, in_turn
from bench.figures import Figure, Measured, Row, median
from bench.stage import Stage
from sre_agent.adapters.checkpoints import open_checkpoints

STEPS = 50
NAMESPACE = "shop"
PROMQL = "up"
MINUTES = 5


class Counted(TypedDict):
    count: int


async def ratios(stage: Stage, *, quick: bool) -> Measured:
    """Each pair is measured in turn, so that what happens on the machine befalls both."""
    count = 20 if quick else 100
    rows = [
        await _range_query(stage, count),
        await _list_of_pods(stage, count),
        await _checkpoints(5 if quick else 20),
    ]
    figures = [Figure(f"{row['ours']} : {row['floor']}", float(row["ratio"]), "times") for row in rows]
    return Measured(tuple(figures), {"ratios": rows})


def _row(ours: str, floor: str, times: tuple[list[float], list[float]]) -> Row:
    mine, bare = median(times[0]), median(times[1])
    return {
        "ours": ours,
        "floor": floor,
        "ours p50 ms": round(mine, 2),
        "floor p50 ms": round(bare, 2),
        "ratio": round(mine / bare, 2),
    }


async def _range_query(stage: Stage, count: int) -> Row:
    tools = in_process(stage, "prometheus")
    tool = tools.tools["query_range"]
    window = _window()
    asked = {"promql": PROMQL, **window, "step_seconds": 1}
    async with httpx.AsyncClient(base_url=str(stage.facts["prometheus_url"]), trust_env=False) as http:

        async def bare() -> Any:
            parameters: dict[str, str | float] = {"query": PROMQL, "step": 1, **window}
            return orjson.loads((await http.get("/api/v1/query_range", params=parameters)).content)

        times = await in_turn(lambda: tool.run(tool.asks.model_validate(asked)), bare, count)
    await closed(tools)
    return _row("PromQL range query", "httpx and orjson", times)


def _window() -> dict[str, float]:
    now = time.time()
    return {"start": now - MINUTES * 60, "end": now}


async def _list_of_pods(stage: Stage, count: int) -> Row:
    tools = in_process(stage, "k8s")
    tool = tools.tools["list_objects"]
    asked = {"kind": "Pod", "namespace": NAMESPACE}
    server, context, headers = _bare_access(Path(str(stage.facts["agent_kubeconfig"])))
    url = f"{server}/api/v1/namespaces/{NAMESPACE}/pods?limit=500"
    async with aiohttp.ClientSession(headers=headers) as http:

        async def bare() -> Any:
            async with http.get(url, ssl=context) as answer:
                return orjson.loads(await answer.read())

        times = await in_turn(lambda: tool.run(tool.asks.model_validate(asked)), bare, count)
    await closed(tools)
    return _row("list of pods", "aiohttp and orjson", times)


def _bare_access(kubeconfig: Path) -> tuple[str, ssl.SSLContext | bool, dict[str, str]]:
    """Address, trust and bearer token, as the file's first cluster and user have them."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context: ssl.SSLContext | bool = True
    if authority := cluster.get("certificate-authority-data"):
        context = ssl.create_default_context(cadata=b64decode(authority).decode())
    headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
    return str(cluster["server"]), context, headers


async def _checkpoints(count: int) -> Row:
    """A graph of some dozen small steps, with each step durable and with none kept."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_checkpoints(Path(folder) / "checkpoints.db") as kept:
            durable, bare = _graph(kept.saver), _graph(None)
            threads = iter(range(10_000))

            async def durably() -> Any:
                config = {"configurable": {"thread_id": str(next(threads))}, "recursion_limit": STEPS + 5}
                return await durable.ainvoke({"count": 0}, config, durability="sync")

            async def barely() -> Any:
                return await bare.ainvoke({"count": 0}, {"recursion_limit": STEPS + 5})

            times = await in_turn(durably, barely, count)
    each = tuple([took / STEPS for took in one] for one in times)
    return _row("step of a graph with a checkpoint", "without", (each[0], each[1]))


def _graph(saver: BaseCheckpointSaver[str] | None) -> Any:
    graph = StateGraph(Counted)
    graph.add_node("step", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: "step" if state["count"] < STEPS else END)
    return graph.compile(checkpointer=saver)
