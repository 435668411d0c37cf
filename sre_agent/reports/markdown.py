"""A post-mortem as Markdown: the form in which people edit and keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from sre_agent.reports.postmortem import PostMortem

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def as_markdown(report: PostMortem) -> str:
    """The whole draft. Text from outside is escaped, so that it cannot become markup."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def escaped(text: str) -> str:
    """One line of plain text."""
    return _SPECIAL.sub(r"\\\1", _CONTROL.sub("", " ".join(text.split())))


def _lines(report: PostMortem) -> Iterator[str]:
    yield f"# Post-mortem: {escaped(report.title)}"
    yield ""
    yield f"*Draft from the record of {report.incident_id} ({report.status}). Every line below stands in its journal.*"
    yield ""
    yield from _section("Summary", [escaped(report.summary or report.statement)], bullets=False)
    yield from _section("Impact", map(escaped, report.impact))
    yield from _section("Times", _times(report))
    yield from _section("Root cause", _cause(report), bullets=False)
    yield from _section("Evidence", (_quote(one.evidence, one.words) for one in report.quotes))
    yield from _section("Ruled out", map(escaped, report.ruled_out))
    yield from _section(
        "Timeline",
        (
            f"`{_clock(one.at)}` {escaped(one.who)}: {escaped(one.text)} (entry {one.seq})"
            for one in report.timeline
        ),
    )
    yield from _section(
        "Actions",
        (
            f"{escaped(one.statement)} **{one.state}**, allowed by {escaped(one.allowed_by)}"
            f"{f' under rule {escaped(one.rule)}' if one.rule else ''}. Undo: {escaped(one.undo)}"
            for one in report.actions
        ),
    )
    yield from _section("Proof of recovery", map(escaped, report.proof))
    yield from _section("Follow-ups", (f"[ ] {escaped(one)}" for one in report.follow_ups))


def _section(title: str, lines: Iterable[str], *, bullets: bool = True) -> Iterator[str]:
    """Nothing where there is nothing to say."""
    told = [line for line in lines if line]
    if told:
        yield f"## {title}"
        yield ""
        yield from (f"- {line}" if bullets else line for line in told)
        yield ""


def _cause(report: PostMortem) -> Iterator[str]:
    sure = f" ({report.confidence:.0%})" if report.confidence is not None and report.cause else ""
    code = f" `{report.cause}`{sure}" if report.cause else ""
    yield f"{escaped(report.statement)}{code}"


def _times(report: PostMortem) -> Iterator[str]:
    began = report.moments.began
    yield f"began {began:%Y-%m-%d %H:%M:%S} UTC"
    marks = (
        ("first hypothesis", report.moments.first_hypothesis),
        ("root cause", report.moments.decided),
        ("first action", report.moments.acted),
        ("end", report.moments.ended),
    )
    for name, at in marks:
        if at is not None:
            yield f"{name} after {_span((at - began).total_seconds())}"


def _span(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _quote(evidence: str, words: str) -> str:
    fence = "``" if "`" in words else "`"
    inside = _CONTROL.sub("", " ".join(words.replace("``", "` `").split()))
    pad = " " if fence == "``" else ""
    return f"{escaped(evidence)}: {fence}{pad}{inside}{pad}{fence}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
