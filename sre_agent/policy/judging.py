"""How rules become a verdict: the strictest that matches wins, silence asks, the unknown is denied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sre_agent.domain.law import Autonomy, Judgement, PlanFacts, Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.policy.autonomy import Held, level_for
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


@dataclass(frozen=True)
class Finding:
    """What the law says of one situation. `terms` are there where it asks."""

    verdict: Verdict
    rule: str
    sentence: str
    matched: tuple[str, ...]
    terms: Terms | None
    autonomy: Autonomy
    autonomy_by: str
    by_rules: Verdict


def judge(law: Law, plan: Plan, facts: PlanFacts) -> Ruling:
    """The verdict on every tool call of a plan; the plan's is the strictest of them.

    Steps for a person's hands carry no call and need no verdict. A plan without any call is allowed
    nothing: its verdict is needs_approval, with no judgement.
    """
    undo = is_rollback(facts)
    found = {index: weigh(law, seen, undo=undo) for index, seen in situations(law, plan, facts).items()}
    expiries = [each.terms.expires for each in found.values() if each.terms is not None]
    return Ruling(
        plan_digest=plan.digest,
        law_digest=law.digest,
        verdict=strictest((each.verdict for each in found.values()), default=Verdict.NEEDS_APPROVAL),
        judgements=tuple(_judgement(index, each) for index, each in found.items()),
        approval_expires_after_seconds=int(min(expiries, default=law.terms.expires).total_seconds()),
        autonomy=min(
            (each.autonomy for each in found.values()), key=lambda one: one.rank, default=Autonomy.ACT
        ),
        facts=facts,
    )


def situations(law: Law, plan: Plan, facts: PlanFacts) -> dict[int, Situation]:
    """Step index → what the law sees of it, for every step that is a tool call."""
    freezes = freezes_now(law, facts)
    return {
        step.index: situation(plan, step, facts, freezes=freezes)
        for step in plan.steps
        if step.call is not None
    }


def freezes_now(law: Law, facts: PlanFacts) -> tuple[str, ...]:
    environment = environment_of(facts)
    return tuple(freeze.id for freeze in law.freezes if freeze.holds(facts.now, environment))


def strictest(verdicts: Iterable[Verdict], *, default: Verdict) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.strictness, default=default)


def weigh(law: Law, seen: Situation, *, undo: bool) -> Finding:
    """What the law says of one situation. Levels of autonomy speak about steps forward alone."""
    bindings = Bindings(seen)
    held = Held(Autonomy.ACT, "", "") if undo else level_for(law, seen, bindings)
    matches = _spoken(law, seen, bindings, undo=undo)
    by_rules = strictest((match.verdict for match in matches), default=Verdict.DENIED)
    if held.level is not Autonomy.ACT:
        matches.append(_Match(held.by, held.level.verdict, held.sentence, law.terms))
    verdict = strictest((match.verdict for match in matches), default=Verdict.DENIED)
    first = next(match for match in matches if match.verdict is verdict)
    asking = [match.terms for match in matches if match.verdict is Verdict.NEEDS_APPROVAL]
    return Finding(
        verdict=verdict,
        rule=first.rule,
        sentence=first.sentence,
        matched=tuple(match.rule for match in matches),
        terms=_hardest(asking) if verdict is Verdict.NEEDS_APPROVAL else None,
        autonomy=held.level,
        autonomy_by=held.by,
        by_rules=by_rules,
    )


def _judgement(index: int, found: Finding) -> Judgement:
    terms = found.terms
    return Judgement(
        step=index,
        verdict=found.verdict,
        rule=found.rule,
        sentence=found.sentence,
        matched=found.matched,
        roles=tuple(role.value for role in terms.roles) if terms else (),
        people=terms.people if terms else 1,
        self_approval=terms.self_approval if terms else True,
        autonomy=found.autonomy,
        autonomy_by=found.autonomy_by,
        by_rules=found.by_rules,
    )


def _hardest(asking: list[Terms]) -> Terms:
    """Terms that satisfy each of these: the highest rank, the most people, the earliest expiry."""
    return Terms(
        roles=max(asking, key=lambda terms: terms.rank).roles,
        people=max(terms.people for terms in asking),
        expires=min(terms.expires for terms in asking),
        self_approval=all(terms.self_approval for terms in asking),
    )


def _spoken(law: Law, seen: Situation, bindings: Bindings, *, undo: bool) -> list[_Match]:
    """What the rules say, at least one thing: where none speaks, silence does."""
    unknown = why_unknown(law, seen, undo=undo)
    if unknown:
        return [_Match(UNKNOWN_ACTION, Verdict.DENIED, unknown, law.terms)]
    about = Covers.UNDOS if undo else Covers.STEPS
    found = (_match(rule, bindings, seen) for rule in law.rules if about in rule.covers)
    return [match for match in found if match is not None] or [_silent(law, seen)]


def why_unknown(law: Law, seen: Situation, *, undo: bool) -> str:
    """Why this is no kind of action the law knows, or empty; an undo may use any tool that some action may."""
    action, tool = str(seen["action"]), f"{seen['server']}/{seen['tool']}"
    if action not in law.actions:
        return f"{action!r} is no kind of action this law knows."
    if tool not in (law.tools if undo else law.actions[action]):
        return f"{action!r} may not be carried out by {tool}."
    return ""


def _match(rule: Rule, bindings: Bindings, seen: Situation) -> _Match | None:
    holds = rule.when.holds(bindings)
    if isinstance(holds, Puzzle):
        sentence = f"The rule {rule.id!r} has no answer for this step ({holds.why}), so it is denied."
        return _Match(rule.id, Verdict.DENIED, sentence, rule.terms)
    return _Match(rule.id, rule.verdict, filled(rule.reason, seen), rule.terms) if holds else None


def _silent(law: Law, seen: Situation) -> _Match:
    sentence = f"No rule speaks about {seen['action']} here, so a person is asked."
    return _Match(SILENCE, Verdict.NEEDS_APPROVAL, sentence, law.terms)
