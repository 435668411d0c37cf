"""A remediation: ordered, reversible steps, each an exact tool call, bound together by one digest."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, JsonObject, Moment, digest_of
from sre_agent.domain.ids import Digest, IncidentId, StepKey


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Ground(Frozen):
    """What the plan stands on: who the object is, and the fields it reads or writes.

    `fields` maps JSON pointers to the values read when the plan was made. Not `resourceVersion`:
    a crash-looping object changes that every second.
    """

    uid: str = ""
    generation: int | None = None
    fields: JsonObject = {}


class BlastRadius(Frozen):
    """What a step can hurt."""

    pods: int = 0
    replicas_before: int | None = None
    replicas_after: int | None = None
    share_of_capacity: float | None = None
    dependants: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Call(Frozen):
    """One exact tool call."""

    server: str
    tool: str
    arguments: JsonObject


class Undo(Frozen):
    """How to take a step back; `call` is None where there is nothing to restore, and `statement` says why."""

    call: Call | None
    statement: str


class Step(Frozen):
    """One tool call with its undo and its idempotency key. A `manual` step has no call: words for a person."""

    index: int
    action: str
    call: Call | None
    target: EntityRef
    statement: str
    risk: Risk
    undo: Undo
    ground: Ground = Ground()
    blast_radius: BlastRadius = BlastRadius()
    verified_by: tuple[str, ...] = ()
    diff: str = ""
    warnings: tuple[str, ...] = ()
    key: StepKey


class Plan(Frozen):
    """The steps for one hypothesis. Any change to the steps changes the digest."""

    incident_id: IncidentId
    attempt: int
    cause: str
    entity: EntityRef
    steps: tuple[Step, ...]
    if_nothing_is_done: str = ""
    alternatives: tuple[str, ...] = ()
    made_at: Moment

    @cached_property
    def digest(self) -> Digest:
        body: JsonValue = self.model_dump(
            mode="json", include={"incident_id", "attempt", "cause", "entity", "steps"}
        )
        return Digest(digest_of(body))

    @property
    def is_actionable(self) -> bool:
        """Whether any step is a tool call (else it is instructions for a person)."""
        return any(step.call is not None for step in self.steps)


class StepState(StrEnum):
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    UNDOING = "undoing"
    UNDONE = "undone"


class StepRecord(Frozen):
    """How far one step of one plan is; the write-ahead intent and its result."""

    incident_id: IncidentId
    plan_digest: Digest
    index: int
    key: StepKey
    state: StepState
    fence: int
    at: Moment
    result: JsonObject = {}
    error: str = ""
