"""What taking a plan back consists of, may do, and ends in; pure."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.act import words
from sre_agent.act.rules import Kind, Move, Records, standing, undo_of
from sre_agent.agent_state import JsonMap
from sre_agent.domain.incident import Outcome
from sre_agent.domain.law import Ruling, Verdict
from sre_agent.domain.plan import Plan, Step, StepRecord, StepState, Undo
from sre_agent.domain.verification import Recovery

REFUTING = frozenset({Recovery.NOT_YET, Recovery.WORSE})
"""Verdicts after which the theory behind the plan is given up."""
_IN_EFFECT = frozenset({StepState.DONE, StepState.UNDOING})


def undo_plan(plan: Plan, records: Records) -> Plan:
    """The undos of all steps in effect, newest first, as steps that the law can judge."""
    undos = [
        _undo_step(step, records[step.index])
        for step in reversed(plan.steps)
        if step.index in records and records[step.index].state in _IN_EFFECT
    ]
    return plan.model_copy(update={"steps": tuple(step for step in undos if step.call is not None)})


def _undo_step(step: Step, record: StepRecord) -> Step:
    call, statement = undo_of(step, record)
    return step.model_copy(
        update={
            "call": call,
            "statement": statement,
            "undo": Undo(call=None, statement="it is an undo itself"),
            "key": words.undo_key(step),
            "verified_by": (),
            "diff": "",
        }
    )


def permitted_by(ruling: Ruling) -> frozenset[int]:
    """The steps whose undo the law simply allows; there is nobody to ask in the middle of taking back."""
    return frozenset(each.step for each in ruling.judgements if each.verdict is Verdict.ALLOWED)


def goes_on(why: Recovery, *, attempt: int, max_attempts: int) -> bool:
    """Whether the next theory is tried after a complete rollback."""
    return why in REFUTING and attempt < max_attempts


def refuted(plan: Plan) -> str:
    """How the given-up theory is remembered in the notebook's `ruled_out`."""
    return f"{plan.cause} {plan.entity}"


def failure_of(steps: Sequence[Step], records: Records) -> str:
    """Why a plan was stopped half-way, where a step failed."""
    failed = [each for each in steps if _state(records, each) is StepState.FAILED]
    return " ".join(f"{step.statement} failed: {records[step.index].error}" for step in failed)


def _state(records: Records, step: Step) -> StepState | None:
    record = records.get(step.index)
    return record.state if record is not None else None


def ending(plan: Plan, records: Records, move: Move, why: Recovery) -> JsonMap:
    """How it ends where no further theory is tried: what was taken back, what stands, and why."""
    undone = [step.statement for step in plan.steps if _state(records, step) is StepState.UNDONE]
    stands = standing(plan.steps, records)
    parts = (
        _reason(plan, records, why),
        f"Taken back, newest first: {' '.join(reversed(undone))}" if undone else "",
        _obstacle(move),
        words.what_stands(stands),
    )
    outcome = Outcome.STEP_UNCERTAIN if move.kind is Kind.DOUBT else Outcome.NOT_RECOVERED
    return words.ending(outcome, " ".join(part for part in parts if part))


def _reason(plan: Plan, records: Records, why: Recovery) -> str:
    if why is Recovery.WORSE:
        return "Signals became worse after the plan, so it was taken back at once."
    if why is Recovery.NOT_YET:
        return "The plan did not bring recovery in time."
    return failure_of(plan.steps, records) or "The plan was stopped half-way."


def _obstacle(move: Move) -> str:
    if move.step is None:
        return ""
    if move.kind is Kind.DOUBT:
        return f"Nobody can tell whether this was taken back: {move.step.statement} {move.why}"
    if move.kind is Kind.FORBIDDEN:
        return f"The law does not let the agent take this back by itself: {move.step.statement}"
    return f"This could not be taken back: {move.step.statement} {move.why}" if move.kind is Kind.FAIL else ""
