"""A past incident with the engine of today and any law: what was decided then beside what would be decided now."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sre_agent.domain.diagnosis import Diagnosis, Engine
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Incident, Outcome
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.law import Judgement, Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.offline.desk import diagnosis_of
from sre_agent.offline.differing import Blamed, differences, engine_then, engines_told
from sre_agent.offline.planning import planned
from sre_agent.orient.edition import engine
from sre_agent.policy.consent import asked_of
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.archive import PlanRecord
from sre_agent.snapshots.content import Snapshot

_NOTHING_STOOD = Blamed().statement


class Comparison(StrEnum):
    """Whether the engine of today would have done better; only an incident that was mended proves what was right."""

    SAME = "same"
    WORSE = "worse"
    """What was done then helped, and today something else would be blamed."""
    PERHAPS_BETTER = "perhaps_better"
    """What was done then did not help, and today something else would be blamed."""
    UNPROVEN = "unproven"
    """It differs, and how the incident ended does not tell which is right."""


class Ruled(Frozen):
    """A verdict with the rule that gave it and its sentence."""

    verdict: Verdict
    rule: str
    sentence: str

    @classmethod
    def of(cls, judgement: Judgement) -> Ruled:
        return cls(verdict=judgement.verdict, rule=judgement.rule, sentence=judgement.sentence)


class StepReplay(Frozen):
    """One step of a plan. `then` is none for a step that was not planned then, `now` where its facts were not kept."""

    index: int
    statement: str
    then: Ruled | None
    now: Ruled | None


class PlanReplay(Frozen):
    """A plan under both laws. `then_asked` and `now_asked`: who has to say yes, as `2 approver`; empty where nobody has."""

    plan_digest: Digest
    attempt: int
    then: Verdict | None
    now: Verdict | None
    then_asked: str
    now_asked: str
    steps: tuple[StepReplay, ...]


class Replay(Frozen):
    """Both sides. `differences`: each part of the answer that is another one today. `engine_then` is none where the journal
    names none. `would_plan`: what would be planned today for what would be blamed today."""

    comparison: Comparison
    said: str
    then: Blamed
    now: Blamed
    engine_then: Engine | None
    engine_now: Engine
    engines: str
    differences: tuple[str, ...]
    plans: tuple[PlanReplay, ...]
    would_plan: tuple[StepReplay, ...]


def replayed(
    incident: Incident,
    made: JournalEntry | None,
    snapshot: Snapshot,
    records: Iterable[PlanRecord],
    law: PolicyEngine,
) -> Replay:
    """`made`: the journal's entry of the diagnosis. Takes up to a second of work; nothing is contacted."""
    diagnosis, picture = diagnosis_of(snapshot)
    before, today = engine_then(made), engine()
    then, now = _blamed_then(incident), _blamed_by(diagnosis)
    comparison, said = compared(then, now, incident.outcome)
    would_plan = (
        StepReplay(
            index=each.step.index,
            statement=each.step.statement,
            then=None,
            now=Ruled.of(each.judgement) if each.judgement else None,
        )
        for each in planned(diagnosis, picture, law)
    )
    return Replay(
        comparison=comparison,
        said=said,
        then=then,
        now=now,
        engine_then=before,
        engine_now=today,
        engines=engines_told(before, today),
        differences=differences(then, now, made, diagnosis),
        plans=tuple(_plan(each.plan, each.ruling, law) for each in records),
        would_plan=tuple(would_plan),
    )


def compared(then: Blamed, now: Blamed, outcome: Outcome | None) -> tuple[Comparison, str]:
    """What the difference is worth, in a sentence for people."""
    if (then.cause, then.entity) == (now.cause, now.entity):
        return Comparison.SAME, _same(then, now)
    today = (
        f"today {now.cause} of {now.entity} would be blamed" if now.cause else "today no cause would stand"
    )
    if then.cause and outcome is Outcome.RECOVERED:
        return Comparison.WORSE, f"What was done for {then.cause} of {then.entity} helped; {today}."
    if then.cause and outcome is Outcome.NOT_RECOVERED:
        return (
            Comparison.PERHAPS_BETTER,
            f"What was done for {then.cause} of {then.entity} did not help; {today}.",
        )
    before = f"{then.cause} of {then.entity} was blamed" if then.cause else "no cause stood"
    return Comparison.UNPROVEN, f"Then {before}; {today}. How it ended does not tell which is right."


def _same(then: Blamed, now: Blamed) -> str:
    if not now.cause:
        return "Today, too, no cause would stand."
    if then.confidence is None or now.confidence is None:
        return "The same cause at the same place."
    return f"The same cause at the same place, {then.confidence:.2f} sure then and {now.confidence:.2f} now."


def _blamed_then(incident: Incident) -> Blamed:
    if not incident.cause:
        return Blamed(statement=incident.summary or _NOTHING_STOOD)
    return Blamed(
        cause=incident.cause,
        entity=incident.cause_entity,
        confidence=incident.confidence,
        statement=incident.summary,
    )


def _blamed_by(diagnosis: Diagnosis) -> Blamed:
    root = diagnosis.root
    if root is None:
        return Blamed(statement=diagnosis.reason or _NOTHING_STOOD)
    return Blamed(cause=root.cause, entity=root.entity, confidence=root.confidence, statement=root.statement)


def _plan(plan: Plan, ruling: Ruling | None, law: PolicyEngine) -> PlanReplay:
    now = law.judge(plan, ruling.facts) if ruling is not None and ruling.facts is not None else None
    before, after = _by_step(ruling), _by_step(now)
    return PlanReplay(
        plan_digest=plan.digest,
        attempt=plan.attempt,
        then=ruling.verdict if ruling else None,
        now=now.verdict if now else None,
        then_asked=asked_of(ruling) if ruling else "",
        now_asked=asked_of(now) if now else "",
        steps=tuple(
            StepReplay(
                index=step.index,
                statement=step.statement,
                then=before.get(step.index),
                now=after.get(step.index),
            )
            for step in plan.steps
        ),
    )


def _by_step(ruling: Ruling | None) -> dict[int, Ruled]:
    return {each.step: Ruled.of(each) for each in ruling.judgements} if ruling else {}
