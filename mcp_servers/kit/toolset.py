"""Declaring tools: a tool is a typed async function; its docstring, arguments and answer describe it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, TypeVar, get_type_hints

from mcp_servers.kit.contract import Answer, Ask, Preview, StepAsk, StepState, WriteAsk, WriteResult
from mcp_servers.kit.limits import Limits

A = TypeVar("A", bound=Ask)
R = TypeVar("R", bound=Answer)
W = TypeVar("W", bound=Ask)


class Kind(StrEnum):
    READ = "read"
    PREVIEW = "preview"
    WRITE = "write"


@dataclass(frozen=True)
class Step:
    """The right under which a write runs: its key goes to the target, so that it can be found again."""

    key: str
    incident: str
    fence: int


@dataclass(frozen=True)
class Trace:
    """What a write leaves: how it is found again, and the tools that its undo may name; none: it cannot be undone."""

    found_by: str
    undone_by: tuple[str, ...] = ()


NO_TRACE: Final = Trace("")


@dataclass(frozen=True)
class Tool:
    """One declared tool. `run` takes the validated ask, and for a write the step too."""

    name: str
    kind: Kind
    description: str
    asks: type[Ask]
    answers: type[Answer]
    run: Callable[..., Awaitable[Answer]]
    destructive: bool = False
    trace: Trace = NO_TRACE

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        return self.asks.model_json_schema()

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        return self.answers.model_json_schema(mode="serialization")

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """Names of arguments whose values are not for the log."""
        marked = (
            name
            for name, info in self.asks.model_fields.items()
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("x-sensitive")
        )
        return frozenset(marked)


@dataclass
class Toolset:
    """The tools of one server. Declare them with `read`, `write` and `reconcile`.

    tools = Toolset(instructions="…")
    tools.read(query_logs)                              # async (QueryLogs) -> LogLines
    tools.write(merge_pr, preview=preview_merge_pr)     # async (MergePr, Step) -> WriteResult
    tools.reconcile(step_state)                         # async (StepAsk) -> StepState
    """

    instructions: str = ""
    limits: Limits = field(default_factory=Limits)
    tools: dict[str, Tool] = field(default_factory=dict)
    state_of: Callable[[StepAsk], Awaitable[StepState]] | None = None
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def read(self, fn: Callable[[A], Awaitable[R]]) -> None:
        """A tool that changes nothing: named for its function, described by its docstring."""
        self._add(fn, Kind.READ)

    def write(
        self,
        fn: Callable[[W, Step], Awaitable[WriteResult]],
        *,
        preview: Callable[[W], Awaitable[Preview]],
        destructive: bool = False,
        trace: Trace = NO_TRACE,
    ) -> None:
        """A tool that needs a grant, and its twin `preview_<name>` that takes the same arguments."""
        name = fn.__name__
        if preview.__name__ != f"preview_{name}":
            raise ValueError(f"the preview of {name} must be named preview_{name}, not {preview.__name__}")
        self._add(fn, Kind.WRITE)
        self.tools[name] = replace(self.tools[name], destructive=destructive, trace=trace)
        self._add(preview, Kind.PREVIEW)
        if self.tools[name].asks is not self.tools[f"preview_{name}"].asks:
            raise ValueError(f"{name} and its preview must take the same arguments")

    def reconcile(self, fn: Callable[[StepAsk], Awaitable[StepState]]) -> None:
        """How to look in the world whether a step's write is there; offered as the read tool `step_state`."""
        if fn.__name__ != "step_state":
            raise ValueError("the tool that looks for a step is named step_state")
        self.state_of = fn
        self._add(fn, Kind.READ)

    def replace_state(self, fn: Callable[[StepAsk], Awaitable[StepState]]) -> None:
        """Put the gate's own knowledge before the look into the world."""
        self.tools["step_state"] = replace(self.tools["step_state"], run=fn)

    def on_stop(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Called when the server stops, last one first."""
        self.closers.append(closer)

    @property
    def write_names(self) -> tuple[str, ...]:
        return tuple(tool.name for tool in self.tools.values() if tool.kind is Kind.WRITE)

    def check(self) -> None:
        """Raises ValueError where the set is not whole."""
        if self.write_names and self.state_of is None:
            raise ValueError("a server with write tools must declare step_state with reconcile()")

    def _add(self, fn: Callable[..., Awaitable[Answer]], kind: Kind) -> None:
        hints = get_type_hints(fn)
        answers = hints.pop("return", None)
        name, description = fn.__name__, inspect.getdoc(fn) or ""
        asks = next(iter(hints.values()), None)
        if not (isinstance(asks, type) and issubclass(asks, Ask)):
            raise ValueError(f"{name}: its first argument must be an Ask")
        if not (isinstance(answers, type) and issubclass(answers, Answer)):
            raise ValueError(f"{name}: it must return an Answer")
        if kind is Kind.WRITE and not issubclass(asks, WriteAsk):
            raise ValueError(f"{name}: a write's argument must be a WriteAsk")
        if not description or name in self.tools:
            raise ValueError(f"{name}: it needs a docstring of its own and a name that is not taken")
        self.tools[name] = Tool(name, kind, description, asks, answers, fn)
