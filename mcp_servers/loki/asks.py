"""What the Loki tools take and give. Times are given as RFC 3339 with nanoseconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mcp_servers.kit.contract import Answer, Ask
from mcp_servers.kit.times import When

Labels = dict[str, str]
Line = tuple[str, str]
Direction = Literal["backward", "forward"]
LogQl = Annotated[str, Field(min_length=2, max_length=5000, description="a LogQL log query")]
Selector = Annotated[
    str,
    Field(
        min_length=2, max_length=2000, description='stream selector with line filters, as {app="a"} |= "text"'
    ),
]


class QueryLogs(Ask):
    logql: LogQl
    start: When
    end: When
    limit: int = Field(default=500, ge=1, le=5000)
    direction: Direction = "backward"


class ErrorSignatures(Ask):
    selector: Selector
    start: When
    end: When
    baseline_start: When | None = None
    baseline_end: When | None = None
    limit: int = Field(default=20, ge=1, le=200)


class Volume(Ask):
    selector: Selector
    start: When
    end: When
    step_seconds: float = Field(default=60, ge=1, le=86_400)
    by: str = Field(
        default="", max_length=200, pattern=r"^([a-zA-Z_][a-zA-Z0-9_]*(\s*,\s*[a-zA-Z_][a-zA-Z0-9_]*)*)?$"
    )


class LabelsAsk(Ask):
    name: str = Field(default="", max_length=200, pattern=r"^([a-zA-Z_][a-zA-Z0-9_]*)?$")
    start: When | None = None
    end: When | None = None


class LogStream(Answer):
    labels: Labels
    lines: list[Line]


class LogsAnswer(Answer):
    streams: list[LogStream]
    truncated: bool = False


class SignatureAnswer(Answer):
    """`surge`: how many times the rate rose against the baseline, where that is more than chance."""

    template: str
    count: int
    baseline_count: int
    new: bool
    surge: float | None
    first_at: str
    last_at: str
    level: str
    samples: list[str]
    streams: list[Labels]


class SignaturesAnswer(Answer):
    signatures: list[SignatureAnswer]
    lines_read: int
    truncated: bool = False
    notes: list[str] = []


class VolumeSeries(Answer):
    metric: Labels
    values: list[tuple[float, str]]


class VolumeAnswer(Answer):
    series: list[VolumeSeries]
    query: str
    truncated: bool = False


class LabelsAnswer(Answer):
    labels: list[str] = []
    values: list[str] = []
    truncated: bool = False
