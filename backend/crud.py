"""The cabinet's index: one drawer of statements for each noun, each a plain function of a connection."""

from __future__ import annotations

from backend.drawers import (
    accounts,
    alerts,
    calls,
    counters,
    evidence,
    incidents,
    jobs,
    journal,
    leases,
    links,
    mitigations,
    notices,
    plans,
    revisions,
    trust,
)
from backend.drawers.incidents import Head, Search
from backend.drawers.plans import PlanRows

__all__ = [
    "Head",
    "PlanRows",
    "Search",
    "accounts",
    "alerts",
    "calls",
    "counters",
    "evidence",
    "incidents",
    "jobs",
    "journal",
    "leases",
    "links",
    "mitigations",
    "notices",
    "plans",
    "revisions",
    "trust",
]
