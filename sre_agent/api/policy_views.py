"""What the API says of the law, and the law that a person sends to try it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from sre_agent.api.views import Form, View
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Autonomy, Role, Verdict
from sre_agent.law_office import LawOffice, Refused
from sre_agent.policy.freezes import Freeze
from sre_agent.policy.lawbook import Level, Rule, Terms
from sre_agent.policy.variables import VARIABLES


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
    apart: bool = Field(description="whether the runner judges by another law just now")
    default_autonomy: Autonomy
    autonomy: tuple[LevelView, ...]
    approval: TermsView = Field(description="what holds where a rule does not say otherwise")
    actions: dict[str, tuple[str, ...]]
    freezes: tuple[FreezeView, ...]
    rules: tuple[RuleView, ...]
    variables: tuple[VariableView, ...]

    @classmethod
    def of(cls, office: LawOffice, now: datetime, *, apart: bool = False) -> Policies:
        law = office.law
        return cls(
            digest=law.digest,
            profile=office.source.profile,
            source=str(office.source.place),
            files=office.files,
            loaded_at=office.loaded_at,
            refused=office.refused,
            apart=apart,
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


MOST_CHARS: Final = 200_000
MOST_FILES: Final = 20
MOST_PLANS: Final = 5000
"""The most of a law, and of a past, that one simulation takes."""


class LawText(Form):
    name: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")] = "policies.yaml"
    text: Annotated[str, Field(max_length=MOST_CHARS)]


class SimulateForm(Form):
    """A law to try: the text of each of its files."""

    files: Annotated[tuple[LawText, ...], Field(min_length=1, max_length=MOST_FILES)]
    profile: Literal["default", "strict", "read-only"] = Field(
        "default", description="shipped rules laid over it"
    )
    limit: int = Field(1000, ge=1, le=MOST_PLANS, description="how many past plans, newest first")
