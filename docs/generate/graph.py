"""The picture of the supervisor graph, drawn from the graph that runs."""

from __future__ import annotations

from docs.generate.markdown import code, table
from docs.generate.markdown import page as whole_page
from sre_agent.agent_nodes import ROSTER
from sre_agent.graph_builder import build_graph

_PLAIN = {"__start__": "alert([alert or question])", "__end__": "over([incident ended])"}
_ALIASES = {"__start__": "alert", "__end__": "over"}


def picture() -> str:
    """A Mermaid flowchart: a box for each worker, grouped by phase; a dotted arrow where a signpost chooses."""
    drawn = build_graph().get_graph()
    lines = ["flowchart TD", f"    {_PLAIN['__start__']}"]
    phases: dict[str, list[str]] = {}
    for name, post in ROSTER.items():
        phases.setdefault(post.phase, []).append(name)
    for phase, names in phases.items():
        lines.append(f"    subgraph {phase}")
        lines += [f"        {name}" for name in names]
        lines.append("    end")
    lines.append(f"    {_PLAIN['__end__']}")
    lines += [
        f"    {_name(edge.source)} {'-.->' if edge.conditional else '-->'} {_name(edge.target)}"
        for edge in sorted(drawn.edges, key=lambda edge: _place(edge.source, edge.target))
    ]
    return "\n".join(["```mermaid", *lines, "```", ""])


def _name(node: str) -> str:
    return _ALIASES.get(node, node)


def _place(*names: str) -> tuple[int, ...]:
    order = ["__start__", *ROSTER, "__end__"]
    return tuple(order.index(name) for name in names)


def page() -> str:
    rows = [
        (f"`{name}`", post.phase, code(*sorted(post.writes)) or "nothing") for name, post in ROSTER.items()
    ]
    return whole_page(
        "The graph",
        "Which workers there are, who follows whom, and which fields of the notebook each may write. A worker that wrote\n"
        "anything else would stop the run.",
        picture(),
        "Dotted arrows are choices, made by pure functions in `sre_agent/graph_routes.py`.",
        table(("worker", "phase", "writes"), rows),
    )
