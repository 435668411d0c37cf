"""The roster: every worker of the graph, and the fields of the notebook it may write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sre_agent.act.closer import closer
from sre_agent.act.executor import executor
from sre_agent.act.rollback import rollback
from sre_agent.act.verifier import verifier
from sre_agent.agent_state import Notebook
from sre_agent.decide.approval import approval
from sre_agent.decide.planner import planner
from sre_agent.decide.policy_gate import policy_gate
from sre_agent.domain.evidence import Specialist
from sre_agent.observe.dispatcher import dispatcher
from sre_agent.observe.specialist import specialist
from sre_agent.orient.reflector import reflector
from sre_agent.ports.run import Run

Worker = Callable[[Notebook, Run], Awaitable[Notebook]]


@dataclass(frozen=True)
class Post:
    """One worker, the phase it belongs to, and what it may write."""

    work: Worker
    phase: str
    writes: frozenset[str]


def _post(work: Worker, phase: str, *fields: str) -> Post:
    return Post(work, phase, frozenset(fields))


def _specialists() -> dict[str, Post]:
    return {
        one.value: _post(partial(specialist, one), "OBSERVE", "evidence", "unknowns") for one in Specialist
    }


ROSTER: Mapping[str, Post] = {
    "supervisor": _post(dispatcher, "OBSERVE", "turn", "questions", "asked", "wanted"),
    **_specialists(),
    "reflector": _post(
        reflector,
        "ORIENT",
        "decided",
        "reason",
        "wanted",
        "looks",
        "beliefs",
        "counselled",
        "ending",
        "ruled_out",
    ),
    "planner": _post(planner, "DECIDE", "attempt", "plan_digest", "next_step", "steps_left", "ending"),
    "policy_gate": _post(policy_gate, "DECIDE", "verdict", "approved", "ending"),
    "approval": _post(approval, "DECIDE", "approved", "plan_digest", "verdict", "ending"),
    "executor": _post(
        executor, "ACT", "next_step", "steps_left", "plan_digest", "approved", "recovery", "ending"
    ),
    "verifier": _post(verifier, "ACT", "recovery", "ruled_out", "ending"),
    "rollback": _post(rollback, "ACT", "rolled_back", "ruled_out", "plan_digest", "recovery", "ending"),
    "closer": _post(closer, "ACT"),
}
