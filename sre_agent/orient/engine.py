"""The diagnosis: run every rule over the picture, rank, decide, or say what to ask next; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sre_agent.catalogue.cause import Cause, Lead
from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.domain.evidence import Question, Unknown
from sre_agent.orient.curiosity import wanted
from sre_agent.orient.facts import facts_of
from sre_agent.orient.flapping import comes_back, flaps
from sre_agent.orient.health import Health, health_of
from sre_agent.orient.progress import Progress, failures_of, gave_up, phase_of, strategy_of
from sre_agent.orient.ranking import Candidate, confidences, hypotheses_of, ranked, test_between
from sre_agent.orient.story import causal_chain, layer_states, timeline
from sre_agent.orient.symptoms import symptoms_of
from sre_agent.picture.world import Picture

SURE = 0.9
"""Believed without asking on."""
ENOUGH = 0.5
"""Believed when nothing that could be asked would tell more."""
AGAINST_HEALTH = 0.85
"""Believed although everything that was looked at is well."""


@dataclass(frozen=True)
class Thinking:
    """What the loop knows besides the picture: what was asked, refuted, and how much may still be asked.

    `turns`: evidence id → the turn in which it was taken.
    """

    asked: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    may_ask: bool = True
    turn: int = 1
    turns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The diagnosis, and the candidates behind it (with what a remedy needs to know)."""

    diagnosis: Diagnosis
    candidates: tuple[Candidate, ...]

    @property
    def root(self) -> Lead | None:
        return self.candidates[0].lead if self.diagnosis.root is not None else None


@dataclass(frozen=True)
class Decided:
    """The outcome, and why."""

    outcome: DiagnosisOutcome
    reason: str
    health: Health


def diagnose(picture: Picture, thinking: Thinking = Thinking()) -> Verdict:
    """The same picture and the same thinking give the same verdict."""
    causes: dict[str, Cause] = {code: entry.cause for code, entry in entries().items()}
    leads, broken = _leads(picture)
    if broken:
        picture = replace(picture, unknowns=(*picture.unknowns, *broken))
    candidates = ranked(picture, leads, causes, thinking.ruled_out)
    strategy = strategy_of(picture, candidates)
    questions = wanted(picture, candidates, thinking.asked, strategy) if thinking.may_ask else ()
    decided = _decide(picture, candidates, questions, thinking)
    return Verdict(_told(picture, candidates, decided, questions, thinking), tuple(candidates))


def _leads(picture: Picture) -> tuple[list[Lead], list[Unknown]]:
    """What every rule finds, and a word about each that could not cope with what it was shown."""
    leads: list[Lead] = []
    broken: list[Unknown] = []
    for code, entry in entries().items():
        try:
            leads += list(entry.find(picture))
        # The bulkhead of the catalogue: one rule that stumbles over a malformed object must not cost the diagnosis.
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError) as stumble:
            why = f"its rule could not read what was recorded ({type(stumble).__name__}: {stumble})"
            broken.append(Unknown(what=code, why=why[:300], would_have_told=f"whether it is {code}"))
    return leads, broken


def _decide(
    picture: Picture, candidates: Sequence[Candidate], questions: tuple[Question, ...], thinking: Thinking
) -> Decided:
    health = health_of(picture)
    best = confidences(candidates)[0] if candidates else 0.0
    if (flapping := flaps(picture)) and (health.is_healthy is not False or best < ENOUGH):
        return Decided(DiagnosisOutcome.HEALTHY, f"flapping: {flapping}", health)
    refuted = bool(candidates) and health.refutes(candidates[0].lead.citations)
    enough = AGAINST_HEALTH if refuted else ENOUGH
    if best >= (enough if not questions else SURE):
        return Decided(DiagnosisOutcome.ROOT_CAUSE, candidates[0].lead.statement, health)
    if questions and not gave_up(thinking.ruled_out):
        return Decided(DiagnosisOutcome.UNDECIDED, "there is more to ask", health)
    if health.is_healthy and not (refuted and best >= ENOUGH and _is_wiring(candidates[0].lead)):
        again = comes_back(picture)
        return Decided(
            DiagnosisOutcome.HEALTHY, f"{health.reason}; {again}" if again else health.reason, health
        )
    return Decided(DiagnosisOutcome.INSUFFICIENT_EVIDENCE, _too_little(candidates, health, thinking), health)


_STATE = ("pods", "events", "nodes", "endpoints", "endpointslices", "replicasets", "jobs")


def _is_wiring(lead: Lead) -> bool:
    """Whether it rests on how things are tied together: pods that are ready do not show that requests go to the right ones."""
    told = {citation.source.removeprefix("kubernetes/").removesuffix(".json") for citation in lead.citations}
    return bool(told) and not any(one in _STATE or "/" in one for one in told)


def _too_little(candidates: Sequence[Candidate], health: Health, thinking: Thinking) -> str:
    """Why no cause is named, and what stands in the way of the best one."""
    if over := gave_up(thinking.ruled_out):
        return over
    if not candidates:
        return health.reason
    best = candidates[0]
    believed = f"the best explanation, {best.lead.cause} of {best.lead.entity}, is believed to {confidences(candidates)[0]:.0%} only"
    test = test_between(best, candidates)
    return f"{believed}; {health.reason}" + (f"; it would be {test}" if test else "")


def _told(
    picture: Picture,
    candidates: Sequence[Candidate],
    decided: Decided,
    questions: tuple[Question, ...],
    thinking: Thinking,
) -> Diagnosis:
    facts = facts_of(symptoms_of(picture), candidates, thinking.turns, thinking.turn)
    is_root = decided.outcome is DiagnosisOutcome.ROOT_CAUSE
    refuted = len(thinking.ruled_out)
    return Diagnosis(
        outcome=decided.outcome,
        reason=decided.reason,
        phase=phase_of(Progress(decided.outcome, len(questions), refuted), candidates, picture),
        pattern=strategy_of(picture, candidates).value,
        facts=facts,
        failures=failures_of(picture.unknowns, thinking.ruled_out),
        hypotheses=hypotheses_of(candidates),
        chain=causal_chain(picture, candidates, facts) if is_root else (),
        layers=layer_states(picture, candidates),
        timeline=timeline(picture),
        unknowns=picture.unknowns,
        next_questions=questions,
        collect_next=_collect(candidates, decided),
    )


def _collect(candidates: Sequence[Candidate], decided: Decided) -> tuple[str, ...]:
    """What to collect next where it was not enough: what health lacks, and what tells the first two apart."""
    if decided.outcome is not DiagnosisOutcome.INSUFFICIENT_EVIDENCE:
        return decided.health.missing
    tests = [f"whether it is {test}" for one in candidates[:2] if (test := test_between(one, candidates))]
    return tuple(dict.fromkeys([*decided.health.missing, *tests]))
