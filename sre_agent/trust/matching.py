"""Whether a planned step was the right one: by what people answered, what came of it, or what they did themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sre_agent.domain.incident import Incident, Outcome
from sre_agent.domain.law import Answer, Approval, Judgement, Ruling, Verdict
from sre_agent.domain.plan import Plan, Step, StepRecord, StepState
from sre_agent.domain.trust import Agreement, Sample
from sre_agent.domain.verification import Recovery, Verification

_REFUTED: Final = frozenset({Recovery.WORSE, Recovery.NOT_YET})
_TAKEN_BACK: Final = frozenset({StepState.UNDONE, StepState.UNDOING})
_TOUCHED: Final = _TAKEN_BACK | {StepState.DONE, StepState.RESTORING, StepState.RESTORED}
_ALIKE_BUT_FOR_THE_TIME: Final = frozenset({"rollout_restart"})
"""What such a step writes is the time at which it is done."""
_KEYS_OF_OURS: Final = ("sre-agent.io/", "deployment.kubernetes.io/revision")


class Planned(NamedTuple):
    """A plan with everything that was said and done about it."""

    plan: Plan
    ruling: Ruling | None
    approvals: Sequence[Approval]
    steps: Sequence[StepRecord]
    verifications: Sequence[Verification]


class Seen(NamedTuple):
    """A step's target as it is now: what the step would change today, whether its ground moved, whether it is gone."""

    diff: str
    moved: bool
    gone: bool = False


def samples_of(incident: Incident, planned: Planned) -> tuple[Sample, ...]:
    """What one plan teaches, a sample for each step; nothing where it is still open or the rules forbade it."""
    ruling = planned.ruling
    if ruling is None or (ruling.verdict is Verdict.DENIED and not ruling.held_back):
        return ()
    judged = {each.step: each for each in ruling.judgements}
    found = []
    for step in planned.plan.steps:
        judgement = judged.get(step.index)
        if step.call is None or judgement is None or judgement.by_rules is Verdict.DENIED:
            continue
        told = _held_back() if ruling.held_back else _told(incident, planned, step)
        if told is not None:
            found.append(_sample(incident, planned.plan, step, judgement, told))
    return tuple(found)


class _Told(NamedTuple):
    agreement: Agreement
    why: str
    wrong: bool = False


def _held_back() -> _Told:
    return _Told(Agreement.PENDING, "nothing was done; what people do will be compared")


def _told(incident: Incident, planned: Planned, step: Step) -> _Told | None:
    """None where it is too early to say."""
    state = next((each.state for each in planned.steps if each.index == step.index), None)
    if state in _TOUCHED:
        return _after(incident, planned, state)
    refusal = next((each for each in planned.approvals if each.answer is Answer.NO), None)
    if refusal is not None:
        return _Told(
            Agreement.DIFFERED, f"{refusal.by.name} rejected it: {refusal.reason or 'no reason given'}"
        )
    if not incident.status.is_final:
        return None
    return _Told(Agreement.UNDECIDED, "it was neither done nor rejected")


def _after(incident: Incident, planned: Planned, state: StepState | None) -> _Told | None:
    """What came of a step that was done."""
    if state in _TAKEN_BACK:
        return _Told(Agreement.DIFFERED, "it was done, and taken back", wrong=True)
    last = planned.verifications[-1] if planned.verifications else None
    if last is None and not incident.status.is_final:
        return None
    if last is not None and last.recovery is Recovery.RECOVERED:
        return _Told(Agreement.AGREED, "it was done, and recovery was proved")
    if (last is not None and last.recovery in _REFUTED) or incident.outcome is Outcome.NOT_RECOVERED:
        return _Told(Agreement.DIFFERED, "it was done, and recovery did not come", wrong=True)
    return _Told(Agreement.UNDECIDED, "it was done, and nobody can tell whether it helped")


def _sample(incident: Incident, plan: Plan, step: Step, judgement: Judgement, told: _Told) -> Sample:
    return Sample(
        incident_id=incident.id,
        plan_digest=plan.digest,
        step=step.index,
        service=service_of(plan, step),
        action=step.action,
        level=judgement.autonomy,
        agreement=told.agreement,
        wrong=told.wrong,
        why=told.why,
        planned_at=plan.made_at,
    )


def service_of(plan: Plan, step: Step) -> str:
    """Whom a step is about, by a name that outlives pods: `namespace/name`, or `Kind/name` where there is no namespace."""
    target = step.target
    if target.kind == "Pod" and plan.entity.kind != "Pod" and plan.entity.namespace:
        target = plan.entity
    return f"{target.namespace}/{target.name}" if target.namespace else f"{target.kind}/{target.name}"


def compared(step: Step, seen: Seen, *, quiet: bool) -> tuple[Agreement, str]:
    """A step that was held back beside the world after people had the incident; `quiet`: its alerts are over."""
    if seen.gone and step.action in ("delete_pod", "evict_pod"):
        return Agreement.AGREED, f"{step.target} was removed by somebody else, as planned"
    if seen.gone:
        return Agreement.DIFFERED, f"{step.target} is gone; the plan would have kept it"
    if seen.moved and _is_the_same(step, seen.diff):
        return Agreement.AGREED, f"{step.target} was changed by somebody else exactly as planned"
    if seen.moved:
        return Agreement.DIFFERED, f"{step.target} was changed by somebody else, and otherwise than planned"
    if quiet:
        return Agreement.DIFFERED, f"it recovered although nobody changed {step.target}"
    return Agreement.UNDECIDED, "nobody changed anything, and it is not over"


def _is_the_same(step: Step, diff: str) -> bool:
    """Nothing is left to change, or doing it today would take away exactly what it would have brought."""
    brought, taken = set(_lines(step.diff, "+")), set(_lines(diff, "-"))
    if not taken and not set(_lines(diff, "+")):
        return True
    if step.action in _ALIKE_BUT_FOR_THE_TIME:
        return bool(brought) and {_key(line) for line in brought} == {_key(line) for line in taken}
    return bool(brought) and brought == taken


def _lines(diff: str, sign: str) -> Iterator[str]:
    """Lines that a diff adds or takes away, without its head and our own marks."""
    for line in diff.splitlines():
        text = line[1:].strip()
        if (
            line.startswith(sign)
            and not line.startswith(sign * 3)
            and not any(key in text for key in _KEYS_OF_OURS)
        ):
            yield text


def _key(line: str) -> str:
    return line.partition(": ")[0]


def is_over(planned_at: datetime, now: datetime, window_seconds: float) -> bool:
    return (now - planned_at).total_seconds() >= window_seconds


def key_of(sample: Sample) -> str:
    return f"{sample.incident_id}/{sample.plan_digest[:16]}/{sample.step}"
