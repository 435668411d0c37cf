"""A tiny graph that a test kills: two siblings, a step, a pause for a person, a last step.

    python tiny_graph.py CHECKPOINTS LOG DIE_IN

Each node writes its name into LOG before it returns; the one named DIE_IN kills the process instead.
Prints the notebook as JSON where it gets so far.
"""

from __future__ import annotations

import asyncio
import json
import operator
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

from sre_agent.adapters.checkpoints import open_checkpoints


class Notebook(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]
    answer: str
    facts: dict[str, object]


class Nodes:
    def __init__(self, log: Path, die_in: str) -> None:
        self._log = log
        self._die_in = die_in

    def did(self, name: str) -> dict[str, list[str]]:
        if name == self._die_in:
            os.kill(os.getpid(), signal.SIGKILL)
        with self._log.open("a") as log:
            log.write(f"{name}\n")
        return {"seen": [name]}

    async def sibling(self, state: dict[str, str]) -> dict[str, list[str]]:
        # The one that dies waits until its sibling has finished and is on file.
        if state["name"] == self._die_in:
            await asyncio.sleep(0.3)
        return self.did(state["name"])

    async def step(self, state: Notebook) -> dict[str, object]:
        return {**self.did("step"), "facts": {"n": 1, "x": [None, True, 0.5, "é"]}}

    async def pause(self, state: Notebook) -> dict[str, object]:
        return {"answer": interrupt({"asks": "go on?"})}

    async def last(self, state: Notebook) -> dict[str, list[str]]:
        return self.did("last")


async def run(file: Path, nodes: Nodes) -> None:
    graph = StateGraph(Notebook)
    graph.add_node("sibling", nodes.sibling)
    graph.add_node("step", nodes.step)
    graph.add_node("pause", nodes.pause)
    graph.add_node("last", nodes.last)
    both = [Send("sibling", {"name": "one"}), Send("sibling", {"name": "two"})]
    graph.add_conditional_edges(START, lambda state: both, ["sibling"])
    graph.add_edge("sibling", "step")
    graph.add_edge("step", "pause")
    graph.add_edge("pause", "last")
    graph.add_edge("last", END)
    config = {"configurable": {"thread_id": "inc_1"}}
    async with open_checkpoints(file) as checkpoints:
        app = graph.compile(checkpointer=checkpoints.saver)
        state = await app.aget_state(config)
        waits = any(task.interrupts for task in state.tasks)
        begun = None if state.next or state.values else Notebook(seen=[])
        told = Command(resume="yes") if waits else begun
        print(json.dumps(await app.ainvoke(told, config, durability="sync"), default=str))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Nodes(Path(sys.argv[2]), sys.argv[3])))
