"""The map: which workers there are and who follows whom; nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from sre_agent import graph_routes as routes
from sre_agent.agent_nodes import ROSTER, Post
from sre_agent.agent_state import Notebook
from sre_agent.domain.evidence import Specialist
from sre_agent.errors import IncidentEnded
from sre_agent.ports.run import Run

Graph = CompiledStateGraph[Notebook, Run, Notebook, Notebook]
Node = Callable[[Notebook, Runtime[Run]], Awaitable[Notebook]]


def build_graph(checkpointer: BaseCheckpointSaver[str] | None = None) -> Graph:
    """The supervisor graph; with a checkpointer it survives its process."""
    graph: StateGraph[Notebook, Run, Notebook, Notebook] = StateGraph(Notebook, context_schema=Run)
    for name, post in ROSTER.items():
        graph.add_node(name, _node(name, post))
    graph.add_edge(START, "supervisor")
    graph.add_conditional_edges("supervisor", _fan_out, [one.value for one in Specialist] + ["reflector"])
    for one in Specialist:
        graph.add_edge(one.value, "reflector")
    graph.add_conditional_edges("reflector", routes.after_reflector, ["supervisor", "planner", "closer"])
    graph.add_conditional_edges("planner", routes.after_planner, ["policy_gate", "closer"])
    graph.add_conditional_edges("policy_gate", routes.after_policy_gate, ["approval", "executor", "closer"])
    graph.add_conditional_edges(
        "approval", routes.after_approval, ["executor", "planner", "supervisor", "closer"]
    )
    graph.add_conditional_edges(
        "executor", routes.after_executor, ["executor", "verifier", "rollback", "supervisor", "closer"]
    )
    graph.add_conditional_edges("verifier", routes.after_verifier, ["rollback", "closer"])
    graph.add_conditional_edges("rollback", routes.after_rollback, ["supervisor", "closer"])
    graph.add_edge("closer", END)
    return graph.compile(checkpointer=checkpointer)


def _fan_out(state: Notebook) -> list[Send] | str:
    woken = routes.after_supervisor(state)
    return [Send(wake.specialist, wake.note) for wake in woken] if woken else "reflector"


def _node(name: str, post: Post) -> Any:
    """A worker as LangGraph calls it: it stops when somebody ended the incident, and writes its own fields only."""

    async def node(state: Notebook, runtime: Runtime[Run]) -> Notebook:
        run = runtime.context
        if name != "closer" and (await run.archive.incident(run.incident_id)).status.is_final:
            raise IncidentEnded(f"incident {run.incident_id} has ended; {name} does not begin")
        notes = await post.work(state, run.in_hands_of(name))
        if strangers := set(notes) - post.writes:
            raise ValueError(f"{name} may write {sorted(post.writes)}; it wrote {sorted(strangers)} too")
        return notes

    node.__name__ = name
    return node
