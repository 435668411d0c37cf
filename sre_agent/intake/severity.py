"""The severity an alert's author meant, in our four words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sre_agent.domain.alert import Severity

_LABELS: Final = ("severity", "priority", "level")

_WORDS: Final[dict[Severity, frozenset[str]]] = {
    Severity.CRITICAL: frozenset(
        {"critical", "crit", "page", "emergency", "emerg", "fatal", "disaster", "p1", "sev1"}
    ),
    Severity.HIGH: frozenset({"high", "error", "err", "major", "urgent", "alert", "p2", "sev2"}),
    Severity.WARNING: frozenset(
        {"warning", "warn", "medium", "moderate", "minor", "average", "ticket", "p3", "sev3"}
    ),
    Severity.INFO: frozenset(
        {"info", "information", "informational", "notice", "low", "debug", "p4", "p5", "sev4"}
    ),
}
_NOBODY: Final = frozenset({"none", "null", "off"})


def severity_of(labels: Mapping[str, str]) -> Severity | None:
    """None where the author says that nobody has to act; a warning where nothing, or no known word, is said."""
    word = next((labels[name] for name in _LABELS if labels.get(name)), "").strip().lower()
    if word in _NOBODY:
        return None
    return next((severity for severity, words in _WORDS.items() if word in words), Severity.WARNING)
