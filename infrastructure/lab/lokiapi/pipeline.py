"""What a query does to each line: filters, parsers, label filters. Pure."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infrastructure.lab.lokiapi.lexer import byte_count, duration_ns
from infrastructure.lab.lokiapi.syntax import (
    Both,
    Comparison,
    Either,
    LabelFilter,
    LineFilter,
    Matcher,
    Parser,
    Stage,
)

Labels = dict[str, str]
Step = Callable[[str, Labels], bool]
"""Looks at a line and its labels, may add labels; False drops the line."""
ERROR = "__error__"
DETAILS = "__error_details__"
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_]")
_PAIR = re.compile(r'([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?=\s|$)')
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def stream_test(matchers: Sequence[Matcher]) -> Callable[[Mapping[str, str]], bool]:
    tests = [_matcher_test(matcher) for matcher in matchers]
    return lambda labels: all(test(labels) for test in tests)


def _matcher_test(matcher: Matcher) -> Callable[[Mapping[str, str]], bool]:
    name, value = matcher.name, matcher.value
    if matcher.op == "=":
        return lambda labels: labels.get(name, "") == value
    if matcher.op == "!=":
        return lambda labels: labels.get(name, "") != value
    whole = re.compile(f"(?:{value})", re.DOTALL)
    if matcher.op == "=~":
        return lambda labels: whole.fullmatch(labels.get(name, "")) is not None
    return lambda labels: whole.fullmatch(labels.get(name, "")) is None


def compile_stages(stages: Sequence[Stage]) -> Callable[[str, Mapping[str, str]], Labels | None]:
    """A function from (line, stream labels) to the line's labels, or None when it is dropped."""
    steps = [_step(stage) for stage in stages]

    def run(line: str, stream: Mapping[str, str]) -> Labels | None:
        labels = dict(stream)
        return labels if all(step(line, labels) for step in steps) else None

    return run


def _step(stage: Stage) -> Step:
    if isinstance(stage, LineFilter):
        return _line_step(stage)
    if isinstance(stage, Parser):
        return _json_step if stage.kind == "json" else _logfmt_step
    return _label_step(stage)


def _line_step(stage: LineFilter) -> Step:
    if stage.op in ("|=", "!="):
        wanted = stage.op == "|="
        return lambda line, _: any(text in line for text in stage.texts) is wanted
    patterns = [re.compile(text) for text in stage.texts]
    wanted = stage.op == "|~"
    return lambda line, _: any(pattern.search(line) for pattern in patterns) is wanted


def _json_step(line: str, labels: Labels) -> bool:
    try:
        parsed = json.loads(line)
    except ValueError as error:
        labels[ERROR], labels[DETAILS] = "JSONParserErr", str(error)
        return True
    if not isinstance(parsed, dict):
        labels[ERROR], labels[DETAILS] = (
            "JSONParserErr",
            "Value looks like object, but can't find closing '}' symbol",
        )
        return True
    stream = set(labels)
    for name, value in _flat(parsed, ""):
        labels[f"{name}_extracted" if name in stream else name] = value
    return True


def _flat(parsed: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    """Nested objects joined by `_`; arrays are left out, as Loki does."""
    pairs: list[tuple[str, str]] = []
    for key, value in parsed.items():
        name = label_name(f"{prefix}_{key}" if prefix else key)
        if isinstance(value, dict):
            pairs += _flat(value, name)
        elif not isinstance(value, list):
            pairs.append((name, _text(value)))
    return pairs


def label_name(text: str) -> str:
    name = _NOT_A_NAME.sub("_", text)
    return f"_{name}" if name[:1].isdigit() else name


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _logfmt_step(line: str, labels: Labels) -> bool:
    stream = set(labels)
    for key, quoted, plain in _PAIR.findall(line):
        name, value = label_name(key), _unquoted(quoted) if quoted else plain
        if value:
            labels[f"{name}_extracted" if name in stream else name] = value
    return True


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def _label_step(stage: LabelFilter) -> Step:
    if isinstance(stage, (Both, Either)):
        left, right = _label_step(stage.left), _label_step(stage.right)
        if isinstance(stage, Both):
            return lambda line, labels: left(line, labels) and right(line, labels)
        return lambda line, labels: left(line, labels) or right(line, labels)
    if isinstance(stage, Matcher):
        test = _matcher_test(stage)
        return lambda _, labels: test(labels)
    return lambda _, labels: _compare(stage, labels)


def _compare(stage: Comparison, labels: Labels) -> bool:
    """A label that is not there drops the line; one that cannot be read keeps it, marked with an error."""
    text = labels.get(stage.name)
    if text is None:
        return False
    value = _read(text, stage.unit)
    if value is None:
        labels.setdefault(ERROR, "LabelFilterErr")
        return True
    return _OPERATORS[stage.op](value, stage.value)


def _read(text: str, unit: str) -> float | None:
    if unit == "duration":
        found = duration_ns(text)
        return None if found is None else float(found)
    if unit == "bytes":
        return byte_count(text)
    try:
        return float(text)
    except ValueError:
        return None
