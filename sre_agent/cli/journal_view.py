"""A journal entry as lines for a terminal: pure, for `watch`, `ask`, `replay` and the demo alike.

Whatever stands in an entry came from outside at some point: it is never read as markup, and what would steer a
terminal is shown, not obeyed. Bodies are read with tolerance: one that is not as expected costs its details only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from rich.text import Text

from sre_agent.cli import journal_details as details
from sre_agent.cli.suggestion_lines import suggestion_lines
from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.shown import one_line, visible


class Line(NamedTuple):
    """One line: a sign, the words, and how far in it stands."""

    sign: Text
    words: Text
    indent: int = 0


class _Look(NamedTuple):
    """How entries of a kind look. `label` stands before the words."""

    sign: str
    style: str
    label: str = ""
    bold: bool = False


_LOOKS: Final[dict[Kind, _Look]] = {
    Kind.ALERT_RECEIVED: _Look("▲", "red", "alert"),
    Kind.ALERT_RESOLVED: _Look("▽", "green", "alert"),
    Kind.INCIDENT_OPENED: _Look("◆", "bold blue", bold=True),
    Kind.INCIDENT_MERGED: _Look("◆", "blue"),
    Kind.STATUS_CHANGED: _Look("·", "dim"),
    Kind.RUN_STARTED: _Look("·", "dim"),
    Kind.RUN_RESUMED: _Look("↻", "yellow", "resumed"),
    Kind.PHASE_ENTERED: _Look("─", "bold", bold=True),
    Kind.SPECIALISTS_WOKEN: _Look("─", "bold cyan", "observe", bold=True),
    Kind.QUESTION_ASKED: _Look("?", "cyan"),
    Kind.TOOL_CALLED: _Look("→", "dim"),
    Kind.FINDING_MADE: _Look("✓", "green"),
    Kind.UNKNOWN_NOTED: _Look("…", "yellow", "not seen"),
    Kind.POSTMORTEM_EDITED: _Look("✎", "cyan"),
    Kind.MODEL_ANSWERED: _Look("≈", "yellow", "model"),
    Kind.HYPOTHESES_RANKED: _Look("─", "bold cyan", "orient", bold=True),
    Kind.DIAGNOSIS_MADE: _Look("◉", "bold magenta", bold=True),
    Kind.PLAN_MADE: _Look("─", "bold cyan", "decide", bold=True),
    Kind.VERDICT_GIVEN: _Look("§", "yellow", "law"),
    Kind.APPROVAL_ASKED: _Look("◇", "bold yellow", "approve?", bold=True),
    Kind.APPROVAL_ANSWERED: _Look("◆", "bold", "answer", bold=True),
    Kind.GLASS_BROKEN: _Look("⚠", "bold red", "break-glass", bold=True),
    Kind.APPROVAL_NOT_NEEDED: _Look("§", "green"),
    Kind.APPROVAL_STALE: _Look("◇", "yellow", "stale"),
    Kind.GRANT_ISSUED: _Look("·", "dim", "grant"),
    Kind.STEP_INTENDED: _Look("▶", "cyan", "act"),
    Kind.STEP_DONE: _Look("✔", "bold green", "act", bold=True),
    Kind.STEP_RECONCILED: _Look("✔", "green", "act"),
    Kind.STEP_FAILED: _Look("✘", "bold red", "act", bold=True),
    Kind.STEP_UNDONE: _Look("↩", "yellow", "act"),
    Kind.STEP_RESTORED: _Look("↩", "green", "act"),
    Kind.MITIGATION_BEGAN: _Look("⏱", "yellow", "for a time"),
    Kind.MITIGATION_DUE: _Look("⏱", "yellow", "time is up"),
    Kind.MITIGATION_ASKED: _Look("◇", "bold yellow", "owner?", bold=True),
    Kind.MITIGATION_ANSWERED: _Look("◆", "bold", "answer", bold=True),
    Kind.MITIGATION_TICKETED: _Look("↗", "cyan", "ticket"),
    Kind.VERIFICATION_STARTED: _Look("─", "bold cyan", "verify", bold=True),
    Kind.VERIFICATION_MADE: _Look("◉", "bold", "verify", bold=True),
    Kind.ESCALATED: _Look("■", "bold yellow", "escalated", bold=True),
    Kind.INCIDENT_ENDED: _Look("■", "bold green", "ended", bold=True),
    Kind.NOTE_ADDED: _Look("·", "dim"),
}
_DETAILS: Final[dict[Kind, Callable[[JournalEntry], list[Text]]]] = {
    Kind.ALERT_RECEIVED: details.of_alert,
    Kind.FINDING_MADE: details.of_finding,
    Kind.UNKNOWN_NOTED: details.of_unknown,
    Kind.MODEL_ANSWERED: suggestion_lines,
    Kind.HYPOTHESES_RANKED: details.of_hypotheses,
    Kind.DIAGNOSIS_MADE: details.of_diagnosis,
    Kind.PLAN_MADE: details.of_plan,
    Kind.VERDICT_GIVEN: details.of_verdict,
    Kind.APPROVAL_ASKED: details.of_question_to_people,
    Kind.STEP_DONE: details.of_step,
    Kind.STEP_UNDONE: details.of_step,
    Kind.STEP_RESTORED: details.of_step,
    Kind.VERIFICATION_MADE: details.of_verification,
}
_BRIEF_DETAILS: Final[dict[Kind, Callable[[JournalEntry], list[Text]]]] = {
    **_DETAILS,
    Kind.HYPOTHESES_RANKED: details.of_hypotheses_in_brief,
    Kind.DIAGNOSIS_MADE: details.of_diagnosis_in_brief,
    Kind.PLAN_MADE: details.of_plan_in_brief,
    Kind.VERDICT_GIVEN: lambda _: [],
    Kind.VERIFICATION_MADE: details.of_verification_in_brief,
}
ENDINGS: Final = frozenset({Kind.INCIDENT_ENDED, Kind.ESCALATED})
_CHATTER: Final = frozenset({Kind.TOOL_CALLED, Kind.GRANT_ISSUED, Kind.STATUS_CHANGED, Kind.RUN_STARTED})
"""Left out where only the story is wanted."""


def lines(entry: JournalEntry, *, brief: bool = False) -> list[Line]:
    """The entry's lines: what happened, then its details further in. `brief` leaves the mechanics out."""
    if brief and entry.kind in _CHATTER:
        return []
    look = _look(entry)
    words = Text()
    if look.label:
        words.append(f"{look.label.upper()}  ", style=look.style)
    if entry.kind in _NAMED_BY_ACTOR:
        words.append(f"{one_line(entry.actor)}: ", style="cyan")
    words.append(_words(entry), style="bold" if look.bold else "")
    if brief and entry.kind is Kind.VERDICT_GIVEN:
        words.append("  " + one_line(f"rule {entry.body.get('rule')}"), style="dim")
    first = Line(Text(look.sign, style=look.style), words)
    more = (_BRIEF_DETAILS if brief else _DETAILS).get(entry.kind)
    return [first, *(Line(Text(), each, indent=1) for each in (more(entry) if more else ()))]


_NAMED_BY_ACTOR: Final = frozenset({Kind.FINDING_MADE, Kind.TOOL_CALLED})


def _look(entry: JournalEntry) -> _Look:
    """An ending looks like how it ended."""
    look = _LOOKS[entry.kind]
    status = entry.body.get("status")
    if entry.kind is Kind.INCIDENT_ENDED and status != Status.RESOLVED:
        return look._replace(style="bold blue", label=str(status or look.label))
    if entry.kind is Kind.INCIDENT_ENDED:
        return look._replace(label="resolved")
    if entry.kind is Kind.DIAGNOSIS_MADE and entry.body.get("outcome") == DiagnosisOutcome.ROOT_CAUSE:
        return look._replace(label="root cause")
    if entry.kind is Kind.APPROVAL_ANSWERED:
        return look._replace(style="bold green" if entry.body.get("answer") == "yes" else "bold red")
    return look


def _words(entry: JournalEntry) -> str:
    text = visible(entry.text).strip()
    return text if entry.kind in _SEVERAL_LINES else one_line(text)


_SEVERAL_LINES: Final = frozenset({Kind.INCIDENT_ENDED, Kind.ESCALATED, Kind.NOTE_ADDED})


def is_progress(entry: JournalEntry) -> bool:
    """Whether it only says how far a verification is: the next one makes it stale."""
    return entry.kind is Kind.NOTE_ADDED and entry.actor == "verifier" and "checks" in entry.body


def clock_words(duration: timedelta) -> str:
    """`+3.2s`, `+4m05s`, `+2h03m`."""
    seconds = max(duration.total_seconds(), 0.0)
    if seconds < 60:
        return f"+{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"+{minutes}m{rest:02}s" if minutes < 60 else f"+{minutes // 60}h{minutes % 60:02}m"
