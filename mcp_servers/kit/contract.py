"""The shapes every tool server answers in: asks and answers, previews, write results, and step states."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

SENSITIVE: Final[JsonDict] = {"x-sensitive": True}
"""`Field(json_schema_extra=SENSITIVE)`: the value of this argument never reaches a log line."""

Fields = dict[str, JsonValue]
"""JSON pointer → the value there."""

Name = Annotated[str, Field(max_length=253)]


class Ask(BaseModel):
    """A tool's arguments: closed, and bounded by its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """A tool's answer: closed; the output schema is made from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Expect(Ask):
    """What the target must still be for a write to go ahead: taken from the preview's `ground`."""

    uid: str = Field(default="", max_length=128)
    fields: Fields = Field(default={}, max_length=64)


class WriteAsk(Ask):
    """The arguments of a write tool. Previews take the same; `expect` is theirs to leave out."""

    expect: Expect | None = None


class Target(Answer):
    cluster: str = ""
    kind: str
    namespace: str = ""
    name: str
    uid: str = ""


class Undo(Answer):
    """How to take a write back; `tool` is None where there is nothing to restore, and `statement` says why."""

    tool: str | None
    arguments: dict[str, JsonValue] = {}
    statement: str


class WriteResult(Answer):
    """What a write changed. `already_done`: the step's key was found, so nothing was sent this time."""

    changed: bool
    target: Target
    before: Fields
    after: Fields
    diff: str
    undo: Undo
    key: str
    already_done: bool = False
    generation: int | None = None
    warnings: list[str] = []


class Ground(Answer):
    """What a plan stands on: who the target is, and the fields it reads or writes."""

    uid: str = ""
    generation: int | None = None
    fields: Fields = {}


Budget = Literal["none", "allows", "exceeded", "unknown"]
"""No disruption budget covers the pods, they allow it, it would be exceeded, or nobody could read them."""


class Blast(Answer):
    """What a write can hurt. `away`: most pods that may be away at one time; `ready`: pods of the target ready now."""

    pods: int = 0
    away: int | None = None
    ready: int | None = None
    budget: Budget = "unknown"
    replicas_before: int | None = None
    replicas_after: int | None = None
    notes: list[str] = []


class Preview(Answer):
    """What a write would do, as the system itself says."""

    target: Target
    ground: Ground
    before: Fields
    after: Fields
    diff: str
    undo: Undo
    warnings: list[str] = []
    blast: Blast = Blast()


class StepAsk(Ask):
    """Which step to look for: the write's tool and arguments, and its key."""

    tool: str = Field(min_length=1, max_length=64)
    arguments: dict[str, Any]
    key: str = Field(min_length=8, max_length=253)


class StepState(Answer):
    """Whether a step's write is seen in the world. `result` is given where it is done."""

    state: Literal["done", "not_done", "unknown"]
    why: str
    result: WriteResult | None = None
