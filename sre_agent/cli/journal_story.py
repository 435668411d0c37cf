"""The story of an incident, for whoever watches it live: who was asked what through which tool server, each
specialist in a line or two, no diff twice, and while recovery is watched what is still missing; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from rich.text import Text

from sre_agent.cli.journal_details import changed_lines
from sre_agent.cli.journal_view import ENDINGS, Line, lines
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.shown import one_line

_OBSERVED: Final = frozenset({Kind.QUESTION_ASKED, Kind.TOOL_CALLED, Kind.FINDING_MADE, Kind.UNKNOWN_NOTED})
_UNTOLD: Final = frozenset({Kind.GRANT_ISSUED, Kind.STATUS_CHANGED, Kind.RUN_STARTED, Kind.PHASE_ENTERED})
_MOST_FINDINGS: Final = 3
_MOST_UNKNOWNS: Final = 2
_MOST_QUESTIONS: Final = 1
_LONGEST: Final = 150


class Told(NamedTuple):
    """Lines that belong to one moment."""

    at: datetime
    lines: list[Line]


@dataclass
class _Report:
    """What one specialist was asked, called, and found."""

    at: datetime
    questions: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    findings: dict[str, str] = field(default_factory=dict)
    """Sentence → evidence; the same sentence from two windows is said once."""
    unknowns: dict[str, None] = field(default_factory=dict)


class Story:
    """Takes entries in order; gives what is to be shown now. What specialists do is held until all have answered."""

    def __init__(self) -> None:
        self._reports: dict[str, _Report] = {}
        self._shown: set[tuple[str, ...]] = set()
        self._verdict = ""
        self._answered = False
        """Whether a person has just answered: that the run goes on then is no news."""

    def tell(self, entry: JournalEntry) -> list[Told]:
        if entry.kind is Kind.APPROVAL_ANSWERED:
            self._answered = True
        if entry.kind in _UNTOLD or (entry.kind is Kind.RUN_RESUMED and self._answered):
            self._answered = self._answered and entry.kind is not Kind.RUN_RESUMED
            return []
        if entry.kind in _OBSERVED:
            self._note(entry)
            return []
        return [*self._reported(), Told(entry.at, self._lines(entry))]

    def rest(self) -> list[Told]:
        """What is still held when the journal ends."""
        return self._reported()

    def _note(self, entry: JournalEntry) -> None:
        name = one_line(entry.actor)
        if entry.kind is Kind.QUESTION_ASKED:
            name, _, asked = one_line(entry.text).partition(": ")
            self._report(name, entry).questions.append(asked)
        elif entry.kind is Kind.TOOL_CALLED:
            self._report(name, entry).calls[one_line(entry.text)] += 1
        elif entry.kind is Kind.FINDING_MADE:
            told = entry.body.get("evidence")
            ids = ", ".join(map(str, told)) if isinstance(told, list) else ""
            self._report(name, entry).findings.setdefault(one_line(entry.text, _LONGEST), one_line(ids))
        else:
            self._report(name, entry).unknowns.setdefault(one_line(entry.text, _LONGEST))

    def _report(self, name: str, entry: JournalEntry) -> _Report:
        report = self._reports.setdefault(name, _Report(entry.at))
        report.at = entry.at
        return report

    def _reported(self) -> list[Told]:
        told = [Told(report.at, _report_lines(name, report)) for name, report in self._reports.items()]
        self._reports.clear()
        return told

    def _lines(self, entry: JournalEntry) -> list[Line]:
        if entry.kind is Kind.VERIFICATION_MADE:
            self._verdict = entry.text
        if entry.kind in ENDINGS and self._verdict and entry.text.startswith(self._verdict):
            rest = entry.text.removeprefix(self._verdict).strip()
            entry = entry.model_copy(update={"text": rest or "as proved above."})
        shown = lines(entry, brief=True)
        diffs = [changes for diff in _diffs(entry) if (changes := changed_lines(diff))]
        seen = bool(diffs) and all(each in self._shown for each in diffs)
        self._shown.update(diffs)
        return shown[:1] if seen and entry.kind in (Kind.STEP_DONE, Kind.STEP_UNDONE) else shown


def _diffs(entry: JournalEntry) -> list[str]:
    """The diffs in an entry: of the step that was done, or of each step that is planned."""
    steps = entry.body.get("steps")
    planned = (
        [each.get("diff") for each in steps if isinstance(each, dict)] if isinstance(steps, list) else []
    )
    return [each for each in (entry.body.get("diff"), *planned) if isinstance(each, str)]


def _report_lines(name: str, report: _Report) -> list[Line]:
    asked = _few(report.questions, _MOST_QUESTIONS, "more", "; ")
    seen = bool(report.calls) and bool(report.findings)
    sign = Text("✓", "green") if seen else Text("…", "yellow")
    head = Line(
        sign, Text.assemble((name, "cyan"), f"  {asked}  " if asked else "  ", (_ways(report.calls), "dim"))
    )
    shown: list[Line] = []
    for sentence, evidence in list(report.findings.items())[:_MOST_FINDINGS]:
        shown.append(
            Line(Text(), Text.assemble(sentence, (f"  {evidence}" if evidence else "", "dim cyan")), 1)
        )
    if (left := len(report.findings) - _MOST_FINDINGS) > 0:
        shown.append(Line(Text(), Text(f"… {left} more findings", "dim"), 1))
    shown += [
        Line(Text(), Text(f"not seen: {each}", "yellow"), 1)
        for each in list(report.unknowns)[:_MOST_UNKNOWNS]
    ]
    return [head, *shown]


def _ways(calls: Counter[str]) -> str:
    """`MCP server prometheus: 6 query_range, alert_rule`."""
    servers: dict[str, list[str]] = {}
    for call, times in calls.items():
        server, _, tool = call.partition(".")
        servers.setdefault(server, []).append(f"{times} {tool}" if times > 1 else tool)
    told = "; ".join(f"{server}: {', '.join(tools)}" for server, tools in servers.items())
    return f"MCP server {told}" if told else "could call nothing"


def _few(texts: list[str], most: int, rest: str, between: str) -> str:
    shown, left = between.join(texts[:most]), len(texts) - most
    return f"{shown} (and {left} {rest})" if left > 0 else shown
