"""YAML read with the place of every value, so that each mistake can say where it stands."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final, Protocol

import yaml

from sre_agent.policy.problems import Place, Problem

MAX_CHARS: Final = 1_000_000
MAX_DEPTH: Final = 20
_STRING: Final = "tag:yaml.org,2002:str"
_INT: Final = "tag:yaml.org,2002:int"
_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, those that turn the order of what is read around, and halves of surrogate pairs."""
_DURATION: Final = re.compile(r"(\d+)([smhd])")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = 80
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Reader:
    """Reads one file's nodes as typed values; a wrong one is noted in `problems` and comes back as None."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def document(self, text: str, *, holds: str = "rules") -> yaml.Node | None:
        """The root of the one document in this text; `holds`: what it would be written for."""
        if len(text) > MAX_CHARS:
            self._refuse(1, 1, f"the file has {len(text)} characters", f"keep it under {MAX_CHARS}")
            return None
        try:
            if not self._is_plain(text):
                return None
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as problem:
            self._refuse(
                *_at(problem.problem_mark), f"this is not YAML: {problem.problem}", "mend the syntax"
            )
            return None
        except yaml.reader.ReaderError as problem:
            place = _place_of(text, int(problem.position))
            sign = f"the sign U+{ord(text[problem.position]):04X} may not stand in YAML"
            self._refuse(*place, sign, "take it out")
            return None
        except (yaml.YAMLError, RecursionError) as problem:
            self._refuse(1, 1, f"this is not YAML: {problem}", "mend the syntax")
            return None
        if root is None:
            self._refuse(1, 1, "the file is empty", f"write at least `version: 1` and `{holds}:`")
        return root

    def _is_plain(self, text: str) -> bool:
        """Whether it has no aliases and little depth, either of which makes a small file a large document."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            found = _not_plain(event)
            if depth > MAX_DEPTH:
                found = ("too deep a nesting", "a law needs no more than four levels")
            if found is not None:
                self._refuse(*_at(event.start_mark), *found)
                return False
        return True

    def complain(self, node: yaml.Node, what: str, remedy: str, *, line: int = 0, column: int = 0) -> None:
        """Note a mistake at this node, or at a given line and column."""
        place = self.place(node)
        at = Place(self.file, line or place.line, column or place.column)
        self.problems.append(Problem(at, what, remedy))

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def fields(
        self, node: yaml.Node, *, required: Sequence[str] = (), optional: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        """The values of a mapping that has these keys and no others, each once."""
        found: dict[str, yaml.Node] = {}
        known = [*required, *optional]
        for key, name, value in self.pairs(node):
            if name not in known:
                self.complain(
                    key,
                    f"unknown key {_SHORT.repr(name)}",
                    near(name, known, f"here stand {', '.join(known)}"),
                )
            else:
                found[name] = value
        for name in required:
            if isinstance(node, yaml.MappingNode) and name not in found:
                self.complain(node, f"the key {name!r} is missing", f"add `{name}: …`")
        return found

    def pairs(self, node: yaml.Node) -> Iterator[tuple[yaml.Node, str, yaml.Node]]:
        """Key node, key and value node of a mapping; a key given twice is noted."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, f"here stands {shown(node)}", "write `key: value` lines")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self.text(key)
            if name is None:
                continue
            if name in seen:
                self.complain(key, f"the key {name!r} stands here twice", "keep one of them")
            seen.add(name)
            yield key, name, value

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """The nodes of a list that is not empty."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            return list(node.value)
        self.complain(node, f"here stands {shown(node)}", "write a list: `- …` lines or [a, b]")
        return []

    def text(self, node: yaml.Node) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == _STRING and node.value.strip():
            return str(node.value)
        self.complain(
            node,
            f"here stands {shown(node)}",
            "write a text; in quotes if YAML takes it for a number or a yes",
        )
        return None

    def texts(self, node: yaml.Node) -> list[str]:
        return [text for item in self.items(node) if (text := self.text(item)) is not None]

    def choice(self, node: yaml.Node, allowed: Sequence[str]) -> str | None:
        text = self.text(node)
        if text is None or text in allowed:
            return text
        remedy = near(text, allowed, f"write one of {', '.join(allowed)}")
        self.complain(node, f"{_SHORT.repr(text)} is not known here", remedy)
        return None

    def choices(self, node: yaml.Node, allowed: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for item in self.items(node) if (text := self.choice(item, allowed)) is not None)

    def whole(self, node: yaml.Node, *, least: int, most: int) -> int | None:
        """A whole number within these bounds."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _INT and node.value.isdecimal():
            digits = node.value.lstrip("0") or "0"
            if len(digits) <= len(str(most)) and least <= int(digits) <= most:
                return int(digits)
        self.complain(node, f"here stands {shown(node)}", f"write a whole number from {least} to {most}")
        return None

    def duration(self, node: yaml.Node) -> timedelta | None:
        raw = _raw(node)
        found = _DURATION.fullmatch(raw)
        if found is not None and len(found[1]) < 8 and int(found[1]) > 0:
            return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
        self.complain(
            node, f"{_SHORT.repr(raw)} is not a duration", "write a number and s, m, h or d, as in 30m"
        )
        return None

    def clock(self, node: yaml.Node) -> time | None:
        raw = _raw(node)
        found = _CLOCK.fullmatch(raw)
        if found is not None:
            return time(int(found[1]), int(found[2]))
        self.complain(
            node, f"{_SHORT.repr(raw)} is not a time of day", "write hours and minutes in UTC, as in 09:00"
        )
        return None

    def moment(self, node: yaml.Node) -> datetime | None:
        raw = _raw(node)
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.complain(
                node,
                f"{_SHORT.repr(raw)} is not a time",
                "write it with its zone, as in 2026-12-24T00:00:00Z",
            )
            return None
        return moment

    def _refuse(self, line: int, column: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(Place(self.file, line, column), what, remedy))


def _not_plain(event: yaml.Event) -> tuple[str, str] | None:
    """What in this piece of YAML a law has no use for, and the remedy."""
    tag = getattr(event, "tag", None)
    if tag is not None and tag != "!":
        return f"a YAML tag ({tag})", "take it out; plain values need none"
    anchor = getattr(event, "anchor", None)
    if anchor is not None:
        return f"a YAML anchor or alias ({anchor})", "write the value out"
    # An escape in quotes may stand for what no database holds and no terminal should be told.
    sign = _UNWRITABLE.search(str(getattr(event, "value", "") or ""))
    if sign is not None:
        return (
            f"the sign U+{ord(sign[0]):04X} in a text",
            "take it out; a text has letters, blanks and line ends",
        )
    return None


def near(name: str, known: Sequence[str], otherwise: str) -> str:
    """A remedy for a name that is not known: the one that was probably meant, if any is like it."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}? {otherwise}" if close else otherwise


def _place_of(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


class _Mark(Protocol):
    line: int
    column: int


def _at(mark: _Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _raw(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else shown(node)


def shown(node: yaml.Node) -> str:
    """What stands there, as far as one line holds it."""
    if isinstance(node, yaml.ScalarNode):
        return _SHORT.repr(str(node.value)) if node.value else "nothing"
    if isinstance(node, yaml.SequenceNode):
        return "a list" if node.value else "an empty list"
    return "a mapping"
