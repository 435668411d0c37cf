"""Causes that may be wrong, what speaks for and against them, and the answer that survives."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation, Question, Unknown
from sre_agent.domain.frozen import Frozen, JsonObject, Moment


class Layer(StrEnum):
    """Bottom-up: a fault in a lower layer explains symptoms in a higher one."""

    INFRASTRUCTURE = "infrastructure"
    RUNTIME = "runtime"
    INTEGRATION = "integration"
    BUSINESS_LOGIC = "business_logic"


class LayerState(StrEnum):
    HEALTHY = "healthy"
    SUSPECT = "suspect"
    FAULTY = "faulty"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """How far the diagnosis has come, in order."""

    TRIAGE = "triage"
    """What is it about, and how bad is it?"""
    ORIENT = "orient"
    """What is there, and which of it is ill?"""
    CORRELATE = "correlate"
    """What began when, and what belongs together?"""
    HYPOTHESIZE = "hypothesize"
    """Which causes would explain it?"""
    ISOLATE = "isolate"
    """Which observation tells the leading ones apart?"""
    IDENTIFY = "identify"
    """One explanation stands."""
    VERIFY = "verify"
    """Does it stand after what was done?"""


class Strategy(StrEnum):
    """The way of looking that fits what is known so far."""

    CHANGE_DETECTIVE = "Change Detective"
    RESOURCE_HUNTER = "Resource Hunter"
    DEPENDENCY_TRACER = "Dependency Tracer"
    DIFFERENTIAL_DIAGNOSIS = "Differential Diagnosis"


class FailureKind(StrEnum):
    EXECUTION = "execution"
    """A tool broke: the theory may still be right, and is asked about in another way."""
    STRATEGIC = "strategic"
    """The theory was wrong: what was done for it did not help."""


class Failure(Frozen):
    """An approach that did not work, and in which of the two ways."""

    kind: FailureKind
    what: str
    why: str = ""


class Fact(Frozen):
    """One thing that was seen to be so: in which layer, since which turn it is known, and where it stands."""

    id: str
    layer: Layer
    turn: int
    text: str
    citations: tuple[str, ...] = ()


class ChainLink(Frozen):
    """One link of the causal chain, from what people saw to what a person would change."""

    role: str
    text: str
    citations: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


class Change(Frozen):
    """What people or machines did: deploy, config, flag, scale or merge."""

    at: Moment
    kind: str
    service: str | None = None
    revision: str = ""
    author: str | None = None
    title: str = ""
    url: str | None = None
    diff: str | None = None


class Hypothesis(Frozen):
    """A cause that may be wrong."""

    rank: int
    cause: str
    layer: Layer
    entity: EntityRef
    confidence: float
    statement: str
    evidence: tuple[Citation, ...] = ()
    ruled_out_by: str | None = None
    discriminating_test: str = ""
    change: Change | None = None
    proposed_by: str = "engine"
    hints: JsonObject = {}
    """Values read from objects that a remedy needs: container, port, the image before."""


class DiagnosisOutcome(StrEnum):
    ROOT_CAUSE = "root_cause"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    HEALTHY = "healthy"
    UNDECIDED = "undecided"
    """Not an answer: the loop asks on."""


class TimelineEntry(Frozen):
    at: Moment
    kind: str
    text: str
    source: str = ""


class Engine(Frozen):
    """Who made a diagnosis: `rules` is a digest of the code that decides, `model` the language model that helped, if any."""

    version: str
    rules: str
    model: str = ""


class Diagnosis(Frozen):
    """What the engine makes of everything seen so far."""

    outcome: DiagnosisOutcome
    reason: str = ""
    phase: Phase = Phase.TRIAGE
    pattern: str = ""
    """The strategy that led here."""
    facts: tuple[Fact, ...] = ()
    failures: tuple[Failure, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    chain: tuple[ChainLink, ...] = ()
    layers: dict[Layer, LayerState] = {}
    timeline: tuple[TimelineEntry, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    next_questions: tuple[Question, ...] = ()
    collect_next: tuple[str, ...] = ()

    @property
    def root(self) -> Hypothesis | None:
        """The root cause, where one stands."""
        stands = self.outcome is DiagnosisOutcome.ROOT_CAUSE and self.hypotheses
        return self.hypotheses[0] if stands else None
