"""What is filed when a run fails for a fault of ours, or waits for what is away: the notes, and the hand-over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.domain.frozen import digest_of
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.plan import StepState
from sre_agent.domain.work import Job
from sre_agent.errors import Retryable
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run

MAX_FAILURES: Final = 6
"""A run that fails this often for a fault of ours is handed to a person."""
ACTOR: Final = "runner"
_FAILED: Final = "run failed "
_PAGE: Final = 1000
_ENDS: Final = frozenset({Kind.ESCALATED, Kind.INCIDENT_ENDED})
_BEGUN: Final = frozenset({StepState.INTENDED, StepState.DONE, StepState.UNCERTAIN, StepState.UNDOING})


async def failures_so_far(run: Run) -> int:
    """How often it failed since the incident began, or was taken up again. Raises NotFound where it is gone."""
    await run.archive.incident(run.incident_id)
    count = after = 0
    while page := await run.archive.journal(run.incident_id, after=after, limit=_PAGE):
        for entry in page:
            count = 0 if entry.kind in _ENDS else count + entry.key.startswith(_FAILED)
        after = page[-1].seq
    return count


def failed_note(job: Job, bug: Exception, wait: timedelta, now: datetime) -> JournalDraft:
    """The fault by its type alone: its words may hold anything, and stand in the log."""
    text = (
        f"The run stopped for a fault of this software ({type(bug).__name__}); "
        f"it is tried again in {wait.total_seconds():.0f} s."
    )
    return _note(f"{_FAILED}{job.id} {job.attempts}", text, now)


def waiting_note(away: Retryable, now: datetime) -> JournalDraft:
    """The same reason is told once, however long it is waited for."""
    text = f"Waiting, since the incident cannot go on without it: {away}. It is tried again until it works."
    return _note(f"waiting {digest_of(str(away))[:12]}", text, now)


def _note(key: str, text: str, now: datetime) -> JournalDraft:
    return JournalDraft(key=JournalKey(key), kind=Kind.NOTE_ADDED, actor=ACTOR, text=text, at=now)


async def handed_over(run: Run, incident: Incident, bug: Exception, failures: int) -> ChangeSet:
    """The incident's end where this software cannot go on, with what of the plan may be in effect."""
    plans, now = await run.archive.plans(run.incident_id), run.clock.now()
    begun = [step for record in plans[:1] for step in record.steps if step.state in _BEGUN]
    keys = {step.key for step in begun}
    standing = [step.statement for record in plans[:1] for step in record.plan.steps if step.key in keys]
    effect = (
        f"Begun or done, and not taken back: {' '.join(standing)}" if standing else "Nothing was changed."
    )
    text = (
        f"The run failed {failures} times for a fault of this software ({type(bug).__name__}); "
        f"a person takes over. {effect}"
    )
    entry = JournalDraft(
        key=JournalKey(f"handed over {now.isoformat()}"),
        kind=Kind.ESCALATED,
        actor=ACTOR,
        text=text,
        body={
            "status": Status.ESCALATED.value,
            "outcome": Outcome.SOFTWARE_FAULT.value,
            "failures": failures,
        },
        at=now,
    )
    update = IncidentUpdate(
        status=Status.ESCALATED, outcome=Outcome.SOFTWARE_FAULT, summary=text, closed_at=now
    )
    return ChangeSet(
        incident_id=run.incident_id,
        at=now,
        entries=(entry,),
        update=update,
        expected_status=incident.status,
    )
