"""A reader for GraphQL queries: documents → selections with their arguments resolved. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""(?P<skip>[\s,\ufeff]+|\#[^\n]*)
    |(?P<block>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\")
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[_A-Za-z]\w*)
    |(?P<mark>\.\.\.|[!$()\[\]{}:=@|&])""",
    re.VERBOSE,
)
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class QueryWrong(Exception):
    """Not GraphQL; where it went wrong is in the message."""


@dataclass(frozen=True)
class Selection:
    """A field, or (name empty) an inline fragment with its type condition."""

    name: str
    alias: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    on_type: str = ""
    children: tuple[Selection, ...] = ()
    line: int = 1
    column: int = 1

    @property
    def key(self) -> str:
        return self.alias or self.name


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    column: int


def read_query(text: str, variables: Mapping[str, Any]) -> tuple[str, tuple[Selection, ...]]:
    """(operation, its selections); raises QueryWrong."""
    return _Reader(_tokens(text), variables).document()


def _tokens(text: str) -> list[_Token]:
    tokens, at, line, line_start = [], 0, 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise QueryWrong(f"Unexpected character {text[at]!r} at [{line}, {at - line_start + 1}]")
        kind = str(found.lastgroup)
        if kind != "skip":
            tokens.append(_Token(kind, found.group(), line, at - line_start + 1))
        newlines = found.group().count("\n")
        if newlines:
            line += newlines
            line_start = at + found.group().rindex("\n") + 1
        at = found.end()
    tokens.append(_Token("end", "end of file", line, at - line_start + 1))
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token], variables: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._at = 0
        self._variables = dict(variables)
        self._fragments: dict[str, tuple[str, int]] = {}

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, text: str = "", kind: str = "") -> _Token:
        token = self._next
        if (text and token.text != text) or (kind and token.kind != kind):
            wanted = text or kind
            raise QueryWrong(f'Expected {wanted}, actual: "{token.text}" at [{token.line}, {token.column}]')
        self._at += 1
        return token

    def document(self) -> tuple[str, tuple[Selection, ...]]:
        self._find_fragments()
        self._at = 0
        operation = "query"
        while self._next.text == "fragment":
            self._skip_fragment()
        if self._next.kind == "name":
            operation = self._take().text
            if self._next.kind == "name":
                self._take()
            self._defaults()
        selections = self._selections()
        while self._next.text == "fragment":
            self._skip_fragment()
        self._take(kind="end")
        return operation, selections

    def _find_fragments(self) -> None:
        for index, token in enumerate(self._tokens[:-4]):
            name, on, on_type = self._tokens[index + 1 : index + 4]
            if token.text == "fragment" and on.text == "on":
                self._fragments[name.text] = (on_type.text, index + 4)

    def _skip_fragment(self) -> None:
        self._at += 4
        self._selections()

    def _defaults(self) -> None:
        """Variable definitions: only their defaults matter here."""
        if self._next.text != "(":
            return
        self._take("(")
        while self._next.text != ")":
            self._take("$")
            name = self._take(kind="name").text
            self._take(":")
            while self._next.text in ("[", "]", "!") or self._next.kind == "name":
                self._take()
            if self._next.text == "=":
                self._take("=")
                self._variables.setdefault(name, self._value())
        self._take(")")

    def _selections(self) -> tuple[Selection, ...]:
        self._take("{")
        found = []
        while self._next.text != "}":
            found.append(self._fragment() if self._next.text == "..." else self._field())
        self._take("}")
        return tuple(found)

    def _fragment(self) -> Selection:
        token = self._take("...")
        if self._next.text == "on":
            self._take("on")
            return Selection("", on_type=self._take(kind="name").text, children=self._selections())
        name = self._take(kind="name").text
        if name not in self._fragments:
            raise QueryWrong(f"Fragment {name} was used, but not defined at [{token.line}, {token.column}]")
        on_type, start = self._fragments[name]
        back, self._at = self._at, start
        children = self._selections()
        self._at = back
        return Selection("", on_type=on_type, children=children)

    def _field(self) -> Selection:
        token = self._take(kind="name")
        alias, name = "", token.text
        if self._next.text == ":":
            self._take(":")
            alias, name = name, self._take(kind="name").text
        arguments = self._arguments() if self._next.text == "(" else {}
        children = self._selections() if self._next.text == "{" else ()
        return Selection(name, alias, arguments, "", children, token.line, token.column)

    def _arguments(self) -> dict[str, Any]:
        self._take("(")
        found = {}
        while self._next.text != ")":
            name = self._take(kind="name").text
            self._take(":")
            found[name] = self._value()
        self._take(")")
        return found

    def _value(self) -> Any:
        readers: Mapping[str, Callable[[], Any]] = {"$": self._variable, "[": self._list, "{": self._object}
        if self._next.text in readers:
            return readers[self._next.text]()
        token = self._take()
        if token.kind == "string":
            return json.loads(token.text)
        if token.kind == "block":
            return token.text[3:-3].strip()
        if token.kind == "number":
            return json.loads(token.text)
        if token.kind == "name":
            return _WORDS.get(token.text, token.text)
        raise QueryWrong(f'Expected a value, actual: "{token.text}" at [{token.line}, {token.column}]')

    def _variable(self) -> Any:
        self._take("$")
        return self._variables.get(self._take(kind="name").text)

    def _list(self) -> list[Any]:
        self._take("[")
        found = []
        while self._next.text != "]":
            found.append(self._value())
        self._take("]")
        return found

    def _object(self) -> dict[str, Any]:
        self._take("{")
        found = {}
        while self._next.text != "}":
            name = self._take(kind="name").text
            self._take(":")
            found[name] = self._value()
        self._take("}")
        return found
