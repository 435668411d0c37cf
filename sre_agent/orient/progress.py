"""How far the diagnosis has come, which strategy fits, what failed, and when to stop; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.domain.diagnosis import DiagnosisOutcome, Failure, FailureKind, Phase, Strategy
from sre_agent.domain.evidence import Unknown
from sre_agent.orient.ranking import Candidate, confidences
from sre_agent.picture.world import Picture

FAILED_APPROACHES = 3
"""After so many theories that were acted on and did not hold, a person takes over."""
JUST_BEFORE = timedelta(minutes=30)
CLOSE = 0.25
"""Two hypotheses whose beliefs differ by less are rivals: one observation has to tell them apart."""
RESOURCES = (
    "cpu",
    "memory",
    "oom",
    "throttl",
    "exhaust",
    "capacity",
    "quota",
    "pressure",
    "saturation",
    "disk_full",
)


@dataclass(frozen=True)
class Progress:
    """Where the loop stands: the outcome so far, questions left to ask, theories refuted by what was done."""

    outcome: DiagnosisOutcome
    questions: int
    refuted: int


def phase_of(progress: Progress, candidates: Sequence[Candidate], picture: Picture) -> Phase:
    """The furthest of the seven phases that has been reached."""
    if progress.outcome is DiagnosisOutcome.ROOT_CAUSE:
        return Phase.VERIFY if progress.refuted else Phase.IDENTIFY
    if not candidates:
        return _before_hypotheses(picture)
    beliefs = sorted(confidences(candidates), reverse=True)
    rivals = len(beliefs) > 1 and beliefs[0] - beliefs[1] < CLOSE
    return Phase.ISOLATE if rivals and progress.questions else Phase.HYPOTHESIZE


def _before_hypotheses(picture: Picture) -> Phase:
    if not picture.collected:
        return Phase.TRIAGE
    return (
        Phase.CORRELATE if picture.looked_at("pods") and (picture.changes or picture.series) else Phase.ORIENT
    )


def strategy_of(picture: Picture, candidates: Sequence[Candidate]) -> Strategy:
    """By the leading hypothesis where there is one, else by what stands out in the picture."""
    if not candidates:
        return _strategy_without_suspects(picture)
    root = candidates[0]
    if root.lead.change is not None or root.lead.cause in (
        "bad_deployment",
        "bad_config_change",
        "feature_flag_regression",
    ):
        return Strategy.CHANGE_DETECTIVE
    if any(word in root.lead.cause for word in RESOURCES):
        return Strategy.RESOURCE_HUNTER
    if any(one.explained_by and not (one.own & root.own) for one in candidates[1:]):
        return Strategy.DEPENDENCY_TRACER
    return Strategy.DIFFERENTIAL_DIAGNOSIS


def _strategy_without_suspects(picture: Picture) -> Strategy:
    recent = [
        seen for seen in picture.changes if timedelta(0) <= picture.onset - seen.change.at <= JUST_BEFORE
    ]
    if recent:
        return Strategy.CHANGE_DETECTIVE
    asked = " ".join([picture.frame.complaint, *(alert.name for alert in picture.frame.alerts)]).lower()
    if any(word in asked for word in RESOURCES):
        return Strategy.RESOURCE_HUNTER
    return Strategy.DEPENDENCY_TRACER if picture.calls else Strategy.DIFFERENTIAL_DIAGNOSIS


def failures_of(unknowns: Iterable[Unknown], refuted: Iterable[str]) -> tuple[Failure, ...]:
    """Tools that broke, and theories that what was done for them refuted."""
    broken = [Failure(kind=FailureKind.EXECUTION, what=one.what, why=one.why) for one in unknowns]
    wrong = [
        Failure(kind=FailureKind.STRATEGIC, what=one, why="what was done for it brought no recovery")
        for one in refuted
    ]
    return (*wrong, *broken)


def gave_up(refuted: Sequence[str]) -> str:
    """Why to stop looking for another theory; empty while there is still an approach to try."""
    if len(refuted) < FAILED_APPROACHES:
        return ""
    return f"{len(refuted)} approaches failed, so a person takes over: {'; '.join(refuted)}"
