"""What an operator may say about intake: names to ignore, windows, limits and relabelling."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from sre_agent.domain.alert import Severity
from sre_agent.domain.frozen import Frozen


class Operation(StrEnum):
    ADD = "add"
    """Copy the source label's value to the target; the source stays."""
    REPLACE = "replace"
    """Move it: the source label is gone afterwards."""


class Relabel(Frozen):
    """One line of `alertRelabel`: where this installation keeps a label that intake looks for."""

    source: str
    target: str
    operation: Operation = Operation.ADD


class IntakeSettings(Frozen):
    """The defaults suit kube-prometheus."""

    heartbeats: frozenset[str] = frozenset({"Watchdog", "DeadMansSwitch"})
    """Alerts that always fire, to prove that alerting works."""
    inhibitors: frozenset[str] = frozenset({"InfoInhibitor"})
    """Alerts that only silence others."""
    least_severity: Severity = Severity.INFO
    """Alerts below it open nothing (they may still join an incident)."""
    join_window: timedelta = timedelta(minutes=10)
    """How long after its opening an incident takes in alerts of its callers, callees and nodes."""
    join_hops: int = 2
    flapping_firings: int = 4
    """So many firings of one alert within an hour are called flapping."""
    default_cluster: str = ""
    """A `cluster` label of this value means the cluster we live in."""
    relabel: tuple[Relabel, ...] = ()
