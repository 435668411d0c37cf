"""A change to one object, decided before anything is sent: its operations, what it stands on, its way back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from mcp_servers.k8s import pointers, shape
from mcp_servers.k8s.pointers import ABSENT, Operation, at, pointer, put
from mcp_servers.k8s.pointers import test as op_test
from mcp_servers.k8s.rollouts import Revisions, numbered_by
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.contract import Blast, Expect, Undo
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import beginning
from mcp_servers.kit.redaction import holds_secret, redacted

JsonMap = dict[str, JsonValue]

RESOURCE_VERSION = "/metadata/resourceVersion"
BY_REVISION = "rollout_undo"


@dataclass(frozen=True)
class Around:
    """What was read besides the target itself, for changes that need it."""

    pods: Sequence[Json] = ()
    autoscalers: Sequence[Json] = ()
    budgets: Sequence[Json] = ()
    revisions: Revisions = field(default_factory=lambda: Revisions(0, ()))
    source: Json = field(default_factory=dict)
    """A second object the change is made from: the CronJob of a new Job."""
    gaps: Mapping[str, str] = field(default_factory=dict)
    """What could not be read, and so is not known of the blast: its name → a sentence that says so."""

    @property
    def notes(self) -> list[str]:
        return list(self.gaps.values())


@dataclass(frozen=True)
class Change:
    """`operations` is empty where everything is already as asked. `fields` are what it reads or writes."""

    operations: tuple[Operation, ...]
    fields: tuple[str, ...]
    undo: UndoPlan
    guards: tuple[Operation, ...] = ()
    blast: Blast = field(default_factory=Blast)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class UndoPlan:
    """How to take the change back; its `expect` is filled in from what the server says stands there after."""

    tool: str | None
    arguments: JsonMap = field(default_factory=dict)
    statement: str = ""
    rests_on: tuple[str, ...] | None = None
    """Fields that must still be as this change left them; None: all of the change's fields."""


def stands_on(change: Change, item: Json) -> tuple[str, ...]:
    """The fields of the ground: the change's own and, where the way back is a revision, which one it has now.

    That number is another as soon as the change is rolled out: a write that is found done later could not
    tell any more where it came from.
    """
    return (*change.fields, *(numbered_by(item) if change.undo.tool == BY_REVISION else ()))


def undo_answer(change: Change, after: Json, cluster: str) -> Undo:
    """The undo as a call that can be made as it stands, bound to the object as the change left it."""
    plan = change.undo
    if plan.tool is None:
        return Undo(tool=None, statement=plan.statement)
    fields = change.fields if plan.rests_on is None else plan.rests_on
    expect: JsonMap = {"uid": shape.uid_of(after), "fields": dict(pointers.values(after, fields))}
    named: JsonMap = {"cluster": cluster} if cluster else {}
    return Undo(
        tool=plan.tool, arguments={**plan.arguments, **named, "expect": expect}, statement=plan.statement
    )


def patch_of(change: Change, item: Json, expect: Expect, key: str) -> list[Operation]:
    """The whole JSON patch: tests of what is expected, the change, and the step's key on the object.

    Raises ToolError (precondition_failed) where the object is already not as expected.
    """
    check_expectation(item, expect)
    tests = [op_test("/metadata/uid", shape.uid_of(item))]
    tests += [op_test(path, at(item, path)) for path in expect.fields if at(item, path) is not ABSENT]
    operations = pointers.merged([*change.operations, *_marks(item, key)])
    if _needs_version(item, expect, operations):
        tests.append(op_test(RESOURCE_VERSION, at(item, RESOURCE_VERSION)))
    return [*tests, *change.guards, *operations]


def check_expectation(item: Json, expect: Expect) -> None:
    """Raises ToolError (precondition_failed) naming every field that is not as expected.

    A value that left this server redacted comes back redacted, and is compared in that form.
    """
    if expect.uid and expect.uid != shape.uid_of(item):
        raise moved(item, ["it was deleted and made anew: its uid is another"])
    now = pointers.values(item, list(expect.fields))
    shown = redacted(now)
    wrong = [
        f"{path} is {_short(shown[path])} and was {_short(value)}"
        for path, value in expect.fields.items()
        if value not in (now[path], shown[path])
    ]
    if wrong:
        raise moved(item, wrong)


def moved(item: Json, wrong: Sequence[str]) -> ToolError:
    return ToolError(
        Code.PRECONDITION_FAILED,
        f"{item.get('kind', 'The object')} {shape.name_of(item)} is not as it was: {'; '.join(wrong[:6])}. "
        "Nothing was written.",
        try_next="Preview again and decide anew.",
    )


def required_expectation(expect: Expect | None) -> Expect:
    """Raises ToolError where a write does not say what it stands on."""
    if expect is None or not expect.uid:
        raise ToolError(
            Code.INVALID_ARGUMENT,
            "expect.uid: a write must say which object it is for, and what it found there.",
            try_next="Take `expect` from the `ground` of the preview.",
        )
    return expect


def is_secret_value(value: JsonValue, name: str) -> bool:
    return isinstance(value, str) and holds_secret(value, name=name)


def element(item: Json, path: str, name: str) -> tuple[int, Operation]:
    """Index of the list element of this name, and the test that it still stands there. Raises ToolError."""
    elements = at(item, path)
    found = elements if isinstance(elements, list) else []
    for index, each in enumerate(found):
        if isinstance(each, dict) and each.get("name") == name:
            return index, op_test(f"{path}/{index}/name", name)
    names = ", ".join(str(each.get("name")) for each in found) or "none"
    kind = path.rpartition("/")[2].rstrip("s")
    raise ToolError(
        Code.NOT_FOUND, f"{item.get('kind')} {shape.name_of(item)} has no {kind} {name!r}; it has: {names}."
    )


def _marks(item: Json, key: str) -> list[Operation]:
    """The step's key, and the keys before it: a later step must not hide that an earlier one was done."""
    earlier = [known for known in shape.steps_on(item) if known != key][: shape.EARLIER_KEPT]
    path = pointer("metadata", "annotations", shape.STEP)
    marks = put(item, path, key)
    if earlier:
        marks += put(item, pointer("metadata", "annotations", shape.EARLIER_STEPS), " ".join(earlier))
    return marks


def _needs_version(item: Json, expect: Expect, operations: Sequence[Operation]) -> bool:
    """JSON patch cannot test that nothing stands somewhere; only the version of the whole object can."""
    nothing = any(at(item, path) is ABSENT for path in expect.fields)
    return nothing or pointers.adds_parents(operations)


def _short(value: JsonValue | Mapping[str, JsonValue]) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{beginning(text, 80)}…"
