"""How a run begins: afresh, with the answer to its interrupt, or where it was when its process died."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from langgraph.types import Command, StateSnapshot

from sre_agent.agent_state import Notebook
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.graph_faults import ACTOR
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run

AFRESH: Final = "__overwrite__"
"""LangGraph's own word, in the form that is JSON, for a value that replaces and does not join."""


def beginning(incident: Incident, snapshot: StateSnapshot) -> Notebook | Command[str] | None:
    """What to hand the graph: a fresh notebook, an answer to its interrupt, or nothing (go on).

    Resuming a thread that does not exist would silently start it with an empty state, and resuming a
    finished one does nothing: so the checkpoint is always looked at first. An incident that is open has
    just been opened, or taken up again after its end: what is left of an earlier run is not gone on with.

    Not `snapshot.next`: that is empty too where the workers of a step have finished and the process died
    before their results were put together.
    """
    if incident.status is Status.OPEN or not snapshot.tasks:
        return _fresh(incident, snapshot.values)
    return Command(resume="look again") if snapshot.interrupts else None


def _fresh(incident: Incident, before: Mapping[str, Any]) -> Notebook:
    """A notebook to begin with. Turns and attempts go on counting, since journal and steps are named by them."""
    notes = {
        "incident_id": incident.id,
        "may_act": incident.origin is Origin.ALERT,
        "turn": before.get("turn", 0),
        "turns_before": before.get("turn", 0),
        "attempt": before.get("attempt", 0),
        "attempts_before": before.get("attempt", 0),
        **{name: {AFRESH: []} for name in ("asked", "evidence", "unknowns")},
        "wanted": [],
        "decided": "",
        "looks": 0,
        "ending": {},
        "plan_digest": "",
        "approved": False,
        "recovery": "",
    }
    return cast(Notebook, notes)


async def say_begun(run: Run, snapshot: StateSnapshot, *, afresh: bool) -> None:
    lease, now = run.lease(), run.clock.now()
    at = "supervisor" if afresh else ", ".join(dict.fromkeys(task.name for task in snapshot.tasks))
    entry = JournalDraft(
        key=JournalKey(f"run {lease.fence}"),
        kind=Kind.RUN_STARTED if afresh else Kind.RUN_RESUMED,
        actor=ACTOR,
        text=f"{'begins' if afresh else 'goes on'} at {at}",
        body={"owner": lease.owner, "fence": lease.fence},
        at=now,
    )
    await run.ledger.write(
        ChangeSet(incident_id=run.incident_id, at=now, fence=lease.fence, entries=(entry,))
    )
