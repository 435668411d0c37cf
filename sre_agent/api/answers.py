"""What a person's word about an incident means: the answer to a plan, a cancellation, another try; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import JsonValue

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Actor, Answer, Approval, Ruling, Verdict
from sre_agent.domain.plan import StepState
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.errors import Conflict, NotAllowed
from sre_agent.policy.consent import GLASS, consent, requirement
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.ledger import AnswersSeen, ChangeSet, IncidentUpdate

_NEXT: Final = 5
"""Priority of going on: somebody has just decided and is watching."""
_BEGUN: Final = frozenset({StepState.INTENDED, StepState.DONE, StepState.UNCERTAIN, StepState.UNDOING})
_MAY_BE_TRIED_AGAIN: Final = frozenset({Status.ESCALATED, Status.CLOSED})


GLASS_LASTS: Final = timedelta(minutes=10)
"""So long a yes by breaking the glass holds: it is for what is on fire now."""


class Word(NamedTuple):
    """What a person says, who it is, and when."""

    by: Actor
    at: datetime
    reason: str = ""
    breaks_glass: bool = False


class Given(NamedTuple):
    """An answer, and what it makes of the plan's standing."""

    approval: Approval
    change: ChangeSet | None
    """None where this very answer is on file already."""
    people: int
    people_needed: int
    complete: bool


def yes(incident: Incident, plans: Sequence[PlanRecord], digest: str, word: Word) -> Given:
    """Approve exactly this plan. Raises Conflict where it cannot be approved now, NotAllowed below the rank asked."""
    record, ruling = _answerable(incident, plans, digest)
    needed, by = requirement(ruling), word.by
    if by.role is None or by.role.rank < needed.rank:
        people = "one" if needed.people == 1 else f"{needed.people} different people of role"
        raise NotAllowed(f"this plan needs the yes of {people} {needed.role}; {by.name} is {by.role}")
    if by.name in needed.not_by:
        raise NotAllowed(f"{by.name} asked for this plan, and the law wants the yes of somebody else")
    standing = [each for each in record.approvals if each.answer is Answer.YES and word.at < each.expires_at]
    mine = next((each for each in standing if each.by.name == by.name), None)
    approval = mine or _approval(record, ruling, Answer.YES, word)
    after = consent(record.plan.digest, ruling, (*record.approvals, approval), now=word.at)
    count = f" ({len(after.by)} of {needed.people})" if needed.people > 1 else ""
    text = f"{by.name} approved the plan{count}{_because(word.reason)}"
    change = None if mine else _change(incident, record, approval, text)
    return Given(approval, change, len(after.by), needed.people, complete=after.standing.permits)


def glass(incident: Incident, plans: Sequence[PlanRecord], digest: str, word: Word) -> Given:
    """Approve exactly this plan alone, where the law asks for more than that. What it denies stays denied.

    Raises Conflict where it cannot be approved now or an ordinary yes would do, NotAllowed below the least role.
    """
    record, ruling = _answerable(incident, plans, digest)
    needed, by = requirement(ruling), word.by
    if by.role is None or by.role.rank < GLASS.rank:
        raise NotAllowed(f"breaking the glass needs the role {GLASS}; {by.name} is {by.role}")
    ordinary = _approval(record, ruling, Answer.YES, word)
    if consent(record.plan.digest, ruling, (*record.approvals, ordinary), now=word.at).standing.permits:
        raise Conflict("an ordinary yes of yours is enough for this plan: approve it")
    until = min(ordinary.expires_at, word.at + GLASS_LASTS)
    approval = ordinary.model_copy(update={"break_glass": True, "expires_at": until})
    wanted = (
        f"{needed.people} different {needed.role}s"
        if needed.people > 1
        else f"somebody else: one {needed.role}"
    )
    text = f"BREAK-GLASS: {by.name} alone approved what the law wants of {wanted}{_because(word.reason)}"
    return Given(approval, _change(incident, record, approval, text), 1, needed.people, complete=True)


def no(incident: Incident, plans: Sequence[PlanRecord], digest: str, word: Word) -> Given:
    """Reject exactly this plan: one no from anybody who may answer at all is enough. Raises Conflict."""
    record, ruling = _answerable(incident, plans, digest)
    approval = _approval(record, ruling, Answer.NO, word)
    change = _change(incident, record, approval, f"{word.by.name} rejected the plan{_because(word.reason)}")
    return Given(approval, change, 0, requirement(ruling).people, complete=True)


def _answerable(incident: Incident, plans: Sequence[PlanRecord], digest: str) -> tuple[PlanRecord, Ruling]:
    if incident.merged_into is not None:
        raise Conflict(f"incident {incident.id} joined {incident.merged_into}; answer the plan of that one")
    if incident.status is not Status.AWAITING_APPROVAL:
        raise Conflict(f"incident {incident.id} is {incident.status}: no plan waits for an answer")
    newest = plans[0] if plans else None
    if newest is None or newest.plan.digest != digest:
        now = newest.plan.digest if newest else "none"
        raise Conflict(
            f"plan {digest[:12]}… is not the newest one ({now} is); look at that before you answer"
        )
    ruling = newest.ruling
    if ruling is None or ruling.verdict is not Verdict.NEEDS_APPROVAL:
        said = ruling.verdict if ruling else "nothing yet"
        raise Conflict(f"the law says {said} of this plan: no answer is asked")
    refusal = next((each for each in newest.approvals if each.answer is Answer.NO), None)
    if refusal is not None:
        raise Conflict(f"{refusal.by.name} has already rejected this plan{_because(refusal.reason)}")
    return newest, ruling


def _approval(record: PlanRecord, ruling: Ruling, answer: Answer, word: Word) -> Approval:
    return Approval(
        incident_id=record.plan.incident_id,
        plan_digest=record.plan.digest,
        answer=answer,
        by=word.by,
        reason=word.reason,
        at=word.at,
        expires_at=word.at + timedelta(seconds=ruling.approval_expires_after_seconds),
    )


def _change(incident: Incident, record: PlanRecord, approval: Approval, text: str) -> ChangeSet:
    """Approval, journal entry and job in one transaction, and only if nobody has answered in the meantime.

    The runner is woken by every answer, also where more are needed: two people who answer at once may each think
    that the other's is still missing.
    """
    word = Word(approval.by, approval.at, approval.reason)
    body: JsonObject = {
        "plan_digest": approval.plan_digest,
        "answer": approval.answer.value,
        "by": approval.by.name,
        "role": approval.by.role.value if approval.by.role else None,
        "reason": approval.reason,
        "expires_at": approval.expires_at.isoformat(),
    }
    kind = Kind.GLASS_BROKEN if approval.break_glass else Kind.APPROVAL_ANSWERED
    key = f"answer:{approval.plan_digest[:16]}:{approval.by.name}:{approval.at.isoformat()}"
    return ChangeSet(
        incident_id=incident.id,
        at=approval.at,
        entries=(_entry(key, kind, word, text, body),),
        approval=approval,
        jobs=(_go_on(incident.id, approval.at),),
        expected_status=Status.AWAITING_APPROVAL,
        expected_answers=AnswersSeen(plan_digest=approval.plan_digest, count=len(record.approvals)),
    )


def looked_again(incident: Incident, at: datetime) -> ChangeSet:
    """Wake the runner, to withdraw a plan whose ground moved and to make another."""
    return ChangeSet(
        incident_id=incident.id,
        at=at,
        jobs=(_go_on(incident.id, at),),
        expected_status=Status.AWAITING_APPROVAL,
    )


def cancelled(incident: Incident, plans: Sequence[PlanRecord], word: Word) -> ChangeSet:
    """Stop working on it; what was done stays done, and is said. Raises Conflict where it has ended already."""
    if incident.status.is_final:
        raise Conflict(f"incident {incident.id} has ended already: it is {incident.status}")
    steps = plans[0].steps if plans else ()
    begun = sum(step.state in _BEGUN for step in steps)
    kept = f" {begun} step(s) of the plan were begun or done, and are not taken back." if begun else ""
    text = f"Cancelled by {word.by.name}{_because(word.reason) or '.'}{kept}"
    update = IncidentUpdate(status=Status.CLOSED, outcome=Outcome.CANCELLED, summary=text, closed_at=word.at)
    body = _body(word, status=Status.CLOSED.value, outcome=Outcome.CANCELLED.value, steps_begun=begun)
    return ChangeSet(
        incident_id=incident.id,
        at=word.at,
        entries=(_entry(f"cancelled:{word.at.isoformat()}", Kind.INCIDENT_ENDED, word, text, body),),
        update=update,
        expected_status=incident.status,
    )


def tried_again(incident: Incident, word: Word) -> ChangeSet:
    """Investigate once more; one that has not ended is only looked at at once. Raises Conflict."""
    again = incident.status.is_final
    if again:
        _refuse_what_cannot_be_retried(incident)
    text = f"{word.by.name} asks to {'try again' if again else 'go on now'}{_because(word.reason) or '.'}"
    update = IncidentUpdate(status=Status.OPEN) if again else IncidentUpdate()
    kind = Kind.STATUS_CHANGED if again else Kind.NOTE_ADDED
    status = Status.OPEN if again else incident.status
    body = _body(word, status=status.value, was=incident.status.value)
    return ChangeSet(
        incident_id=incident.id,
        at=word.at,
        entries=(_entry(f"retried:{word.at.isoformat()}", kind, word, text, body),),
        update=update,
        jobs=(_go_on(incident.id, word.at),),
        expected_status=incident.status,
    )


def _refuse_what_cannot_be_retried(incident: Incident) -> None:
    if incident.outcome is Outcome.MERGED:
        raise Conflict(f"incident {incident.id} was merged into {incident.merged_into}; retry that one")
    if incident.status not in _MAY_BE_TRIED_AGAIN:
        raise Conflict(
            f"incident {incident.id} is {incident.status}: nothing is left to try; ask a question instead"
        )


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _body(word: Word, **more: JsonValue) -> JsonObject:
    return {"by": word.by.name, "reason": word.reason, **more}


def _entry(key: str, kind: Kind, word: Word, text: str, body: JsonObject) -> JournalDraft:
    return JournalDraft(key=JournalKey(key), kind=kind, actor=word.by.name, text=text, body=body, at=word.at)


def _go_on(incident_id: IncidentId, at: datetime) -> JobDraft:
    return JobDraft(
        kind=JobKind.INVESTIGATE, lock=incident_id, incident_id=incident_id, run_at=at, priority=_NEXT
    )
