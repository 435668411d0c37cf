"""The last node: files how it ended, and what a person should do where we stop."""

from __future__ import annotations

from sre_agent.agent_state import Notebook
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run


async def closer(state: Notebook, run: Run) -> Notebook:
    """Set the final status and say it in the journal; running again changes nothing."""
    incident = await run.archive.incident(run.incident_id)
    if incident.status.is_final:
        return {}
    status, outcome, summary = _ending(state, incident)
    now = run.clock.now()
    escalated = status is Status.ESCALATED
    entry = JournalDraft(
        key=JournalKey(f"ended {state.get('turn', 0)} {state.get('attempt', 0)} {outcome}"),
        kind=Kind.ESCALATED if escalated else Kind.INCIDENT_ENDED,
        actor="sre-agent",
        text=summary,
        body={"status": status.value, "outcome": outcome.value, "unknowns": list(state.get("unknowns", []))},
        at=now,
    )
    update = IncidentUpdate(
        status=status, outcome=outcome, closed_at=now, summary=_summary(incident, summary)
    )
    change = ChangeSet(
        incident_id=run.incident_id, at=now, fence=run.lease().fence, entries=(entry,), update=update
    )
    await run.ledger.write(change)
    return {}


def _ending(state: Notebook, incident: Incident) -> tuple[Status, Outcome, str]:
    told = state.get("ending") or {}
    if not told and incident.origin is Origin.QUESTION:
        return Status.CLOSED, Outcome.ANSWERED, state.get("reason", "")
    if not told:
        return (
            Status.ESCALATED,
            Outcome.INSUFFICIENT_EVIDENCE,
            state.get("reason", "the run ended without a decision"),
        )
    return Status(str(told["status"])), Outcome(str(told["outcome"])), str(told.get("summary", ""))


def _summary(incident: Incident, ending: str) -> str:
    """The cause first, where one was found; then how it ended."""
    if incident.cause and incident.summary and incident.summary not in ending:
        return f"{incident.summary} {ending}"
    return ending
