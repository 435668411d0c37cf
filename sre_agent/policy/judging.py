"""How rules become a verdict: the strictest that matches wins, silence asks, the unknown is denied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sre_agent.domain.law import Judgement, PlanFacts, Ruling, Verdict
from sre_agent.domain.plan import Plan, Step
from sre_agent.policy.expressions import Bindings, Puzzle
from sre_agent.policy.lawbook import SILENCE, UNKNOWN_ACTION, Covers, Law, Rule, Terms
from sre_agent.policy.sentences import filled
from sre_agent.policy.variables import Situation, environment_of, is_rollback, situation


@dataclass(frozen=True)
class _Match:
    """A rule that speaks about a step, and what it says."""

    rule: str
    verdict: Verdict
    sentence: str
    terms: Terms


def judge(law: Law, plan: Plan, facts: PlanFacts) -> Ruling:
    """The verdict on every tool call of a plan; the plan's is the strictest of them.

    Steps for a person's hands carry no call and need no verdict. A plan without any call is allowed
    nothing: its verdict is needs_approval, with no judgement.
    """
    in_freeze = any(freeze.holds(facts.now, environment_of(facts)) for freeze in law.freezes)
    judged = [
        _judged(law, step, situation(plan, step, facts, in_freeze=in_freeze), undo=is_rollback(facts))
        for step in plan.steps
        if step.call is not None
    ]
    expiries = [terms.expires for _, terms in judged if terms is not None]
    return Ruling(
        plan_digest=plan.digest,
        law_digest=law.digest,
        verdict=strictest((judgement.verdict for judgement, _ in judged), default=Verdict.NEEDS_APPROVAL),
        judgements=tuple(judgement for judgement, _ in judged),
        approval_expires_after_seconds=int(min(expiries, default=law.terms.expires).total_seconds()),
    )


def strictest(verdicts: Iterable[Verdict], *, default: Verdict) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.strictness, default=default)


def _judged(law: Law, step: Step, seen: Situation, *, undo: bool) -> tuple[Judgement, Terms | None]:
    """The judgement, and the terms of approval where it asks."""
    unknown = _unknown(law, seen, undo=undo)
    if unknown is not None:
        return Judgement(step=step.index, verdict=Verdict.DENIED, rule=UNKNOWN_ACTION, sentence=unknown), None
    matches = _matches(law, seen, Covers.UNDOS if undo else Covers.STEPS) or [_silent(law, seen)]
    verdict = strictest((match.verdict for match in matches), default=Verdict.DENIED)
    first = next(match for match in matches if match.verdict is verdict)
    asking = [match.terms for match in matches if match.verdict is Verdict.NEEDS_APPROVAL]
    terms = _hardest(asking) if verdict is Verdict.NEEDS_APPROVAL else None
    judgement = Judgement(
        step=step.index,
        verdict=verdict,
        rule=first.rule,
        sentence=first.sentence,
        matched=tuple(match.rule for match in matches),
        roles=tuple(role.value for role in terms.roles) if terms else (),
        people=terms.people if terms else 1,
    )
    return judgement, terms


def _hardest(asking: list[Terms]) -> Terms:
    """Terms that satisfy each of these: the highest rank, the most people, the earliest expiry."""
    return Terms(
        roles=max(asking, key=lambda terms: terms.rank).roles,
        people=max(terms.people for terms in asking),
        expires=min(terms.expires for terms in asking),
    )


def _unknown(law: Law, seen: Situation, *, undo: bool) -> str | None:
    """Why this is no kind of action the law knows; an undo may use any tool that some action may."""
    action, tool = str(seen["action"]), f"{seen['server']}/{seen['tool']}"
    if action not in law.actions:
        return f"{action!r} is no kind of action this law knows."
    if tool not in (law.tools if undo else law.actions[action]):
        return f"{action!r} may not be carried out by {tool}."
    return None


def _matches(law: Law, seen: Situation, about: Covers) -> list[_Match]:
    bindings = Bindings(seen)
    found = (_match(rule, bindings, seen) for rule in law.rules if about in rule.covers)
    return [match for match in found if match is not None]


def _match(rule: Rule, bindings: Bindings, seen: Situation) -> _Match | None:
    holds = rule.when.holds(bindings)
    if isinstance(holds, Puzzle):
        sentence = f"The rule {rule.id!r} has no answer for this step ({holds.why}), so it is denied."
        return _Match(rule.id, Verdict.DENIED, sentence, rule.terms)
    return _Match(rule.id, rule.verdict, filled(rule.reason, seen), rule.terms) if holds else None


def _silent(law: Law, seen: Situation) -> _Match:
    sentence = f"No rule speaks about {seen['action']} here, so a person is asked."
    return _Match(SILENCE, Verdict.NEEDS_APPROVAL, sentence, law.terms)
