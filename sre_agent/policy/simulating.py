"""What another law would have said of past plans, from the facts that were kept with their rulings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Judgement, Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.policy.consent import asked_of, harder
from sre_agent.policy.judging import judge
from sre_agent.policy.lawbook import Law


class PastPlan(Frozen):
    """A plan with the ruling on it, as history is exported: one JSON object a line."""

    plan: Plan
    ruling: Ruling | None = None


class StepChange(Frozen):
    """One step about which the two laws differ."""

    index: int
    statement: str
    was: Verdict
    was_rule: str
    now: Verdict
    now_rule: str
    now_sentence: str


class PlanChange(Frozen):
    """One plan that would have gone another way; also where only who must say yes differs."""

    incident_id: IncidentId
    plan_digest: Digest
    cause: str
    target: str
    was: Verdict
    now: Verdict
    was_asked: str
    now_asked: str
    """Who would be asked, as `2 approver`; empty where nobody is."""
    steps: tuple[StepChange, ...]


class Simulation(Frozen):
    """What would have been different. `counts` has one key for each pair of verdicts: `allowed → denied`."""

    law_digest: Digest
    plans: int
    unjudged: int
    """Plans that were never judged (they hold nothing to carry out), or whose facts are not on file: nothing can be said
    about them."""
    counts: dict[str, int]
    looser: int
    """Plans that would have been judged less strictly, or needed fewer people or lower roles."""
    stricter: int
    changes: tuple[PlanChange, ...]


@dataclass
class Tally:
    """Plans under another law, one after the other."""

    law: Law
    plans: int = 0
    unjudged: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    changes: list[PlanChange] = field(default_factory=list)
    stricter: int = 0
    looser: int = 0

    def add(self, plan: Plan, ruling: Ruling | None) -> None:
        self.plans += 1
        if ruling is None or ruling.facts is None:
            self.unjudged += 1
            return
        now = judge(self.law, plan, ruling.facts)
        self.counts[f"{ruling.verdict} → {now.verdict}"] += 1
        if _said(ruling) != _said(now):
            self.changes.append(_change(plan, ruling, now))
            gap = harder(now, ruling)
            self.stricter += gap > 0
            self.looser += gap < 0

    def result(self) -> Simulation:
        return Simulation(
            law_digest=self.law.digest,
            plans=self.plans,
            unjudged=self.unjudged,
            counts=dict(sorted(self.counts.items())),
            looser=self.looser,
            stricter=self.stricter,
            changes=tuple(self.changes),
        )


def simulate(law: Law, past: Iterable[tuple[Plan, Ruling | None]]) -> Simulation:
    tally = Tally(law)
    for plan, ruling in past:
        tally.add(plan, ruling)
    return tally.result()


def _said(ruling: Ruling) -> tuple[str, ...]:
    steps = (f"{each.step} {each.verdict}" for each in ruling.judgements)
    return (ruling.verdict.value, asked_of(ruling), *steps)


def _change(plan: Plan, was: Ruling, now: Ruling) -> PlanChange:
    before = {each.step: each for each in was.judgements}
    pairs = [(before[each.step], each) for each in now.judgements if each.step in before]
    statements = {step.index: step.statement for step in plan.steps}
    return PlanChange(
        incident_id=plan.incident_id,
        plan_digest=plan.digest,
        cause=plan.cause,
        target=str(plan.entity),
        was=was.verdict,
        now=now.verdict,
        was_asked=asked_of(was),
        now_asked=asked_of(now),
        steps=tuple(_step(a, b, statements[b.step]) for a, b in pairs if a.verdict is not b.verdict),
    )


def _step(was: Judgement, now: Judgement, statement: str) -> StepChange:
    return StepChange(
        index=now.step,
        statement=statement,
        was=was.verdict,
        was_rule=was.rule,
        now=now.verdict,
        now_rule=now.rule,
        now_sentence=now.sentence,
    )
