"""What a LogQL query says, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MatchOp = Literal["=", "!=", "=~", "!~"]
CompareOp = Literal["==", "!=", ">", ">=", "<", "<="]
RangeOp = Literal["count_over_time", "rate", "bytes_over_time", "bytes_rate"]
VectorOp = Literal["sum", "min", "max", "avg", "count", "topk", "bottomk"]


@dataclass(frozen=True)
class Matcher:
    """`name="value"`: on stream labels, or on labels of a line after a parser."""

    name: str
    op: MatchOp
    value: str


@dataclass(frozen=True)
class LineFilter:
    """`|= "a" or "b"`: a line passes when one of the texts fits (or, negated, when none does)."""

    op: Literal["|=", "!=", "|~", "!~"]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Parser:
    kind: Literal["json", "logfmt"]


@dataclass(frozen=True)
class Comparison:
    """`status >= 500`, `took > 250ms`, `size < 1KB`; unit tells how the label is read."""

    name: str
    op: CompareOp
    value: float
    unit: Literal["number", "duration", "bytes"]


@dataclass(frozen=True)
class Both:
    left: LabelFilter
    right: LabelFilter


@dataclass(frozen=True)
class Either:
    left: LabelFilter
    right: LabelFilter


LabelFilter = Matcher | Comparison | Both | Either
Stage = LineFilter | Parser | LabelFilter


@dataclass(frozen=True)
class LogQuery:
    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class RangeAggregation:
    op: RangeOp
    query: LogQuery
    range_ns: int
    offset_ns: int = 0


@dataclass(frozen=True)
class Grouping:
    names: tuple[str, ...]
    without: bool = False


@dataclass(frozen=True)
class VectorAggregation:
    op: VectorOp
    inner: MetricQuery
    grouping: Grouping = Grouping(())
    count: int = 0
    """For topk and bottomk."""


MetricQuery = RangeAggregation | VectorAggregation
Query = LogQuery | MetricQuery


class QueryWrong(Exception):
    """Answered with 400; the message is Loki's."""
