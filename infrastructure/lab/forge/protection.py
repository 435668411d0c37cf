"""Branch protection: which checks main asks for, and what they say about a commit. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from infrastructure.lab.forge.records import Records

_PASSING = ("success", "neutral", "skipped")


def check_state(records: Records, sha: str, context: str) -> str:
    """`success`, `failure`, `pending`, or `expected` when nobody reported yet."""
    for run in records.checks_of(sha):
        if run.name == context:
            if run.status != "completed":
                return "pending"
            return "success" if run.conclusion in _PASSING else "failure"
    for status in records.latest_statuses(sha):
        if status.context == context:
            return "failure" if status.state == "error" else status.state
    return "expected"


def objection(records: Records, sha: str, required: Iterable[str]) -> str | None:
    """GitHub's sentence for the first required check that does not allow a merge."""
    words = {"failure": "is failing", "pending": "is in progress", "expected": "is expected"}
    for context in required:
        state = check_state(records, sha, context)
        if state != "success":
            return f'Required status check "{context}" {words[state]}.'
    return None
