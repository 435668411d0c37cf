"""What a step that is done for a time leaves on file, and how it is restored; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.act import words
from sre_agent.act.rules import undo_of
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Actor, Ruling, Verdict
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Ground, Plan, Step, StepRecord, Undo
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.policy.consent import requirement

ASKED_BY: Final = "mitigation"
"""`PlanFacts.asked_by` where a step is restored because its time is up."""
_ACTOR: Final = "mitigation"


def begun(plan: Plan, step: Step, record: StepRecord) -> Mitigation | None:
    """The mitigation that a done step is; None where it is for good, changed nothing, or no call restores it."""
    call, statement = undo_of(step, record)
    if step.time_box is None or call is None or record.result.get("changed") is False:
        return None
    return Mitigation(
        key=step.key,
        incident_id=plan.incident_id,
        plan_digest=plan.digest,
        step=step.index,
        target=step.target,
        statement=step.statement,
        restore=statement,
        fix=step.time_box.fix,
        began_at=record.at,
        expires_at=record.at + timedelta(seconds=step.time_box.lasts_seconds),
        updated_at=record.at,
    )


def restore_job(incident_id: IncidentId, at: datetime) -> JobDraft:
    return JobDraft(kind=JobKind.RESTORE, lock=incident_id, incident_id=incident_id, run_at=at)


def restore_plan(plan: Plan, step: Step, record: StepRecord) -> Plan | None:
    """The way back as a step that the law can judge and the world be looked at for; None where there is none.

    It stands on what the step left there, as the server answered when it was done.
    """
    call, statement = undo_of(step, record)
    if call is None:
        return None
    expect = call.arguments.get("expect")
    told = expect if isinstance(expect, dict) else {}
    fields = told.get("fields")
    back = step.model_copy(
        update={
            "action": call.tool,
            "call": call,
            "statement": statement,
            "undo": Undo(call=step.call, statement=f"Again: {step.statement}"),
            "ground": Ground(
                uid=str(told.get("uid") or ""), fields=fields if isinstance(fields, dict) else {}
            ),
            "key": words.undo_key(step),
            "time_box": None,
            "diff": "",
            "verified_by": (),
        }
    )
    return plan.model_copy(update={"steps": (back,)})


def is_permitted(ruling: Ruling, mitigation: Mitigation) -> bool:
    """Whether it may be restored now: the law allows it, or asks for one person, who has said yes."""
    return is_enough(ruling, mitigation.yes_by)


def is_enough(ruling: Ruling, by: Actor | None) -> bool:
    """Whether the law allows it, or this person's yes is all that it asks for."""
    if ruling.verdict is not Verdict.NEEDS_APPROVAL:
        return ruling.verdict is Verdict.ALLOWED
    wanted = requirement(ruling)
    if by is None or by.role is None or by.name in wanted.not_by:
        return False
    return wanted.people == 1 and by.role.rank >= wanted.rank


def refusal(ruling: Ruling) -> str:
    """Why the law does not let it be restored now."""
    strict = [each for each in ruling.judgements if each.verdict is not Verdict.ALLOWED]
    return " ".join(dict.fromkeys(f"{each.sentence} (rule {each.rule})" for each in strict))


def became(mitigation: Mitigation, state: MitigationState, now: datetime, why: str = "") -> Mitigation:
    return mitigation.model_copy(update={"state": state, "why": why, "updated_at": now})


def began_entry(mitigation: Mitigation) -> JournalDraft:
    text = (
        f"Done for a time, until {mitigation.expires_at:%Y-%m-%d %H:%M} UTC; then: {mitigation.restore} "
        f"Permanent fix: {mitigation.fix}"
    )
    return _entry(mitigation, "began", Kind.MITIGATION_BEGAN, text, mitigation.began_at)


def due_entry(mitigation: Mitigation, now: datetime) -> JournalDraft:
    text = f"The time of this is up: {mitigation.statement} To restore it: {mitigation.restore}"
    return _entry(mitigation, f"due/{mitigation.expires_at.isoformat()}", Kind.MITIGATION_DUE, text, now)


def asked_entry(mitigation: Mitigation, now: datetime) -> JournalDraft:
    """What its owner is asked; `mitigation.why` says what stands in the way."""
    text = (
        f"Its time is up and it is not restored by itself: {mitigation.statement} {mitigation.why} "
        f"Restore it: sre-agent mitigations restore {mitigation.key}. Keep it: sre-agent mitigations keep "
        f"{mitigation.key}. Permanent fix: {mitigation.fix}"
    )
    return _entry(mitigation, f"asked/{mitigation.expires_at.isoformat()}", Kind.MITIGATION_ASKED, text, now)


def seen_after(mitigation: Mitigation, now: datetime, *, is_back: bool) -> JournalDraft:
    """`mitigation.why` says what was seen; where its alerts are back, its owner hears of it."""
    if not is_back:
        return _entry(mitigation, "after", Kind.NOTE_ADDED, f"{mitigation.why} ({mitigation.restore})", now)
    text = (
        f"{mitigation.why} What had held it down: {mitigation.statement} The new incident may do it again; "
        f"what is missing is the permanent fix: {mitigation.fix}"
    )
    return _entry(mitigation, "after", Kind.MITIGATION_ASKED, text, now)


def _entry(mitigation: Mitigation, part: str, kind: Kind, text: str, now: datetime) -> JournalDraft:
    body: JsonObject = {
        "key": mitigation.key,
        "step": mitigation.step,
        "target": str(mitigation.target),
        "expires_at": mitigation.expires_at.isoformat(),
        "restore": mitigation.restore,
        "fix": mitigation.fix,
        "why": mitigation.why,
    }
    return words.draft((words.step_key(mitigation.key, part), kind, _ACTOR), text, body, now)
