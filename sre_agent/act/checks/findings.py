"""What the verifier watches, and what one check found; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.plan import Plan
from sre_agent.domain.verification import Check


@dataclass(frozen=True)
class Watch:
    """What is watched, and since when. All times come from records, so a restart watches the same."""

    plan: Plan
    alerts: tuple[FiledAlert, ...]
    targets: tuple[EntityRef, ...]
    """Workloads and Services that have to be ready: those of the plan, the incident and its alerts."""
    first_alert_at: datetime
    began: datetime
    """When the first step was carried out."""
    since: datetime
    """When the last step was done."""
    deadline: datetime
    memory: dict[str, object] = field(default_factory=dict)
    """Answers that do not change while we watch (the past, rules, which metrics exist)."""


@dataclass(frozen=True)
class Finding:
    """One check, and what the verdict needs to know of it besides."""

    check: Check
    waiting: bool = False
    """More time may still answer it."""
    required: bool = True
    """Recovery is not proved while this is not answered. A check that fails stands against it either way."""
    proves: bool = False
    """Passing it is proof of recovery, not only the absence of a complaint."""
    improved: bool = False
    """Better than it was during the incident, whether or not it is good."""
    worse: bool = False
    no_traffic: bool = False
    """It is not good, or not known, because nobody asks anything of the service."""
    before_step: bool = False
    """It had come right before the first step was carried out."""


def unanswered(name: str, why: str, query: str = "") -> Finding:
    """A check that should be answered and could not be: recovery is not proved without it."""
    said = f"{name} is not known: {why}."
    return Finding(Check(name=name, passed=None, sentence=said, query=query), waiting=True)


def not_there(name: str, why: str) -> Finding:
    """A check that this service or installation has no means for: it is said, and asked of nobody."""
    return Finding(Check(name=name, passed=None, sentence=f"{name} is not checked: {why}."), required=False)
