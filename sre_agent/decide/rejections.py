"""What people have said no to in an incident, and what every later plan of it must therefore leave out; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sre_agent.agent_state import JsonMap
from sre_agent.decide.gate_rules import ending
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.incident import Outcome
from sre_agent.domain.plan import Plan
from sre_agent.policy.consent import refusal_among
from sre_agent.ports.archive import PlanRecord

Part = tuple[str, EntityRef]
"""An action and its target: what a person said no to, whatever the branch is named or the ground is now."""


@dataclass(frozen=True)
class Rejection:
    """One no: who said it and why, to which plan and so to which actions on which targets."""

    plan: Plan
    by: str
    reason: str

    @property
    def parts(self) -> frozenset[Part]:
        return frozenset((step.action, step.target) for step in self.plan.steps if step.call is not None)

    def __str__(self) -> str:
        return f"{self.by} rejected it: {self.reason or 'no reason given'}"


def rejections(records: Iterable[PlanRecord]) -> tuple[Rejection, ...]:
    """Every no of an incident, in the order of its plans' records."""
    said = ((each.plan, refusal_among(each.approvals)) for each in records)
    return tuple(Rejection(plan, no.by.name, no.reason) for plan, no in said if no is not None)


def rejected(parts: Iterable[Part], said: Iterable[Rejection]) -> Rejection | None:
    """The no that these parts would go against, because they hold all that was rejected; None where there is none."""
    now = frozenset(parts)
    return next((each for each in said if each.parts and each.parts <= now), None)


def by_hand_after(said: Sequence[Rejection], plan: Plan) -> JsonMap:
    """How it ends where nothing but what was rejected is safe: who said no and why, and what a person can do."""
    steps = " ".join(f"{number}. {step.statement}" for number, step in enumerate(plan.steps, start=1))
    why = "; ".join(
        dict.fromkeys(f"{no.by} rejected the plan: {no.reason or 'no reason given'}" for no in said)
    )
    return ending(Outcome.REJECTED, f"{why}. No other safe step is known for {plan.cause}. By hand: {steps}")
