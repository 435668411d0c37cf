"""What a node of the graph holds in its hands while it works: the ports, the limits, and the lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import PlanFacts, Ruling
from sre_agent.domain.plan import Plan
from sre_agent.domain.work import Lease
from sre_agent.ports.archive import Archive
from sre_agent.ports.clock import Clock
from sre_agent.ports.grants import GrantIssuer
from sre_agent.ports.ledger import Ledger
from sre_agent.ports.model import Model
from sre_agent.ports.toolbox import Toolbox
from sre_agent.ports.trust import Trust
from sre_agent.ports.work import Leases


class Law(Protocol):
    """The policy engine, as the gate sees it."""

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        """Pure: the same plan and facts under the same law give the same ruling."""


class Belt(Protocol):
    """Which worker may use which tool."""

    def worn_by(self, worker: str, toolbox: Toolbox) -> Toolbox:
        """The same toolbox, which refuses what this worker may not use (ToolNotAllowed)."""


@dataclass(frozen=True)
class Limits:
    """How much one incident may cost."""

    max_turns: int = 15
    question_time: timedelta = timedelta(seconds=20)
    tool_time: timedelta = timedelta(seconds=8)
    calls_per_question: int = 40
    looks_again: int = 2
    """How often everything is looked at once more where nothing stands firm: a fault that has just begun still moves."""
    look_again_after: timedelta = timedelta(seconds=5)
    baseline: timedelta = timedelta(hours=1)
    """How far before the incident the healthy past reaches."""
    rate_window: timedelta = timedelta(minutes=2)
    """Range of `rate()` in our own queries; at least four scrape intervals."""
    settle: timedelta = timedelta(minutes=2)
    """How long recovery must hold."""
    verify_time: timedelta = timedelta(minutes=10)
    """When recovery has not come by then, the step is undone."""
    poll: timedelta = timedelta(seconds=2)
    max_attempts: int = 3
    """Plans tried for one incident before it is handed over."""
    approval_time: timedelta = timedelta(hours=1)
    grant_time: timedelta = timedelta(seconds=5)
    model_time: timedelta = timedelta(seconds=30)
    """For the one answer of a language model, its second try included."""


@dataclass(frozen=True)
class Run:
    """One incident's run under one lease. `lease()` is the newest renewal."""

    incident_id: IncidentId
    toolbox: Toolbox
    ledger: Ledger
    archive: Archive
    leases: Leases
    grants: GrantIssuer
    clock: Clock
    law: Law
    limits: Limits
    cluster: str
    lease: Callable[[], Lease]
    model: Model | None = None
    belt: Belt | None = None
    trust: Trust | None = None

    def in_hands_of(self, worker: str) -> Run:
        """The same run, with nothing in the toolbox but what this worker may use."""
        return replace(self, toolbox=self.belt.worn_by(worker, self.toolbox)) if self.belt else self
