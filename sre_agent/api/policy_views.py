"""What the API says of the law, and the law that a person sends to try it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sre_agent.api.views import Form, View
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Autonomy, PlanFacts, Role, Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.law_office import LawOffice, Refused
from sre_agent.policy.explaining import Heard, explained
from sre_agent.policy.freezes import Freeze
from sre_agent.policy.judging import situations
from sre_agent.policy.lawbook import Law, Level, Rule, Terms
from sre_agent.policy.variables import VARIABLES, is_rollback


class TermsView(View):
    """Who must say yes, how many different people, and for how long a yes stands."""

    roles: tuple[Role, ...]
    people: int
    expires_seconds: int
    self_approval: bool = Field(description="whether a person who asked for a plan may also say yes to it")

    @classmethod
    def of(cls, terms: Terms) -> TermsView:
        return cls(
            roles=terms.roles,
            people=terms.people,
            expires_seconds=int(terms.expires.total_seconds()),
            self_approval=terms.self_approval,
        )


class RuleView(View):
    id: str
    when: str
    verdict: Verdict
    reason: str
    covers: tuple[str, ...] = Field(description="steps, undos, or both")
    approval: TermsView | None = Field(description="none where nobody is asked")
    file: str
    line: int

    @classmethod
    def of(cls, rule: Rule) -> RuleView:
        asks = rule.verdict is Verdict.NEEDS_APPROVAL
        return cls(
            id=rule.id,
            when=rule.when.text,
            verdict=rule.verdict,
            reason=rule.reason,
            covers=tuple(sorted(covers.value for covers in rule.covers)),
            approval=TermsView.of(rule.terms) if asks else None,
            file=rule.place.file,
            line=rule.place.line,
        )


class LevelView(View):
    id: str
    when: str
    level: Autonomy
    reason: str
    file: str
    line: int

    @classmethod
    def of(cls, level: Level) -> LevelView:
        return cls(
            id=level.id,
            when=level.when.text,
            level=level.level,
            reason=level.reason,
            file=level.place.file,
            line=level.place.line,
        )


class FreezeView(View):
    id: str
    reason: str
    environments: tuple[str, ...] = Field(description="none named means all")
    when: str = Field(description="in words, UTC")
    holds_now: bool = Field(description="whether it holds now for any of its environments")

    @classmethod
    def of(cls, freeze: Freeze, now: datetime) -> FreezeView:
        return cls(
            id=freeze.id,
            reason=freeze.reason,
            environments=freeze.environments,
            when=str(freeze.when),
            holds_now=freeze.when.holds(now),
        )


class VariableView(View):
    name: str
    type: str
    meaning: str


class Policies(View):
    """The law in force."""

    digest: Digest
    profile: str
    source: str = Field(description="the file or folder it was read from")
    files: tuple[str, ...]
    loaded_at: Moment
    refused: Refused | None = Field(description="the last change that was not taken, while the old law holds")
    default_autonomy: Autonomy
    autonomy: tuple[LevelView, ...]
    approval: TermsView = Field(description="what holds where a rule does not say otherwise")
    actions: dict[str, tuple[str, ...]]
    freezes: tuple[FreezeView, ...]
    rules: tuple[RuleView, ...]
    variables: tuple[VariableView, ...]

    @classmethod
    def of(cls, office: LawOffice, now: datetime) -> Policies:
        law = office.law
        return cls(
            digest=law.digest,
            profile=office.source.profile,
            source=str(office.source.place),
            files=office.files,
            loaded_at=office.loaded_at,
            refused=office.refused,
            default_autonomy=law.autonomy,
            autonomy=tuple(map(LevelView.of, law.levels)),
            approval=TermsView.of(law.terms),
            actions={name: tuple(sorted(tools)) for name, tools in law.actions.items()},
            freezes=tuple(FreezeView.of(each, now) for each in law.freezes),
            rules=tuple(map(RuleView.of, law.rules)),
            variables=tuple(
                VariableView(name=each.name, type=each.type.value, meaning=each.meaning) for each in VARIABLES
            ),
        )


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
    steps: tuple[StepPolicy, ...]

    @classmethod
    def of(cls, law: Law, plan: Plan, ruling: Ruling | None) -> PlanPolicy:
        facts = ruling.facts if ruling else None
        return cls(
            plan_digest=plan.digest,
            attempt=plan.attempt,
            ruling_law=ruling.law_digest if ruling else None,
            same_law=ruling is not None and ruling.law_digest == law.digest,
            verdict=ruling.verdict if ruling else None,
            autonomy=ruling.autonomy if ruling else None,
            facts=facts,
            steps=_steps(law, plan, ruling) if ruling else (),
        )


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


class LawText(Form):
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")] = "policies.yaml"
    text: Annotated[str, Field(max_length=40_000)]


class SimulateForm(Form):
    """A law to try: the text of each of its files."""

    files: Annotated[tuple[LawText, ...], Field(min_length=1, max_length=20)]
    profile: Literal["default", "strict", "read-only"] = Field(
        "default", description="shipped rules laid over it"
    )
    limit: int = Field(1000, ge=1, le=5000, description="how many past plans, newest first")
