"""The answer as a person reads it: plain text, Markdown or HTML, with the evidence quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from html import escape

from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.shown import one_line
from sre_agent.offline.answer import Answer, unknown_words

OUTCOMES = {
    "root_cause": "Root cause found",
    "insufficient_evidence": "Not enough evidence to name a cause",
    "healthy": "Nothing is wrong",
    "undecided": "Undecided",
}
_TIMELINE = 12
_MARKUP = re.compile(r"[\\<>\[\]]")


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


def report(answer: Answer, form: Format) -> str:
    """The whole report in one of three forms. Everything quoted is data: it is escaped where the form has markup."""
    if form is Format.HTML:
        return _html(answer)
    written = _unmarked if form is Format.MARKDOWN else _plain
    return "\n".join(map(written, _markdown(answer))) + "\n"


def _unmarked(line: str) -> str:
    """Outside quotations no tag, link or picture can begin; within them Markdown knows none."""
    parts = line.split("`")
    parts[::2] = (_MARKUP.sub(r"\\\g<0>", part) for part in parts[::2])
    return "`".join(parts)


def _plain(line: str) -> str:
    return line.lstrip("# ") if line.startswith("#") else line.replace("**", "").replace("`", "")


def _quoted(text: str) -> str:
    """On one line, and never able to end its own quotation."""
    return one_line(text, 300).replace("`", "'")


def _markdown(answer: Answer) -> Iterator[str]:
    told = answer.diagnosis
    yield f"# {OUTCOMES[told.outcome.value]}: {answer.name}"
    yield ""
    yield one_line(told.reason, 1000).replace("`", "'")
    yield ""
    for one in told.hypotheses[:3]:
        yield from _hypothesis(one)
    if told.chain:
        yield "## How it came about"
        yield from (
            f"- {link.role}: {_quoted(link.text)} {_ids(link.citations)}".rstrip() for link in told.chain
        )
        yield ""
    yield from _plan(answer)
    if told.timeline:
        yield "## Timeline"
        yield from (
            f"- {each.at:%Y-%m-%d %H:%M:%S} {each.kind}: {_quoted(each.text)}"
            for each in told.timeline[-_TIMELINE:]
        )
        yield ""
    yield from _list("What could not be seen", [unknown_words(one) for one in told.unknowns])
    yield from _list("What to collect next", list(told.collect_next))
    yield f"{answer.tool_calls} files read in {answer.seconds:.2f} s."


def _ids(citations: tuple[str, ...]) -> str:
    return f"({', '.join(citations)})" if citations else ""


def _hypothesis(one: Hypothesis) -> Iterator[str]:
    yield f"## {one.rank}. {one.cause} of {one.entity} ({one.confidence:.0%})"
    yield _quoted(one.statement)
    for citation in one.evidence:
        mark = "" if citation.supports else " (against)"
        yield f"- {citation.id}{mark} {citation.source}: `{_quoted(citation.excerpt)}`"
    if one.ruled_out_by:
        yield f"- not the root: {_quoted(one.ruled_out_by)}"
    elif one.discriminating_test:
        yield f"- what would tell it apart: {_quoted(one.discriminating_test)}"
    yield ""


def _plan(answer: Answer) -> Iterator[str]:
    if not answer.plan:
        return
    yield "## What to do"
    for number, step in enumerate(answer.plan, start=1):
        asked = "needs approval" if step["needs_approval"] else "allowed by the law"
        yield f"{number}. **{step['action']}** ({step['risk']} risk, {asked}): {_quoted(str(step['statement']))}"
    yield ""


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"## {title}"
        yield from (f"- {_quoted(line)}" for line in lines[:20])
        yield ""


def _html(answer: Answer) -> str:
    """One page without scripts or anything from elsewhere."""
    title = escape(f"{OUTCOMES[answer.diagnosis.outcome.value]}: {answer.name}")
    body = "\n".join(_as_html(line) for line in _markdown(answer))
    style = (
        "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}code{background:#eee}"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>\n{body}\n</body></html>\n"
    )


def _as_html(line: str) -> str:
    level = len(line) - len(line.lstrip("#"))
    if 0 < level <= 3:
        return f"<h{level}>{escape(line[level:].strip())}</h{level}>"
    head, tick, rest = line.partition("`")
    code, end, after = rest.partition("`")
    if tick and end:
        return f"<p>{escape(head)}<code>{escape(code)}</code>{escape(after)}</p>"
    return f"<p>{escape(line.replace('**', ''))}</p>" if line else ""
