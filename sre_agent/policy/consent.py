"""Whether a plan may be carried out: what its ruling asks for, and what people have answered to exactly it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Answer, Approval, Role, Ruling, Verdict

GLASS: Final = Role.APPROVER
"""The least role that may break the glass: alone, also for what another role, two people or somebody else must allow."""


class Standing(StrEnum):
    NOT_NEEDED = "not_needed"
    GIVEN = "given"
    WAITING = "waiting"
    REFUSED = "refused"
    EXPIRED = "expired"
    DENIED = "denied"
    """The law says no, or has not been asked: no answer of any person helps."""

    @property
    def permits(self) -> bool:
        return self in (Standing.NOT_NEEDED, Standing.GIVEN)


@dataclass(frozen=True)
class Requirement:
    """The rank that suffices and how many different people of it must say yes."""

    rank: int
    people: int
    not_by: tuple[str, ...] = ()
    """Who asked for it, where the law lets nobody say yes to their own request."""

    @property
    def role(self) -> Role:
        return list(Role)[self.rank]


@dataclass(frozen=True)
class Consent:
    """How it stands, who said so, and why."""

    standing: Standing
    by: tuple[str, ...] = ()
    reason: str = ""
    missing: int = 0
    """Further people whose yes is needed."""


def requirement(ruling: Ruling) -> Requirement:
    """What satisfies every judgement that asks; a role nobody knows needs an administrator."""
    asking = [each for each in ruling.judgements if each.verdict is Verdict.NEEDS_APPROVAL]
    ranks = [min((_rank(role) for role in each.roles), default=Role.APPROVER.rank) for each in asking]
    return Requirement(
        rank=max(ranks, default=Role.APPROVER.rank),
        people=max((each.people for each in asking), default=1),
        not_by=_requesters(ruling) if any(not each.self_approval for each in asking) else (),
    )


def asked_of(ruling: Ruling) -> str:
    """Who has to say yes, as `2 approver, but not ana`; empty where nobody has."""
    if ruling.verdict is not Verdict.NEEDS_APPROVAL:
        return ""
    wanted = requirement(ruling)
    others = f", but not {', '.join(wanted.not_by)}" if wanted.not_by else ""
    return f"{wanted.people} {wanted.role}{others}"


def harder(ruling: Ruling, other: Ruling) -> int:
    """1 where this ruling is harder to satisfy than the other, -1 where it is easier, 0 where neither can be said."""
    gap = ruling.verdict.strictness - other.verdict.strictness
    if gap or ruling.verdict is not Verdict.NEEDS_APPROVAL:
        return (gap > 0) - (gap < 0)
    here, there = requirement(ruling), requirement(other)
    gaps = (
        here.rank - there.rank,
        here.people - there.people,
        len(set(here.not_by) - set(there.not_by)) - len(set(there.not_by) - set(here.not_by)),
    )
    more, less = any(each > 0 for each in gaps), any(each < 0 for each in gaps)
    return more - less


def _requesters(ruling: Ruling) -> tuple[str, ...]:
    return ruling.facts.requested_by if ruling.facts else ()


def consent(
    plan_digest: Digest,
    ruling: Ruling | None,
    approvals: Iterable[Approval],
    *,
    now: datetime,
    asked_at: datetime | None = None,
) -> Consent:
    """How this very plan stands now. Answers to any other plan count for nothing.

    `asked_at` is when people were first asked; without it a question does not run out.
    """
    if ruling is None or ruling.plan_digest != plan_digest or ruling.verdict is Verdict.DENIED:
        return Consent(Standing.DENIED)
    if ruling.verdict is Verdict.ALLOWED:
        return Consent(Standing.NOT_NEEDED)
    answers = [each for each in approvals if each.plan_digest == plan_digest]
    refusal = refusal_among(answers)
    if refusal is not None:
        return Consent(Standing.REFUSED, (refusal.by.name,), refusal.reason)
    return _agreed(ruling, answers, now=now, asked_at=asked_at)


def _agreed(ruling: Ruling, answers: list[Approval], *, now: datetime, asked_at: datetime | None) -> Consent:
    wanted, life = requirement(ruling), timedelta(seconds=ruling.approval_expires_after_seconds)
    yes = [each for each in answers if each.answer is Answer.YES and _suffices(each, wanted)]
    standing = [each for each in yes if now < min(each.expires_at, each.at + life)]
    people = tuple(sorted({each.by.name for each in standing}))
    if len(people) >= wanted.people or any(each.break_glass for each in standing):
        return Consent(Standing.GIVEN, people, "; ".join(each.reason for each in standing if each.reason))
    too_late = asked_at is not None and now >= asked_at + life
    return Consent(
        Standing.EXPIRED if too_late else Standing.WAITING, people, missing=wanted.people - len(people)
    )


def _suffices(answer: Approval, wanted: Requirement) -> bool:
    if answer.break_glass:
        return _ranks(answer) >= GLASS.rank
    return _ranks(answer) >= wanted.rank and answer.by.name not in wanted.not_by


def refusal_among(answers: Iterable[Approval]) -> Approval | None:
    """The first no that counts: from everyone who may act at all; it needs less rank than a yes."""
    said = (each for each in answers if each.answer is Answer.NO)
    return next((each for each in said if _ranks(each) >= Role.RESPONDER.rank), None)


def _ranks(answer: Approval) -> int:
    """The agent and other machines without a role have none that suffices."""
    return -1 if answer.by.role is None else answer.by.role.rank


def _rank(role: str) -> int:
    return Role(role).rank if role in set(Role) else Role.ADMIN.rank
