"""Tokens → query, by recursive descent; errors in the words of Loki's parser."""

from __future__ import annotations

from typing import cast, get_args

from infrastructure.lab.lokiapi.lexer import (
    Token,
    byte_count,
    duration_ns,
    parse_error,
    range_ns,
    string_value,
    tokens_of,
)
from infrastructure.lab.lokiapi.matching import EMPTY_MATCH, check_regex, demands_something
from infrastructure.lab.lokiapi.syntax import (
    Both,
    CompareOp,
    Comparison,
    Either,
    Grouping,
    LabelFilter,
    LineFilter,
    LogQuery,
    Matcher,
    MatchOp,
    MetricQuery,
    Parser,
    Query,
    QueryWrong,
    RangeAggregation,
    RangeOp,
    Stage,
    VectorAggregation,
    VectorOp,
)

_MATCH_OPS, _COMPARE_OPS = get_args(MatchOp), ("=", *get_args(CompareOp))
_RANGE_OPS, _VECTOR_OPS = get_args(RangeOp), get_args(VectorOp)


def parse(text: str) -> Query:
    """Raises QueryWrong."""
    reader = _Reader(tokens_of(text))
    query = reader.query()
    reader.take("end")
    return query


def parse_selector(text: str) -> LogQuery:
    """A stream selector alone, as `match[]` and the index take it; the empty text matches every stream."""
    if not text.strip() or text.strip() == "{}":
        return LogQuery(())
    query = parse(text)
    if not isinstance(query, LogQuery) or query.stages:
        raise QueryWrong("only label matchers are supported")
    return query


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def take(self, kind: str) -> Token:
        token = self._next
        if token.kind != kind:
            wanted = {"end": "", "IDENTIFIER": "", "STRING": ", expecting STRING"}.get(
                kind, f", expecting {kind}"
            )
            raise self._unexpected(wanted)
        self._at += 1
        return token

    def _unexpected(self, wanted: str = "") -> QueryWrong:
        token = self._next
        return parse_error(token.line, token.column, f"syntax error: unexpected {token.shown}{wanted}")

    def _skip(self, text: str) -> bool:
        """Step over a mark or word if it is next."""
        if self._next.text != text or self._next.kind in ("STRING", "end"):
            return False
        self._at += 1
        return True

    def query(self) -> Query:
        if self._next.kind == "(":
            self.take("(")
            inner = self.query()
            self.take(")")
            return inner
        return self._log_query() if self._next.kind == "{" else self._metric()

    def _log_query(self) -> LogQuery:
        return LogQuery(self._selector(), self._stages())

    def _stages(self) -> tuple[Stage, ...]:
        stages: list[Stage] = []
        while self._next.kind in ("|", "|=", "|~", "!=", "!~"):
            stages.append(self._stage())
        return tuple(stages)

    def _selector(self) -> tuple[Matcher, ...]:
        self.take("{")
        matchers = [] if self._next.kind == "}" else [self._matcher()]
        while self._next.kind == ",":
            self.take(",")
            if self._next.kind == "}":
                break
            matchers.append(self._matcher())
        self.take("}")
        if not any(demands_something(matcher) for matcher in matchers):
            raise QueryWrong(EMPTY_MATCH)
        return tuple(matchers)

    def _matcher(self) -> Matcher:
        name = self.take("IDENTIFIER").text
        if self._next.kind not in _MATCH_OPS:
            raise self._unexpected(", expecting = or != or =~ or !~")
        op = cast(MatchOp, self.take(self._next.kind).text)
        return Matcher(name, op, self._pattern(op))

    def _pattern(self, op: str) -> str:
        token = self.take("STRING")
        value = string_value(token)
        if op in ("=~", "!~", "|~"):
            check_regex(value, token)
        return value

    def _stage(self) -> Stage:
        if self._next.kind != "|":
            return self._line_filter()
        self.take("|")
        if self._next.kind == "IDENTIFIER" and self._next.text in ("json", "logfmt"):
            kind = self.take("IDENTIFIER").text
            return Parser("json" if kind == "json" else "logfmt")
        return self._either()

    def _line_filter(self) -> LineFilter:
        op = self.take(self._next.kind).text
        texts = [self._pattern(op)]
        while self._skip("or"):
            texts.append(self._pattern(op))
        return LineFilter(op, tuple(texts))  # type: ignore[arg-type]  # the caller saw one of the four

    def _either(self) -> LabelFilter:
        found = self._both()
        while self._skip("or"):
            found = Either(found, self._both())
        return found

    def _both(self) -> LabelFilter:
        found = self._label_filter()
        while self._skip("and") or self._skip(","):
            found = Both(found, self._label_filter())
        return found

    def _label_filter(self) -> LabelFilter:
        if self._next.kind == "(":
            self.take("(")
            inner = self._either()
            self.take(")")
            return inner
        name = self.take("IDENTIFIER").text
        op = self._next.kind
        if op not in (*_MATCH_OPS, *_COMPARE_OPS):
            raise self._unexpected()
        self.take(op)
        if self._next.kind == "STRING":
            if op not in _MATCH_OPS:
                raise self._unexpected(", expecting BYTES or NUMBER or DURATION")
            return Matcher(name, cast(MatchOp, op), self._pattern(op))
        return self._comparison(name, op)

    def _comparison(self, name: str, op: str) -> Comparison:
        if op not in _COMPARE_OPS:
            raise self._unexpected(", expecting STRING")
        compare = cast(CompareOp, "==" if op == "=" else op)
        token = self.take(self._next.kind if self._next.kind in ("DURATION", "BYTES") else "NUMBER")
        if token.kind == "DURATION":
            return Comparison(name, compare, float(duration_ns(token.text) or 0), "duration")
        if token.kind == "BYTES":
            return Comparison(name, compare, byte_count(token.text) or 0.0, "bytes")
        return Comparison(name, compare, float(token.text), "number")

    def _metric(self) -> MetricQuery:
        token = self.take("IDENTIFIER")
        if token.text in _RANGE_OPS:
            return self._range_aggregation(cast(RangeOp, token.text))
        if token.text in _VECTOR_OPS:
            return self._vector_aggregation(cast(VectorOp, token.text))
        self._at -= 1
        raise self._unexpected()

    def _range_aggregation(self, op: RangeOp) -> RangeAggregation:
        self.take("(")
        query, width = self._log_range()
        offset_ns = duration_ns(self.take("DURATION").text) or 0 if self._skip("offset") else 0
        self.take(")")
        return RangeAggregation(op, query, width, offset_ns)

    def _log_range(self) -> tuple[LogQuery, int]:
        """The range stands behind the selector or behind the pipeline."""
        if self._skip("("):
            query = self._log_query()
            self.take(")")
            return query, range_ns(self.take("RANGE"))
        if self._next.kind != "{":
            raise self._unexpected()
        matchers = self._selector()
        early = self.take("RANGE") if self._next.kind == "RANGE" else None
        query = LogQuery(matchers, self._stages())
        return query, range_ns(early or self.take("RANGE"))

    def _vector_aggregation(self, op: VectorOp) -> VectorAggregation:
        grouping = self._grouping()
        self.take("(")
        count = self._count(op) if op in ("topk", "bottomk") else 0
        inner = self.query()
        if isinstance(inner, LogQuery):
            raise self._unexpected()
        self.take(")")
        return VectorAggregation(op, inner, grouping or self._grouping() or Grouping(()), count)

    def _count(self, op: VectorOp) -> int:
        if self._next.kind != "NUMBER":
            raise QueryWrong(f"parse error : parameter required for operation {op}")
        text = self.take("NUMBER").text
        if not text.isdigit() or int(text) == 0:
            raise QueryWrong(f"parse error : invalid parameter {op}({text},")
        self.take(",")
        return int(text)

    def _grouping(self) -> Grouping | None:
        if self._next.text not in ("by", "without"):
            return None
        without = self.take("IDENTIFIER").text == "without"
        self.take("(")
        names = []
        while self._next.kind != ")":
            names.append(self.take("IDENTIFIER").text)
            if self._next.kind != ")":
                self.take(",")
        self.take(")")
        return Grouping(tuple(names), without)
