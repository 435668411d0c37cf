"""Loki's answers as ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.kit.errors import invalid
from mcp_servers.kit.limits import first, shortened
from mcp_servers.kit.signatures import Signature, Stream
from mcp_servers.loki import asks

MOST_SERIES: Final = 500
LINE_CHARS: Final = 8_000
_SAMPLE_CHARS: Final = 600
Json = Mapping[str, Any]


def nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) * 1000


def rfc3339_nano(nanos: int) -> str:
    """`2026-01-31T08:00:00.123456789Z`: nine digits, so that times sort as text."""
    whole, rest = divmod(nanos, 1_000_000_000)
    return f"{datetime.fromtimestamp(whole, UTC).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09d}Z"


def streams(data: Json) -> list[Json]:
    """The result of a log query. Raises ToolError where the query was a metric query."""
    if data["resultType"] != "streams":
        raise invalid(
            "logql",
            f"the query gives {data['resultType']}, not log lines",
            try_next="Use the tool volume for counts, or leave the outer aggregation away.",
        )
    return list(data["result"])


def logs(data: Json, *, limit: int, direction: asks.Direction) -> asks.LogsAnswer:
    found = streams(data)
    shaped = [
        asks.LogStream(
            labels=one["stream"], lines=_lines(one["values"], newest_first=direction == "backward")
        )
        for one in found
    ]
    return asks.LogsAnswer(streams=shaped, truncated=sum(len(one.lines) for one in shaped) >= limit)


def _lines(values: Sequence[Sequence[str]], *, newest_first: bool) -> list[asks.Line]:
    ordered = sorted(
        ((int(one[0]), one[1]) for one in values), key=lambda line: line[0], reverse=newest_first
    )
    return [(rfc3339_nano(at), shortened(text, LINE_CHARS)) for at, text in ordered]


def mined(pages: Mapping[tuple[tuple[str, str], ...], Sequence[tuple[int, str]]]) -> list[Stream]:
    """Read pages as streams in time order, for the search for signatures."""
    return [
        Stream(
            labels=dict(labels),
            lines=[
                (rfc3339_nano(at), shortened(text, LINE_CHARS))
                for at, text in sorted(lines, key=lambda one: one[0])
            ],
        )
        for labels, lines in pages.items()
    ]


def signature(found: Signature) -> asks.SignatureAnswer:
    return asks.SignatureAnswer(
        template=shortened(found.template, _SAMPLE_CHARS),
        count=found.count,
        baseline_count=found.baseline_count,
        new=found.new,
        surge=found.surge,
        first_at=found.first_at,
        last_at=found.last_at,
        level=found.level,
        samples=found.samples,
        streams=[dict(labels) for labels in found.streams],
    )


def volume(data: Json, query: str) -> asks.VolumeAnswer:
    kept, cut = first(list(data["result"]), MOST_SERIES)
    series = [asks.VolumeSeries(metric=one["metric"], values=one["values"]) for one in kept]
    return asks.VolumeAnswer(series=series, query=query, truncated=cut)


def total(data: Json) -> int:
    """The sum of all points of a metric query."""
    return round(sum(float(value) for one in data["result"] for _, value in one["values"]))
