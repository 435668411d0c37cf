"""How the platform speaks of itself: log lines, and our own golden signals for Prometheus."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Mapping, MutableMapping
from datetime import timedelta
from typing import Any, Final, Literal, TextIO

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from sre_agent.domain.shown import visible

SERVICE: Final = "sre-agent"
METRICS_MEDIA_TYPE: Final = CONTENT_TYPE_LATEST

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_THOUGHT: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


class Telemetry:
    """Every series we export, by name, in a registry of its own. Names are base units; labels are few and bounded.

    One is made at start-up and passed to whoever counts; a test makes its own.
    """

    def __init__(self, *, process_metrics: bool = False) -> None:
        self.registry = registry = CollectorRegistry()
        if process_metrics:
            ProcessCollector(registry=registry)
            PlatformCollector(registry=registry)

        self.http_requests = Counter(
            "sre_agent_http_requests_total",
            "API requests.",
            ("operation", "method", "code"),
            registry=registry,
        )
        self.http_duration = Histogram(
            "sre_agent_http_request_duration_seconds",
            "Time to answer an API request; streams are not counted.",
            ("operation",),
            buckets=_FAST,
            registry=registry,
        )
        self.http_active = Gauge(
            "sre_agent_http_active_requests", "API requests being answered.", registry=registry
        )
        self.streams_open = Gauge(
            "sre_agent_streams_open", "Open journal streams.", ("protocol",), registry=registry
        )
        self.callers_refused = Counter(
            "sre_agent_callers_refused_total",
            "Requests without a valid token or role.",
            ("why",),
            registry=registry,
        )
        self._of_work(registry)
        self._of_tools(registry)

    def _of_work(self, registry: CollectorRegistry) -> None:
        self.alerts = Counter(
            "sre_agent_alerts_total", "Alerts taken in, by what became of them.", ("fate",), registry=registry
        )
        self.incidents_opened = Counter(
            "sre_agent_incidents_opened_total", "Incidents opened.", ("origin",), registry=registry
        )
        self.incidents_ended = Counter(
            "sre_agent_incidents_ended_total", "Incidents ended.", ("status", "outcome"), registry=registry
        )
        self.incidents = Gauge(
            "sre_agent_incidents", "Unfinished incidents, by status.", ("status",), registry=registry
        )
        self.first_hypothesis = Histogram(
            "sre_agent_first_hypothesis_seconds",
            "From an incident's opening to its first hypothesis.",
            buckets=_THOUGHT,
            registry=registry,
        )
        self.investigation = Histogram(
            "sre_agent_investigation_duration_seconds",
            "From an incident's opening to its end.",
            ("outcome",),
            buckets=_THOUGHT,
            registry=registry,
        )
        self.approvals = Counter(
            "sre_agent_approvals_total", "Answers people gave to plans.", ("answer",), registry=registry
        )
        self.notices = Counter(
            "sre_agent_notices_total",
            "Messages to people outside, by what became of an attempt.",
            ("channel", "fate"),
            registry=registry,
        )
        self.steps = Counter(
            "sre_agent_steps_total", "Steps, by how they went.", ("action", "state"), registry=registry
        )
        self.law_reloads = Counter(
            "sre_agent_law_reloads_total",
            "Changed laws, by what became of them.",
            ("result",),
            registry=registry,
        )
        self.law_refused = Gauge(
            "sre_agent_law_refused",
            "1 while a changed law is refused and the old one holds.",
            registry=registry,
        )
        self.jobs = Gauge("sre_agent_jobs_backlog", "Jobs waiting or running.", registry=registry)
        self.loop = Gauge(
            "sre_agent_last_loop_timestamp_seconds",
            "When a long-lived worker last went round; one that stands still is stuck.",
            ("worker",),
            registry=registry,
        )
        self.restarts = Counter(
            "sre_agent_worker_restarts_total",
            "Long-lived workers that died and were started again.",
            ("worker",),
            registry=registry,
        )

    def _of_tools(self, registry: CollectorRegistry) -> None:
        self.tool_calls = Counter(
            "sre_agent_tool_calls_total",
            "Tool calls, by result code.",
            ("server", "tool", "code"),
            registry=registry,
        )
        self.tool_duration = Histogram(
            "sre_agent_tool_call_duration_seconds",
            "Time a tool call took.",
            ("server",),
            buckets=_FAST,
            registry=registry,
        )
        self.tool_server_up = Gauge(
            "sre_agent_tool_server_up",
            "Whether a tool server can be reached.",
            ("server",),
            registry=registry,
        )
        self.circuit_open = Gauge(
            "sre_agent_circuit_open",
            "1 while the runner leaves a tool server alone, after calls in a row that failed.",
            ("server",),
            registry=registry,
        )
        self.model_tokens = Counter(
            "sre_agent_model_tokens_total",
            "Tokens sent to and got from a language model.",
            ("direction",),
            registry=registry,
        )

    def note_circuits(self, servers: Collection[str], left_alone: Collection[str]) -> None:
        """Of all these servers, those whose circuit is open."""
        for server in servers:
            self.circuit_open.labels(server).set(server in left_alone)

    def exposition(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self.registry)


def seconds(duration: timedelta) -> float:
    """For `observe`: Prometheus counts in seconds."""
    return duration.total_seconds()


def set_up_logging(level: str, style: Literal["json", "console"], *, to: TextIO | None = None) -> None:
    """One line for each event, ours and the libraries', in the fields of the Elastic Common Schema or for eyes."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.typing.Processor]
    if style == "json":
        last = [structlog.processors.format_exc_info, _in_common_schema, structlog.processors.JSONRenderer()]
    else:
        # Plain tracebacks: the pretty ones print local variables, and with them tokens.
        renderer = structlog.dev.ConsoleRenderer(
            colors=(to or sys.stdout).isatty(),
            timestamp_key="@timestamp",
            exception_formatter=structlog.dev.plain_traceback,
        )
        last = [_visible, renderer]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(to or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quieten(level)


def _quieten(level: str) -> None:
    """Libraries that log each request, or a token in an address, speak only when something is wrong."""
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "mcp", "aiosqlite", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING if level != "DEBUG" else logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True


_COMMON_SCHEMA: Final[Mapping[str, str]] = {
    "event": "message",
    "level": "log.level",
    "logger": "log.logger",
    "exception": "error.stack_trace",
}


def _in_common_schema(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    renamed = {_COMMON_SCHEMA.get(name, name): value for name, value in event.items()}
    return {"@timestamp": renamed.pop("@timestamp", None), **renamed, "service.name": SERVICE}


def _visible(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Text from outside cannot move the cursor of whoever reads the log."""
    return {name: visible(value) if isinstance(value, str) else value for name, value in event.items()}
