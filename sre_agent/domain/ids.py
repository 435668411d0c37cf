"""The names of things; each its own type, so that one cannot be passed for another."""

from __future__ import annotations

from typing import NewType

IncidentId = NewType("IncidentId", str)
"""`inc_` and 16 characters, sortable by time of birth."""

EvidenceId = NewType("EvidenceId", str)
"""`E1`, `E2`, … within one incident, in the order of keeping."""

JournalKey = NewType("JournalKey", str)
"""Made from what an entry is about, so that a node that runs again adds nothing twice."""

StepKey = NewType("StepKey", str)
"""Idempotency key of one step; travels to the target (annotation, branch name)."""

Digest = NewType("Digest", str)
"""SHA-256, 64 hex characters."""

JobId = NewType("JobId", int)
UserId = NewType("UserId", str)
