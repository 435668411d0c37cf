"""A notice as a Slack message of Block Kit blocks.

Shapes and limits: https://docs.slack.dev/reference/block-kit/blocks (header 150, section 3,000, 50 blocks),
https://docs.slack.dev/reference/block-kit/block-elements/button-element (value 2,000 characters) and
https://docs.slack.dev/messaging/formatting-message-text (what must be escaped).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.law import Verdict
from sre_agent.domain.notice import Notice, NoticeKind, NoticeStep, Question
from sre_agent.domain.shown import one_line, visible

APPROVE: Final = "sre-agent.approve"
REJECT: Final = "sre-agent.reject"
OPEN: Final = "sre-agent.open"
REASON_BLOCK: Final = "sre-agent.reason"
REASON: Final = "reason"
_HEADER: Final = 150
_SECTION: Final = 3000
_MOST_STEPS: Final = 20
_HEADINGS: Final = {
    NoticeKind.APPROVAL_ASKED: "Approval asked",
    NoticeKind.APPROVAL_STALE: "Approval no longer holds",
    NoticeKind.GLASS_BROKEN: "BREAK-GLASS: approved by one person alone",
    NoticeKind.MITIGATION_ASKED: "What was done for a time asks for its owner",
    NoticeKind.ESCALATED: "Over to a person",
    NoticeKind.RESOLVED: "Resolved",
    NoticeKind.CLOSED: "Closed",
    NoticeKind.TEST: "Test",
}


def message(notice: Notice) -> JsonObject:
    """`text` (for notifications and screen readers) and `blocks`, as `chat.postMessage` takes them."""
    heading = f"{_HEADINGS[notice.kind]}: {notice.title}"
    return {
        "text": _escaped(one_line(heading, _SECTION)),
        "blocks": [{"type": "header", "text": _plain(one_line(heading, _HEADER))}, *_body(notice)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def value_of(notice: Notice, question: Question) -> str:
    """All that a button carries: which incident, and exactly which plan."""
    return f"{notice.incident_id}:{question.plan_digest}"


def _body(notice: Notice) -> Iterator[JsonObject]:
    yield _section(notice.what_is_wrong)
    if notice.said and notice.said not in notice.what_is_wrong and not notice.steps:
        yield _section(notice.said)
    yield from (_section(_step(number, step)) for number, step in _shown_steps(notice))
    if len(notice.steps) > _MOST_STEPS:
        yield _section(f"… and {len(notice.steps) - _MOST_STEPS} more steps: open the incident to see all.")
    yield {"type": "context", "elements": [_plain(one_line(_facts(notice), _SECTION))]}
    if notice.question is not None:
        yield _reason()
    if buttons := list(_buttons(notice)):
        yield {"type": "actions", "elements": [*buttons]}


def _shown_steps(notice: Notice) -> Iterator[tuple[int, NoticeStep]]:
    yield from enumerate(notice.steps[:_MOST_STEPS], start=1)


def _step(number: int, step: NoticeStep) -> str:
    verdict = f"\nThe law: {_spoken(step.verdict)} ({step.rule}). {step.sentence}" if step.verdict else ""
    undo = f"\nUndo: {step.undo}" if step.undo else ""
    return f"{number}. {step.statement}{verdict}{undo}"


def _spoken(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")


def _facts(notice: Notice) -> str:
    sure = "" if notice.confidence is None else f" ({notice.confidence:.0%} sure)"
    told = (
        f"severity {notice.severity}",
        f"cause {notice.cause}{sure}" if notice.cause else "",
        f"namespace {notice.namespace}" if notice.namespace else "",
        f"cluster {notice.cluster}" if notice.cluster else "",
        _asked(notice.question) if notice.question else "",
        notice.incident_id,
    )
    return " · ".join(part for part in told if part)


def _asked(question: Question) -> str:
    people = "one" if question.people == 1 else f"{question.people} different people of role"
    return (
        f"needs {people} {question.role} by {question.expires_at:%H:%M} UTC, plan {question.plan_digest[:12]}"
    )


def _reason() -> JsonObject:
    return {
        "type": "input",
        "block_id": REASON_BLOCK,
        "optional": True,
        "label": _plain("Reason (needed for a no)"),
        "element": {"type": "plain_text_input", "action_id": REASON, "max_length": 1000},
    }


def _buttons(notice: Notice) -> Iterator[JsonObject]:
    question = notice.question
    if question is not None:
        value = value_of(notice, question)
        yield {
            "type": "button",
            "action_id": APPROVE,
            "style": "primary",
            "text": _plain("Approve"),
            "value": value,
        }
        yield {
            "type": "button",
            "action_id": REJECT,
            "style": "danger",
            "text": _plain("Reject"),
            "value": value,
        }
    if notice.link:
        yield {"type": "button", "action_id": OPEN, "text": _plain("Open the incident"), "url": notice.link}


def _section(text: str) -> JsonObject:
    told = visible(text) or "…"
    return {
        "type": "section",
        "text": _plain(told if len(told) <= _SECTION else f"{told[: _SECTION - 1]}…"),
    }


def _plain(text: str) -> JsonObject:
    """Never `mrkdwn`: text from alerts and logs must not become links, mentions or formatting."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
