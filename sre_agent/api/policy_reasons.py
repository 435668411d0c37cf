"""What the API says of why the law said what it said: of each step forward, and of each that was to be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from sre_agent.act.words import plan_key
from sre_agent.api.views import View
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Autonomy, PlanFacts, Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.policy.explaining import Heard, explained
from sre_agent.policy.judging import situations
from sre_agent.policy.lawbook import Law
from sre_agent.policy.variables import is_rollback
from sre_agent.ports.archive import PlanRecord


class StepPolicy(View):
    """Why one step got its verdict."""

    step: int
    statement: str
    target: str
    verdict: Verdict
    rule: str
    sentence: str
    autonomy: Autonomy
    autonomy_by: str
    by_rules: Verdict | None
    clauses: tuple[Heard, ...] = Field(
        description="every clause of the law in force now; empty without facts"
    )


class UndoPolicy(View):
    """What the law said when a step was to be taken back."""

    step: int
    verdict: Verdict
    rule: str
    sentence: str
    law_digest: Digest
    at: Moment

    @classmethod
    def of(cls, entry: JournalEntry) -> UndoPolicy:
        return cls.model_validate(
            {name: entry.body[name] for name in ("step", "verdict", "rule", "sentence", "law_digest")}
            | {"at": entry.at}
        )


class PlanPolicy(View):
    """Why one plan got its ruling; without a ruling it was never judged."""

    plan_digest: Digest
    attempt: int
    ruling_law: Digest | None
    same_law: bool = Field(description="whether the law in force now is the one that ruled")
    verdict: Verdict | None
    autonomy: Autonomy | None
    facts: PlanFacts | None = Field(
        description="what the law was told; none in rulings from before they were kept"
    )
    by_hand: bool = Field(
        description="whether it holds nothing but instructions, so that there is nothing to judge"
    )
    steps: tuple[StepPolicy, ...]
    undos: tuple[UndoPolicy, ...] = Field(description="steps that were to be taken back, newest first")

    @classmethod
    def of(cls, law: Law, record: PlanRecord, undos: Sequence[JournalEntry] = ()) -> PlanPolicy:
        plan, ruling = record.plan, record.ruling
        facts = ruling.facts if ruling else None
        return cls(
            plan_digest=plan.digest,
            attempt=plan.attempt,
            ruling_law=ruling.law_digest if ruling else None,
            same_law=ruling is not None and ruling.law_digest == law.digest,
            verdict=ruling.verdict if ruling else None,
            autonomy=ruling.autonomy if ruling else None,
            facts=facts,
            by_hand=all(step.call is None for step in plan.steps),
            steps=_steps(law, plan, ruling) if ruling else (),
            undos=tuple(UndoPolicy.of(each) for each in undos if is_undo_verdict(each, plan)),
        )


def is_undo_verdict(entry: JournalEntry, plan: Plan) -> bool:
    """Whether the law was asked here about taking a step of this very plan back."""
    about = entry.kind is Kind.VERDICT_GIVEN and bool(entry.body.get("undo"))
    return about and entry.key.startswith(plan_key(plan, "undo-verdict"))


def _steps(law: Law, plan: Plan, ruling: Ruling) -> tuple[StepPolicy, ...]:
    facts, about = ruling.facts, {step.index: step for step in plan.steps}
    seen = situations(law, plan, facts) if facts is not None else {}
    undo = facts is not None and is_rollback(facts)
    return tuple(
        StepPolicy(
            statement=about[each.step].statement,
            target=str(about[each.step].target),
            clauses=explained(law, seen[each.step], undo=undo) if each.step in seen else (),
            **each.model_dump(
                include={"step", "verdict", "rule", "sentence", "autonomy", "autonomy_by", "by_rules"}
            ),
        )
        for each in ruling.judgements
    )


class IncidentPolicy(View):
    incident_id: IncidentId
    law_digest: Digest = Field(description="the law in force now, under which the rules are heard again")
    plans: tuple[PlanPolicy, ...]
