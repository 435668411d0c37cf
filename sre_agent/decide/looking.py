"""The world looked at again: what each step of a plan stands on, beside what was planned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, JsonObject
from sre_agent.domain.plan import Call, Drift, Ground, Plan, Step
from sre_agent.errors import GroundMoved, Retryable, ToolFailed, ToolNotConfigured

Ask = Callable[[Call], Awaitable[JsonObject]]
"""Makes a read call. Raises as a toolbox does."""


class Standing(StrEnum):
    AS_PLANNED = "as_planned"
    MOVED = "moved"
    FOLLOWS = "follows"
    """It stands on what an earlier step will make, or is for a person's hands: there is nothing to look at yet."""
    UNKNOWN = "unknown"
    """Nobody can look now."""


class StepLook(Frozen):
    """One step's ground as it is now. `fields` are the present values of what the plan reads or writes."""

    step: int
    target: EntityRef
    standing: Standing
    why: str = ""
    fields: JsonObject = {}
    drift: tuple[Drift, ...] = ()

    @property
    def changes(self) -> tuple[str, ...]:
        """What moved, in sentences; empty unless it did."""
        if self.standing is not Standing.MOVED:
            return ()
        return tuple(map(str, self.drift)) or (self.why,)


async def look_at(plan: Plan, ask: Ask) -> tuple[StepLook, ...]:
    """Every step of the plan, in order."""
    return tuple([await _look(step, ask) for step in plan.steps])


async def _look(step: Step, ask: Ask) -> StepLook:
    if not stands_on_something(step):
        return StepLook(step=step.index, target=step.target, standing=Standing.FOLLOWS)
    try:
        preview = await ask(preview_of(step))
    except (ToolFailed, GroundMoved) as failure:
        why = f"{step.target} cannot be changed as planned any more: {failure}"
        return StepLook(step=step.index, target=step.target, standing=Standing.MOVED, why=why)
    except (Retryable, ToolNotConfigured) as away:
        return StepLook(step=step.index, target=step.target, standing=Standing.UNKNOWN, why=str(away))
    drift = drifted(step, preview)
    fields = _mapping(_mapping(preview.get("ground")).get("fields"))
    standing = Standing.MOVED if drift else Standing.AS_PLANNED
    return StepLook(step=step.index, target=step.target, standing=standing, fields=dict(fields), drift=drift)


def stands_on_something(step: Step) -> bool:
    """Whether a preview was possible when the plan was made, so that it can be made again and compared."""
    ground = step.ground
    return step.call is not None and bool(ground.uid or ground.fields or ground.generation is not None)


def preview_of(step: Step) -> Call:
    """The look at a step's target as it is now: its preview, without the expectation that it be as planned."""
    if step.call is None:
        raise ValueError(f"step {step.index} is for a person's hands and has no preview")
    arguments = {name: value for name, value in step.call.arguments.items() if name != "expect"}
    return Call(server=step.call.server, tool=f"preview_{step.call.tool}", arguments=arguments)


def drifted(step: Step, preview: JsonObject) -> tuple[Drift, ...]:
    """What is no longer as the plan says, by a fresh preview of a step; empty where the ground stands still."""
    seen = _mapping(preview.get("ground"))
    fields = _mapping(seen.get("fields"))
    now = {"uid": seen.get("uid"), "generation": seen.get("generation")}
    now |= {pointer: fields.get(pointer) for pointer in step.ground.fields}
    return _differences(step.index, step.target, _told(step.ground), now)


def between(earlier: Sequence[Step], later: Sequence[Step]) -> tuple[Drift, ...]:
    """How the ground of two plans differs, target by target, in what both of them looked at."""
    before = {(step.action, step.target): step for step in earlier if stands_on_something(step)}
    found: list[Drift] = []
    for step in later:
        old = before.get((step.action, step.target))
        if old is not None and stands_on_something(step):
            now = _told(step.ground)
            both = {name: value for name, value in _told(old.ground).items() if name in now}
            found += _differences(step.index, step.target, both, now)
    return tuple(found)


def _told(ground: Ground) -> dict[str, JsonValue]:
    """What a ground says: who the object is, which generation, and the fields; without what it does not know."""
    who: dict[str, JsonValue] = {"uid": ground.uid} if ground.uid else {}
    which: dict[str, JsonValue] = {} if ground.generation is None else {"generation": ground.generation}
    return {**who, **which, **ground.fields}


def _differences(
    index: int, target: EntityRef, planned: Mapping[str, JsonValue], now: Mapping[str, JsonValue]
) -> tuple[Drift, ...]:
    return tuple(
        Drift(step=index, target=target, field=name, planned=value, now=now.get(name))
        for name, value in planned.items()
        if value != now.get(name)
    )


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
