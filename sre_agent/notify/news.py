"""Which journal entries people outside are told about, and what of the incident they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote

from sre_agent.domain.alert import Severity
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Ruling
from sre_agent.domain.notice import Notice, NoticeKind, NoticeStep, Question
from sre_agent.domain.plan import Plan

NEWS: Final[Mapping[Kind, NoticeKind]] = {
    Kind.APPROVAL_ASKED: NoticeKind.APPROVAL_ASKED,
    Kind.APPROVAL_STALE: NoticeKind.APPROVAL_STALE,
    Kind.GLASS_BROKEN: NoticeKind.GLASS_BROKEN,
    Kind.MITIGATION_ASKED: NoticeKind.MITIGATION_ASKED,
    Kind.ESCALATED: NoticeKind.ESCALATED,
    Kind.INCIDENT_ENDED: NoticeKind.CLOSED,
}
_ABOUT_A_PLAN: Final = frozenset(
    {NoticeKind.APPROVAL_ASKED, NoticeKind.APPROVAL_STALE, NoticeKind.GLASS_BROKEN}
)
_NO_CLUSTER: Final = "_"
"""The dashboard's own word for it."""


class Asked(NamedTuple):
    """The plan that an entry is about, what the law says of it, and whether somebody said no already."""

    plan: Plan
    ruling: Ruling | None
    role: str
    """The least role whose yes counts."""
    people: int
    refused: bool


def notice_of(
    entry: JournalEntry, incident: Incident, record: Asked | None, *, at_url: str, now: datetime
) -> Notice:
    """The message about one entry, as the incident stands now; `record` is the plan that it names."""
    kind = _kind(entry)
    told = record if kind in _ABOUT_A_PLAN else None
    return Notice(
        key=f"{entry.incident_id}:{entry.seq}",
        kind=kind,
        incident_id=incident.id,
        title=incident.title,
        status=incident.status,
        severity=incident.severity,
        cluster=incident.cluster,
        namespace=incident.namespace,
        what_is_wrong=incident.summary or incident.title,
        cause=incident.cause,
        confidence=incident.confidence,
        said=entry.text,
        steps=_steps(told) if told else (),
        question=(
            _question(entry, incident, told, now) if told and kind is NoticeKind.APPROVAL_ASKED else None
        ),
        link=link_to(at_url, incident.id, incident.cluster),
        at=entry.at,
    )


def trial_notice(*, at_url: str, by: str, now: datetime) -> Notice:
    """What `sre-agent notify test` sends: it asks for nothing."""
    return Notice(
        key=f"test:{now.isoformat()}",
        kind=NoticeKind.TEST,
        incident_id=IncidentId("test"),
        title="A test of the notifications",
        status=Status.CLOSED,
        severity=Severity.INFO,
        what_is_wrong="Nothing is wrong: this message shows that messages arrive.",
        said=f"{by} asked for a test message.",
        link=at_url,
        at=now,
    )


def link_to(at_url: str, incident_id: str, cluster: str) -> str:
    """Where the dashboard shows this incident; empty where its address is not set."""
    if not at_url:
        return ""
    room = quote(cluster or _NO_CLUSTER, safe="")
    return f"{at_url.rstrip('/')}/clusters/{room}?incident={quote(incident_id, safe='')}"


def plan_of(entry: JournalEntry) -> str:
    """The digest of the plan that an entry is about; empty where it is about none."""
    digest = entry.body.get("plan_digest")
    return digest if isinstance(digest, str) else ""


def redacted(notice: Notice, redact: Callable[[str], str]) -> Notice:
    """The same without what looks like a secret: it leaves the house."""
    steps = tuple(
        step.model_copy(update={"statement": redact(step.statement), "undo": redact(step.undo)})
        for step in notice.steps
    )
    words = {name: redact(getattr(notice, name)) for name in ("title", "what_is_wrong", "said")}
    return notice.model_copy(update={**words, "steps": steps})


def pause(attempts: int, draw: float, *, asked: float = 0.0) -> timedelta:
    """How long to wait before the next attempt: full jitter over a bound that doubles, from 4 s to 15 minutes.

    `draw` is uniform in [0, 1). What the other side asks for (`asked`, seconds) is the least, up to an hour.
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter).
    """
    bound = min(2.0 ** min(attempts + 1, 20), 900.0)
    return timedelta(seconds=min(max(draw * bound, asked), 3600.0))


def _kind(entry: JournalEntry) -> NoticeKind:
    kind = NEWS[entry.kind]
    resolved = kind is NoticeKind.CLOSED and entry.body.get("status") == Status.RESOLVED.value
    return NoticeKind.RESOLVED if resolved else kind


def _steps(record: Asked) -> tuple[NoticeStep, ...]:
    judged = {each.step: each for each in record.ruling.judgements} if record.ruling else {}
    told = []
    for step in record.plan.steps:
        judgement = judged.get(step.index)
        told.append(
            NoticeStep(
                statement=step.statement,
                undo=step.undo.statement,
                verdict=judgement.verdict if judgement else None,
                rule=judgement.rule if judgement else "",
                sentence=judgement.sentence if judgement else "",
            )
        )
    return tuple(told)


def _question(entry: JournalEntry, incident: Incident, record: Asked, now: datetime) -> Question | None:
    """None where an answer would be refused already: it was given, or time is up."""
    ruling = record.ruling
    if ruling is None or incident.status is not Status.AWAITING_APPROVAL:
        return None
    until = entry.at + timedelta(seconds=ruling.approval_expires_after_seconds)
    if record.refused or now >= until:
        return None
    return Question(plan_digest=record.plan.digest, role=record.role, people=record.people, expires_at=until)
