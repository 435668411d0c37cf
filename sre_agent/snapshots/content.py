"""What an incident snapshot holds, as its format says (incident-snapshot/v1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FORMAT = "incident-snapshot/v1"
LARGEST_FILE = 256 * 1024 * 1024
"""A file over this size is refused."""


@dataclass(frozen=True)
class LogFile:
    """One container's log; `lines` are the newest where the file is very long."""

    namespace: str
    pod: str
    container: str
    previous: bool
    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A file that could not be read; the rest could."""

    path: str
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """One incident as it was recorded. A part that is absent (None) was not collected; an empty one was, and held nothing."""

    captured_at: datetime
    cluster: str | None
    namespace: str | None
    complaint: str | None
    kubernetes: Mapping[str, list[Any]] = field(default_factory=dict)
    """Resource (plural, lower case) → objects as the API returned them."""
    logs: tuple[LogFile, ...] | None = None
    metrics: Mapping[str, Mapping[str, Any]] | None = None
    """Capture's name → a `query_range` answer."""
    alerts: tuple[Mapping[str, Any], ...] | None = None
    """Webhook payloads, oldest first."""
    topology: tuple[tuple[str, str], ...] | None = None
    """(caller, callee)."""
    probes: tuple[Mapping[str, Any], ...] | None = None
    changes: tuple[Mapping[str, Any], ...] | None = None
    runbooks: Mapping[str, str] | None = None
    problems: tuple[Problem, ...] = ()
    windows: Mapping[str, float] = field(default_factory=dict)
    """How long before the onset the healthy past reaches (`baseline_seconds`, `guard_seconds`), where the capture says."""


class SnapshotRefused(Exception):
    """The whole snapshot cannot be read; the message names the file and the place in it."""
