"""A remediation: ordered, reversible steps, each an exact tool call, bound together by one digest."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Self

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, JsonObject, Moment, digest_of
from sre_agent.domain.ids import Digest, IncidentId, StepKey
from sre_agent.domain.mitigation import TimeBox


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
    """What a step can hurt; None and `unknown` where nobody could tell."""

    pods: int = 0
    """Pods it touches, all in all."""
    away: int | None = None
    """Most pods that may be away at one time while it runs, or for good."""
    ready: int | None = None
    """Pods of the target that are ready now."""
    replicas_before: int | None = None
    replicas_after: int | None = None
    capacity: int | None = None
    """Ready pods of the services that the target stands behind."""
    share_of_capacity: float | None = None
    """Share of that capacity that it touches, 0.0 to 1.0."""
    services: tuple[str, ...] = ()
    """The services that the target stands behind, `namespace/name`."""
    dependants: tuple[str, ...] = ()
    """Who calls them, up the call graph, the nearest first."""
    budget: str = "unknown"
    """`none` covers the pods, it `allows` as many to be away, it would be `exceeded`, or `unknown`."""
    notes: tuple[str, ...] = ()

    @property
    def share_away(self) -> float | None:
        """Share of the ready pods that may be away at one time, 0.0 to 1.0."""
        if self.away is None or self.ready is None:
            return 0.0 if self.away == 0 else None
        return min(self.away / self.ready, 1.0) if self.ready else 0.0

    @property
    def takes_last_replica(self) -> str:
        """`yes` where no ready pod might be left, `no`, or `unknown`. What has no ready pod cannot lose the last."""
        if self.away == 0 or self.ready == 0:
            return "no"
        if self.away is None or self.ready is None:
            return "unknown"
        return "yes" if self.away >= self.ready else "no"


class Drift(Frozen):
    """One thing that is not as it was when a plan was made; None: nothing stands there."""

    step: int
    target: EntityRef
    field: str
    """A JSON pointer, `uid` or `generation`."""
    planned: JsonValue
    now: JsonValue

    def __str__(self) -> str:
        return f"{self.field} of {self.target} was {_shown(self.planned)} and is now {_shown(self.now)}"


def _shown(value: JsonValue) -> str:
    return "nothing" if value is None else repr(value)


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
    time_box: TimeBox | None = None
    """Where it only helps for a time: it is restored then, or its owner is asked."""
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
    instead_of: Digest | None = None
    """The plan before it, where nothing of that was done: it is void."""
    changes: tuple[Drift, ...] = ()
    """How the ground differs from the one that the void plan stood on."""
    made_at: Moment

    @cached_property
    def digest(self) -> Digest:
        body = self.model_dump(mode="json", include={"incident_id", "attempt", "cause", "entity", "steps"})
        for step in body["steps"]:
            # Plans that were made before there were time boxes keep the digest that people approved.
            if step["time_box"] is None:
                del step["time_box"]
        return Digest(digest_of(body))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with a digest of its own: pydantic's would carry the remembered one to other steps."""
        made = super().model_copy(update=update, deep=deep)
        made.__dict__.pop("digest", None)
        return made

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
    RESTORING = "restoring"
    RESTORED = "restored"
    """It helped, and its time was up."""


_IN_EFFECT: Final = frozenset({StepState.DONE, StepState.UNDOING, StepState.UNCERTAIN, StepState.RESTORING})


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

    @property
    def is_in_effect(self) -> bool:
        """Whether what it changed stands, or perhaps stands."""
        return self.state in _IN_EFFECT and self.result.get("changed") is not False
