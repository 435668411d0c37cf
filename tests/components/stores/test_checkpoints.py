"""Checkpoints outlive the process, hold no foreign class, and can be pruned."""

from __future__ import annotations

import json
import operator
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from sre_agent.adapters.checkpoints import Checkpoints, open_checkpoints
from sre_agent.errors import LeaseLost
from sre_agent.ports.work import HOLDS

TINY = Path(__file__).parent / "tiny_graph.py"


def run_tiny(folder: Path, *, die_in: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TINY), str(folder / "checkpoints.db"), str(folder / "log"), die_in]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("die_in", ["two", "last"])
def test_a_graph_killed_in_a_node_goes_on_there_and_repeats_nothing_that_was_finished(
    tmp_path: Path, die_in: str
) -> None:
    died = run_tiny(tmp_path, die_in=die_in)
    if die_in == "last":
        assert died.returncode == 0
        died = run_tiny(tmp_path, die_in=die_in)
    assert died.returncode == -signal.SIGKILL
    answers = [run_tiny(tmp_path) for _ in range(1 if die_in == "last" else 2)]
    assert [answer.returncode for answer in answers] == [0] * len(answers), answers[-1].stderr
    notebook = json.loads(answers[-1].stdout)
    assert sorted(notebook["seen"]) == ["last", "one", "step", "two"]
    assert notebook["answer"] == "yes"
    assert notebook["facts"] == {"n": 1, "x": [None, True, 0.5, "é"]}
    assert Counter((tmp_path / "log").read_text().split()) == {"one": 1, "two": 1, "step": 1, "last": 1}


class Notebook(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]
    odd: object


@dataclass(frozen=True)
class Odd:
    """A type that is neither JSON nor LangGraph's own."""

    name: str


def three_steps(checkpoints: Checkpoints, *, odd: object = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    graph = StateGraph(Notebook)
    for before, name in ((START, "a"), ("a", "b"), ("b", "c")):
        graph.add_node(name, lambda state, name=name: {"seen": [name], "odd": odd})
        graph.add_edge(before, name)
    graph.add_edge("c", END)
    return graph.compile(checkpointer=checkpoints.saver)


def config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


def rows(file: Path, thread: str) -> tuple[int, int]:
    """How many checkpoints and writes the thread has."""
    count = (
        "SELECT (SELECT count(*) FROM checkpoints WHERE thread_id = :of),"
        " (SELECT count(*) FROM writes WHERE thread_id = :of)"
    )
    connection = sqlite3.connect(file)
    checkpoints, writes = connection.execute(count, {"of": thread}).fetchone()
    connection.close()
    return checkpoints, writes


async def test_a_trimmed_thread_keeps_only_where_it_ended(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.db"
    async with open_checkpoints(file) as checkpoints:
        app = three_steps(checkpoints)
        for thread in ("done", "other"):
            await app.ainvoke({"seen": []}, config(thread), durability="sync")
        before = rows(file, "other")
        assert before[0] > 3
        await checkpoints.trim(["done", "unknown"])
        assert rows(file, "done")[0] == 1
        assert rows(file, "other") == before
        state = await app.aget_state(config("done"))
        assert (state.values["seen"], state.next) == (["a", "b", "c"], ())


async def test_a_forgotten_thread_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.db"
    async with open_checkpoints(file) as checkpoints:
        await three_steps(checkpoints).ainvoke({"seen": []}, config("gone"), durability="sync")
        await checkpoints.forget(["gone"])
        assert rows(file, "gone") == (0, 0)


async def test_a_class_in_the_file_is_never_made_again(tmp_path: Path) -> None:
    async with open_checkpoints(tmp_path / "checkpoints.db") as checkpoints:
        await three_steps(checkpoints, odd=Odd("x")).ainvoke({"seen": []}, config("t"), durability="sync")
    async with open_checkpoints(tmp_path / "checkpoints.db") as checkpoints:
        state = await three_steps(checkpoints).aget_state(config("t"))
        assert not isinstance(state.values["odd"], Odd)


async def test_the_file_is_written_ahead_and_synced_in_full(tmp_path: Path) -> None:
    async with open_checkpoints(tmp_path / "new" / "checkpoints.db") as checkpoints:
        modes = [
            await (await checkpoints.saver.conn.execute(f"PRAGMA {name}")).fetchone()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert modes == [("wal",), (2,), (5000,)]


@pytest.mark.promise("ACT-8")
async def test_a_writer_that_lost_its_lease_leaves_the_place_where_it_was(tmp_path: Path) -> None:
    async def lost() -> None:
        raise LeaseLost("another runner has it")

    async with open_checkpoints(tmp_path / "checkpoints.db") as checkpoints:
        graph = three_steps(checkpoints)
        ours: Any = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"seen": []}, ours, durability="sync")
        before = (await graph.aget_state(ours)).config
        with pytest.raises(LeaseLost):
            await graph.ainvoke(
                {"seen": ["stale"]}, {"configurable": {"thread_id": "t", HOLDS: lost}}, durability="sync"
            )
        assert (await graph.aget_state(ours)).config == before
