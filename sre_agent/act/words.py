"""What the journal says of steps that are done, undone, or stopped; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sre_agent.agent_state import JsonMap
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import JournalKey, StepKey
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.plan import Call, Plan, Step

_SHORT: Final = 16
_FROM_RESULT: Final = ("changed", "already_done", "diff", "before", "after", "generation", "undo", "warnings")


def plan_key(plan: Plan, *parts: object) -> JournalKey:
    return JournalKey("/".join(str(part) for part in (plan.digest[:_SHORT], *parts)))


def step_key(key: StepKey, *parts: object) -> JournalKey:
    return JournalKey("/".join(str(part) for part in (key, *parts)))


def undo_key(step: Step) -> StepKey:
    """The idempotency key of taking a step back."""
    return StepKey(f"{step.key}-undo")


def status_entry(plan: Plan, status: Status, actor: str, now: datetime) -> JournalDraft:
    text = f"The incident is {status.value.replace('_', ' ')}."
    key = plan_key(plan, "status", status.value)
    return draft((key, Kind.STATUS_CHANGED, actor), text, {"status": status.value}, now)


def intended(step: Step, call: Call, key: StepKey, tries: int, now: datetime) -> JournalDraft:
    """Written before the call, so that a crash leaves a trace of what may have been sent."""
    undoing = key != step.key
    what = f"take back: {step.statement}" if undoing else step.statement
    again = f" (sent for the {tries}. time)" if tries > 1 else ""
    body: JsonObject = {
        **about(step, key),
        "server": call.server,
        "tool": call.tool,
        "arguments": call.arguments,
        "tries": tries,
    }
    entry = (step_key(key, "intended", tries), Kind.STEP_INTENDED, actor_of(undoing))
    return draft(entry, f"About to {what[:1].lower()}{what[1:]}{again}", body, now)


def silent(step: Step, key: StepKey, tries: int, why: str, now: datetime) -> JournalDraft:
    text = f"It is not known whether this arrived, so the world is asked before anything is sent again: {why}"
    entry = (step_key(key, "silent", tries), Kind.NOTE_ADDED, actor_of(key != step.key))
    return draft(entry, text, {**about(step, key), "error": why}, now)


def done(step: Step, result: JsonObject, now: datetime) -> JournalDraft:
    """The same entry whether the answer came at once or was found in the world after a crash."""
    already = " It was there already." if result.get("already_done") else ""
    entry = (step_key(step.key, "done"), Kind.STEP_DONE, actor_of(False))
    body = {**about(step, step.key), **_of(result)}
    if step.call is not None:
        body |= {"server": step.call.server, "tool": step.call.tool}
    return draft(entry, f"Done: {step.statement}{already}", body, now)


def reconciled(step: Step, key: StepKey, why: str, now: datetime) -> JournalDraft:
    text = f"Found done in the world, so it is not done again: {step.statement} {why}".rstrip()
    entry = (step_key(key, "reconciled"), Kind.STEP_RECONCILED, actor_of(key != step.key))
    return draft(entry, text, {**about(step, key), "why": why}, now)


def undone(step: Step, statement: str, result: JsonObject, now: datetime) -> JournalDraft:
    """`statement` says how it was taken back."""
    key = undo_key(step)
    text = f"Taken back: {step.statement} {statement}".rstrip()
    entry = (step_key(key, "undone"), Kind.STEP_UNDONE, actor_of(True))
    return draft(entry, text, {**about(step, key), **_of(result)}, now)


def restored(step: Step, statement: str, result: JsonObject, now: datetime) -> JournalDraft:
    """`statement` says how it was restored."""
    key = undo_key(step)
    entry = (step_key(key, "restored"), Kind.STEP_RESTORED, actor_of(True))
    return draft(
        entry, f"Restored, as its time was up: {statement}", {**about(step, key), **_of(result)}, now
    )


def failed(step: Step, key: StepKey, why: str, now: datetime) -> JournalDraft:
    undoing = key != step.key
    what = "Could not be taken back" if undoing else "Could not be done"
    entry = (step_key(key, "failed"), Kind.STEP_FAILED, actor_of(undoing))
    return draft(entry, f"{what}: {step.statement} {why}", {**about(step, key), "error": why}, now)


def ending(outcome: Outcome, summary: str, status: Status = Status.ESCALATED) -> JsonMap:
    return {"status": status.value, "outcome": outcome.value, "summary": summary}


def what_stands(steps: tuple[Step, ...]) -> str:
    """Said at every end that leaves steps in effect."""
    if not steps:
        return "Nothing of the plan is in effect."
    listed = " ".join(f"{step.statement} (to take it back: {step.undo.statement})" for step in steps)
    return f"Still in effect: {listed}"


def about(step: Step, key: StepKey) -> JsonObject:
    return {"step": step.index, "key": key, "action": step.action, "target": str(step.target)}


def _of(result: JsonObject) -> JsonObject:
    return {name: result[name] for name in _FROM_RESULT if name in result}


def actor_of(undoing: bool) -> str:
    return "rollback" if undoing else "executor"


def draft(entry: tuple[JournalKey, Kind, str], text: str, body: JsonObject, now: datetime) -> JournalDraft:
    key, kind, actor = entry
    return JournalDraft(key=key, kind=kind, actor=actor, text=text, body=body, at=now)
