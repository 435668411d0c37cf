"""The draft of a post-mortem: what happened, why, what was done and what is left to do, all from what is on file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.incident import Incident, Outcome
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Answer, Approval, Ruling
from sre_agent.domain.plan import Plan, Step, StepRecord, StepState
from sre_agent.domain.verification import Verification

TOLD = frozenset(
    {
        Kind.ALERT_RECEIVED, Kind.ALERT_RESOLVED, Kind.INCIDENT_MERGED, Kind.MODEL_ANSWERED, Kind.DIAGNOSIS_MADE, Kind.APPROVAL_ASKED,
        Kind.APPROVAL_ANSWERED, Kind.GLASS_BROKEN, Kind.APPROVAL_STALE, Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_UNDONE,
        Kind.ESCALATED, Kind.INCIDENT_ENDED,
    }
)  # fmt: skip
"""Kinds of entries that a reader wants in the timeline; the rest stays in the journal."""
_QUOTES = 6


@dataclass(frozen=True)
class ReportedPlan:
    """A plan with what was said and done about it."""

    plan: Plan
    ruling: Ruling | None
    approvals: tuple[Approval, ...]
    steps: tuple[StepRecord, ...]
    verifications: tuple[Verification, ...]


@dataclass(frozen=True)
class Case:
    """Everything on file about one incident; `plans` newest first, `hypotheses` best first."""

    incident: Incident
    alerts: tuple[FiledAlert, ...]
    journal: tuple[JournalEntry, ...]
    hypotheses: tuple[Hypothesis, ...]
    plans: tuple[ReportedPlan, ...]


class Moments(Frozen):
    """When the incident passed each of its marks; None where it did not."""

    began: Moment
    first_hypothesis: Moment | None
    decided: Moment | None
    acted: Moment | None
    ended: Moment | None


class TimelineLine(Frozen):
    at: Moment
    who: str
    text: str
    seq: int
    """The journal's entry that says it."""


class Quote(Frozen):
    """Words that stand in a piece of evidence."""

    evidence: str
    source: str
    words: str


class ActionTaken(Frozen):
    """One step: what, how it ended, under which rule, and who allowed it."""

    statement: str
    state: str
    rule: str
    allowed_by: str
    undo: str


class PostMortem(Frozen):
    """The draft, in the order in which it is read."""

    incident_id: str
    title: str
    status: str
    summary: str
    impact: tuple[str, ...]
    moments: Moments
    cause: str
    statement: str
    confidence: float | None
    quotes: tuple[Quote, ...]
    ruled_out: tuple[str, ...]
    timeline: tuple[TimelineLine, ...]
    actions: tuple[ActionTaken, ...]
    proof: tuple[str, ...]
    follow_ups: tuple[str, ...]


def postmortem(case: Case) -> PostMortem:
    """The same case gives the same draft; nothing in it is not on file."""
    incident, root = case.incident, _root(case)
    return PostMortem(
        incident_id=incident.id,
        title=incident.title,
        status=incident.status.value,
        summary=incident.summary,
        impact=tuple(_impact(case)),
        moments=_moments(case),
        cause=incident.cause,
        statement=root.statement if root else "No root cause was found.",
        confidence=incident.confidence,
        quotes=tuple(_quotes(root)),
        ruled_out=tuple(_ruled_out(case)),
        timeline=tuple(
            TimelineLine(at=one.at, who=one.actor, text=one.text, seq=one.seq)
            for one in case.journal
            if one.kind in TOLD
        ),
        actions=tuple(_actions(case)),
        proof=tuple(_proof(case)),
        follow_ups=tuple(_follow_ups(case)),
    )


def _root(case: Case) -> Hypothesis | None:
    """The hypothesis that the incident's row names as its cause."""
    named = (case.incident.cause, case.incident.cause_entity)
    return next((one for one in case.hypotheses if (one.cause, one.entity) == named), None)


def _impact(case: Case) -> Iterator[str]:
    for filed in case.alerts:
        words = filed.alert.annotations.get("summary") or filed.alert.annotations.get("description") or ""
        about = f" ({filed.entity})" if filed.entity else ""
        yield f"{filed.alert.name}{about}, {filed.severity.value}{': ' + words if words else ''}"


def _moments(case: Case) -> Moments:
    starts = [filed.alert.starts_at for filed in case.alerts]
    return Moments(
        began=min([*starts, case.incident.opened_at]),
        first_hypothesis=case.incident.first_hypothesis_at,
        decided=_first(case, Kind.DIAGNOSIS_MADE),
        acted=_first(case, Kind.STEP_DONE),
        ended=case.incident.closed_at if case.incident.status.is_final else None,
    )


def _first(case: Case, kind: Kind) -> datetime | None:
    return next((entry.at for entry in case.journal if entry.kind is kind), None)


def _quotes(root: Hypothesis | None) -> Iterator[Quote]:
    for citation in (root.evidence if root else ())[:_QUOTES]:
        yield Quote(evidence=citation.id, source=citation.source, words=citation.excerpt)


def _ruled_out(case: Case) -> Iterator[str]:
    for one in case.hypotheses:
        if one.ruled_out_by:
            yield f"{one.cause} of {one.entity}: {one.ruled_out_by}"


def _actions(case: Case) -> Iterator[ActionTaken]:
    for record in reversed(case.plans):
        states = {step.index: step.state for step in record.steps}
        for step in record.plan.steps:
            yield ActionTaken(
                statement=step.statement,
                state=_state(step, states.get(step.index)),
                rule=_rule(record, step),
                allowed_by=_allowed_by(record),
                undo=step.undo.statement,
            )


def _state(step: Step, state: StepState | None) -> str:
    if step.call is None:
        return "left to a person"
    return state.value if state else "not done"


def _rule(record: ReportedPlan, step: Step) -> str:
    judgements = record.ruling.judgements if record.ruling else ()
    return next((one.rule for one in judgements if one.step == step.index), "")


def _allowed_by(record: ReportedPlan) -> str:
    people = [one.by.name for one in record.approvals if one.answer is Answer.YES]
    if people:
        return ", ".join(people)
    refused = [one.by.name for one in record.approvals if one.answer is Answer.NO]
    return f"nobody; {', '.join(refused)} said no" if refused else "the law"


def _proof(case: Case) -> Iterator[str]:
    last = next((record.verifications[-1] for record in case.plans if record.verifications), None)
    if last is not None:
        yield last.summary
        for check in last.checks:
            mark = {True: "holds", False: "does not hold", None: "cannot be told"}[check.passed]
            yield f"{check.name}: {mark}. {check.sentence}"


def _follow_ups(case: Case) -> Iterator[str]:
    """What is left to do, each from a fact on file."""
    outcome = case.incident.outcome
    if outcome in (Outcome.NO_SAFE_ACTION, Outcome.NOT_RECOVERED, Outcome.STEP_UNCERTAIN):
        yield f"The incident was handed over ({outcome.value}): write down what brought recovery in the end."
    for record in case.plans:
        for step in record.plan.steps:
            if step.call is None:
                yield f"For a person: {step.statement}"
    if root := _root(case):
        yield _lesson(root)
    yield from _suggested(case)
    unseen = {str(entry.text) for entry in case.journal if entry.kind is Kind.UNKNOWN_NOTED}
    for text in sorted(unseen):
        yield f"Could not be seen: {text}"
    if not any(filed.alert.annotations.get("runbook_url") for filed in case.alerts) and case.alerts:
        yield "None of its alerts names a runbook: write one, and link it as runbook_url."


def _suggested(case: Case) -> Iterator[str]:
    """What a language model thought of, beside what the last diagnosis says of it: for a person to look into."""
    made = next((one for one in reversed(case.journal) if one.kind is Kind.DIAGNOSIS_MADE), None)
    told = made.body.get("suggested") if made else None
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(entity := one.get("entity"), dict):
            place = "/".join(str(entity[part]) for part in ("namespace", "name") if entity.get(part))
            cause = f"{one.get('cause')} of {entity.get('kind')} {place}"
            yield f"For a person to look into: {cause}, {one.get('stands')} ({one.get('why')})"


def _lesson(root: Hypothesis) -> str:
    """What people should find out about the cause."""
    if root.change is not None:
        name = root.change.title or root.change.revision
        return f"Find out why {name} was released as it was, and what would have caught it."
    return (
        f"Find out what brought about {root.cause} of {root.entity}, and what would have caught it earlier."
    )
