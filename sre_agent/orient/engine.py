"""The diagnosis: run every rule over the picture, rank, decide, or say what to ask next; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sre_agent.catalogue.cause import Cause, Lead
from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.domain.evidence import Question
from sre_agent.orient.curiosity import wanted
from sre_agent.orient.health import Health, flaps, health_of
from sre_agent.orient.ranking import Candidate, confidences, hypotheses_of, ranked
from sre_agent.orient.story import causal_chain, layer_states, pattern_of, timeline
from sre_agent.picture.world import Picture

SURE = 0.9
"""Believed without asking on."""
ENOUGH = 0.5
"""Believed when nothing that could be asked would tell more."""
AGAINST_HEALTH = 0.85
"""Believed although everything that was looked at is well."""


@dataclass(frozen=True)
class Thinking:
    """What the loop knows besides the picture: what was asked, refuted, and how much may still be asked."""

    asked: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    may_ask: bool = True


@dataclass(frozen=True)
class Verdict:
    """The diagnosis, and the candidates behind it (with what a remedy needs to know)."""

    diagnosis: Diagnosis
    candidates: tuple[Candidate, ...]

    @property
    def root(self) -> Lead | None:
        return self.candidates[0].lead if self.diagnosis.root is not None else None


def diagnose(picture: Picture, thinking: Thinking = Thinking()) -> Verdict:
    """The same picture and the same thinking give the same verdict."""
    causes: dict[str, Cause] = {code: entry.cause for code, entry in entries().items()}
    leads = [lead for entry in entries().values() for lead in entry.find(picture)]
    candidates = ranked(picture, leads, causes, thinking.ruled_out)
    questions = wanted(picture, candidates, thinking.asked) if thinking.may_ask else ()
    outcome, reason, health = _decide(picture, candidates, questions)
    return Verdict(_told(picture, candidates, (outcome, reason, health), questions), tuple(candidates))


def _decide(
    picture: Picture, candidates: Sequence[Candidate], questions: tuple[Question, ...]
) -> tuple[DiagnosisOutcome, str, Health]:
    health = health_of(picture)
    best = confidences(candidates)[0] if candidates else 0.0
    if (flapping := flaps(picture)) and (health.is_healthy is not False or best < ENOUGH):
        return DiagnosisOutcome.HEALTHY, f"flapping: {flapping}", health
    enough = AGAINST_HEALTH if health.is_healthy else ENOUGH
    if best >= (enough if not questions else SURE):
        return DiagnosisOutcome.ROOT_CAUSE, candidates[0].lead.statement, health
    if questions:
        return DiagnosisOutcome.UNDECIDED, "there is more to ask", health
    if health.is_healthy:
        return DiagnosisOutcome.HEALTHY, health.reason, health
    reason = (
        health.reason
        if not candidates
        else f"the best explanation is believed to {best:.0%} only; {health.reason}"
    )
    return DiagnosisOutcome.INSUFFICIENT_EVIDENCE, reason, health


def _told(
    picture: Picture,
    candidates: Sequence[Candidate],
    decided: tuple[DiagnosisOutcome, str, Health],
    questions: tuple[Question, ...],
) -> Diagnosis:
    outcome, reason, health = decided
    return Diagnosis(
        outcome=outcome,
        reason=reason,
        pattern=pattern_of(candidates),
        hypotheses=hypotheses_of(candidates),
        chain=causal_chain(picture, candidates) if outcome is DiagnosisOutcome.ROOT_CAUSE else (),
        layers=layer_states(picture, candidates),
        timeline=timeline(picture),
        unknowns=picture.unknowns,
        next_questions=questions,
        collect_next=health.missing,
    )
