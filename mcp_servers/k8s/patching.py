"""Carries a decided change to the API server: rehearsed for a preview, for real under a grant, looked for after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.k8s import pointers, shape
from mcp_servers.k8s.access import Cluster, Clusters, Look, Reply, Sender
from mcp_servers.k8s.asks import ObjectWrite
from mcp_servers.k8s.change import (
    BY_REVISION,
    Around,
    Change,
    UndoPlan,
    check_expectation,
    patch_of,
    required_expectation,
    stands_on,
    undo_answer,
)
from mcp_servers.k8s.kinds import Kind
from mcp_servers.k8s.reading import target
from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.rollouts import numbered_by
from mcp_servers.k8s.shape import Json
from mcp_servers.k8s.workload_changes import undo_by_revision
from mcp_servers.kit.contract import Expect, Ground, Preview, StepState, Target, Undo, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step

TRIES: Final = 4
"""How often a write is built anew because the object changed, in other fields, between reading and writing."""
NOT_TOLD: Final = "The way back cannot be told any more:"
BACK: Final = "Bring back the revision it had before."
ALREADY: Final = "Everything is as asked already; nothing would be sent."


@dataclass(frozen=True, kw_only=True)
class PatchTool:
    """One write tool that changes one object: how it is named, what it asks, and how it decides."""

    name: str
    says: str
    asks: type[ObjectWrite]
    place: Callable[[Any], tuple[str, str, str]]
    """(kind, name, namespace) of the target."""
    decide: Callable[[Json, Any, Around], Change]
    around: Callable[[Look, Json, Any], Awaitable[Around]]
    undone_by: tuple[str, ...]
    """The tools that its undo may name."""


@dataclass(frozen=True)
class Stands:
    """The target as it is now."""

    cluster: Cluster
    path: str
    item: Json


@dataclass(frozen=True)
class Seen(Stands):
    """The target as it is now, and what the tool would do to it."""

    change: Change


class Patching:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def preview(self, tool: PatchTool, ask: ObjectWrite) -> Preview:
        """What the server says the change would do; nothing is kept of it."""
        for attempt in range(TRIES):
            seen = await self._decided(tool, ask, await self._stands(tool, ask))
            try:
                return await self._previewed(ask, seen)
            except Refused as problem:
                if attempt + 1 < TRIES and await self._changed_meanwhile(tool, ask, seen, problem):
                    continue
                raise
        raise ToolError(Code.CONFLICT, "The object changes too often to be previewed.")

    async def _previewed(self, ask: ObjectWrite, seen: Seen) -> Preview:
        expect = ask.expect or _as_it_is(seen)
        check_expectation(seen.item, expect)
        reply = Reply(seen.item)
        if seen.change.operations:
            reply = await self._sent(seen, expect, "preview", seen.cluster.rehearsal)
        after = shape.cleaned(reply.content)
        fields = seen.change.fields
        return Preview(
            target=target_of(seen.cluster, ask, seen.item),
            ground=ground_of(seen.item, stands_on(seen.change, seen.item)),
            before=pointers.values(seen.item, fields),
            after=pointers.values(after, fields),
            diff=shape.unified_diff(seen.item, after),
            undo=undo_answer(seen.change, after, ask.cluster),
            warnings=[*seen.change.warnings, *reply.warnings, *([] if seen.change.operations else [ALREADY])],
            blast=seen.change.blast,
        )

    async def write(self, tool: PatchTool, ask: ObjectWrite, step: Step) -> WriteResult:
        """Make the change, once: an object that bears the step's key already is left alone."""
        expect = required_expectation(ask.expect)
        for attempt in range(TRIES):
            stands = await self._stands(tool, ask)
            if step.key in shape.steps_on(stands.item):
                return await self._done_before(tool, ask, step.key, stands)
            check_expectation(stands.item, expect)
            seen = await self._decided(tool, ask, stands)
            if not seen.change.operations:
                return _result(ask, seen, Reply(seen.item), step.key)
            try:
                reply = await self._sent(seen, expect, step.key, seen.cluster.writing)
            except Refused as problem:
                if attempt + 1 < TRIES and await self._changed_meanwhile(tool, ask, seen, problem):
                    continue
                raise
            return _result(ask, seen, reply, step.key)
        raise ToolError(Code.CONFLICT, "The object changes too often to be written; nothing was written.")

    async def state(self, tool: PatchTool, ask: ObjectWrite, key: str) -> StepState:
        """Whether the object bears the step's key."""
        try:
            stands = await self._stands(tool, ask)
        except ToolError as problem:
            if problem.code is not Code.NOT_FOUND:
                raise
            return StepState(state="not_done", why=problem.message)
        named = f"{stands.item['kind']} {shape.name_of(stands.item)}"
        if key not in shape.steps_on(stands.item):
            return StepState(state="not_done", why=f"{named} does not bear the key of this step")
        result = await self._done_before(tool, ask, key, stands)
        return StepState(state="done", why=f"{named} bears the key of this step", result=result)

    async def _stands(self, tool: PatchTool, ask: ObjectWrite) -> Stands:
        cluster = await self._clusters.cluster(ask.cluster)
        kind, item = await target(cluster, *tool.place(ask))
        return Stands(cluster, _path(kind, item), item)

    async def _decided(self, tool: PatchTool, ask: ObjectWrite, now: Stands) -> Seen:
        around = await tool.around(now.cluster.look, now.item, ask)
        return Seen(now.cluster, now.path, now.item, tool.decide(now.item, ask, around))

    async def _sent(self, seen: Seen, expect: Expect, key: str, sender: Sender) -> Reply:
        operations = patch_of(seen.change, seen.item, expect, key)
        reply = await sender.patch(seen.path, operations)
        return Reply(shape.cleaned(reply.content), reply.warnings)

    async def _changed_meanwhile(
        self, tool: PatchTool, ask: ObjectWrite, seen: Seen, problem: Refused
    ) -> bool:
        """A refused patch is worth building again where the object is another than the one it was built on."""
        if problem.http not in (409, 422):
            return False
        _, now = await target(seen.cluster, *tool.place(ask))
        return bool(shape.meta(now).get("resourceVersion") != shape.meta(seen.item).get("resourceVersion"))

    async def _done_before(self, tool: PatchTool, ask: ObjectWrite, key: str, now: Stands) -> WriteResult:
        """The result of a write that is found done: what stood there before is what the ask expected."""
        expected = ask.expect.fields if ask.expect else {}
        former = pointers.with_values(now.item, expected)
        before = {path: value for path, value in expected.items() if path not in numbered_by(now.item)}
        try:
            around = await tool.around(now.cluster.look, former, ask)
            change = _former_change(tool, ask, former, around)
            undo = undo_answer(change, now.item, ask.cluster)
        except ToolError as problem:
            undo = Undo(tool=None, statement=f"{NOT_TOLD} {problem.message}")
        return WriteResult(
            changed=True,
            target=target_of(now.cluster, ask, now.item),
            before=before,
            after=pointers.values(now.item, tuple(before)),
            diff=shape.unified_diff(former, now.item),
            undo=undo,
            key=key,
            already_done=True,
            generation=shape.meta(now.item).get("generation"),
        )


def _result(ask: ObjectWrite, seen: Seen, reply: Reply, key: str) -> WriteResult:
    after: Json = reply.content
    changed = bool(seen.change.operations)
    undo = undo_answer(seen.change, after, ask.cluster)
    if not changed:
        undo = undo_answer(_without_undo(seen.change), after, ask.cluster)
    return WriteResult(
        changed=changed,
        target=target_of(seen.cluster, ask, after),
        before=pointers.values(seen.item, seen.change.fields),
        after=pointers.values(after, seen.change.fields),
        diff=shape.unified_diff(seen.item, after),
        undo=undo,
        key=key,
        generation=shape.meta(after).get("generation"),
        warnings=[*seen.change.warnings, *reply.warnings],
    )


def _former_change(tool: PatchTool, ask: ObjectWrite, former: Json, around: Around) -> Change:
    """The change that was made of an object as it was before, for its way back. Raises ToolError where none is told.

    By revision if, and only if, the ask says which one the object had: by now it has another.
    """
    if set(numbered_by(former)) & set(ask.expect.fields if ask.expect else {}):
        return Change((), (), undo_by_revision(former, around, BACK))
    change = tool.decide(former, ask, around)
    if change.undo.tool == BY_REVISION:
        raise ToolError(Code.NOT_FOUND, "nothing says which revision it had before.")
    return change


def _without_undo(change: Change) -> Change:
    nothing = UndoPlan(None, statement="It was as asked before; there is nothing to restore.")
    return Change((), change.fields, nothing)


def target_of(cluster: Cluster, ask: ObjectWrite, item: Json) -> Target:
    return Target(
        cluster=ask.cluster or cluster.name,
        kind=str(item.get("kind", "")),
        namespace=str(shape.meta(item).get("namespace", "")),
        name=shape.name_of(item),
        uid=shape.uid_of(item),
    )


def ground_of(item: Json, fields: tuple[str, ...]) -> Ground:
    return Ground(
        uid=shape.uid_of(item),
        generation=shape.meta(item).get("generation"),
        fields=pointers.values(item, fields),
    )


def _as_it_is(seen: Seen) -> Expect:
    return Expect(
        uid=shape.uid_of(seen.item), fields=pointers.values(seen.item, stands_on(seen.change, seen.item))
    )


def _path(kind: Kind, item: Json) -> str:
    return kind.path(str(shape.meta(item).get("namespace", "")), shape.name_of(item))
