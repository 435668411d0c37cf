"""Raw excerpts, what specialists claim from them, and what could not be seen."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId


class Specialist(StrEnum):
    KUBERNETES = "kubernetes"
    METRICS = "metrics"
    LOGS = "logs"
    RUNBOOKS = "runbooks"
    GITHUB = "github"


class Window(Frozen):
    """A stretch of time, both ends included."""

    start: Moment
    end: Moment


class Evidence(Frozen):
    """One kept tool answer. The body lies in the evidence store under its digest."""

    id: EvidenceId
    incident_id: IncidentId
    specialist: Specialist
    server: str
    tool: str
    arguments: JsonObject
    window: Window | None = None
    excerpt: str
    digest: Digest
    size_bytes: int
    taken_at: Moment
    turn: int


class Citation(Frozen):
    """Words that stand in a piece of evidence, and which way they point."""

    id: str
    source: str
    excerpt: str
    supports: bool = True


class Finding(Frozen):
    """One specialist's claim, backed by evidence ids."""

    id: str
    specialist: Specialist
    claim: str
    entity: EntityRef | None = None
    evidence: tuple[EvidenceId, ...]


class Unknown(Frozen):
    """What could not be seen, why, and what it would have told."""

    what: str
    why: str
    would_have_told: str


class Question(Frozen):
    """One thing the loop wants to know, for one specialist; `ask` is a name of its repertoire."""

    id: str
    specialist: Specialist
    ask: str
    entity: EntityRef | None = None
    arguments: JsonObject = {}
    why: str
