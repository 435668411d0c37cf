"""The trust ladder: where each service and kind of action stands, with its numbers, and who moves it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sre_agent.api.callers import Caller, GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts, TrustParts
from sre_agent.api.views import Form, Reason, View
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.law import Autonomy
from sre_agent.domain.trust import MeasuredRung, Rung, Sample
from sre_agent.errors import NotFound
from sre_agent.trust.ladder import Decision, demoted, promoted, standing

router = APIRouter(route_class=GuardedRoute, tags=["trust"])

Word = Annotated[str, Field(min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$")]


class TrustList(View):
    start: Autonomy = Field(description="the level of those about whom nobody decided yet (TRUST_START)")
    items: tuple[MeasuredRung, ...]


class SampleList(View):
    items: tuple[Sample, ...]


class PromoteForm(Form):
    service: Word
    action: Word
    reason: Reason
    despite_numbers: bool = Field(
        False, description="also where the numbers do not carry it; the audit log keeps that"
    )


class DemoteForm(Form):
    service: Word
    action: Word
    to: Autonomy
    reason: Reason


@router.get("/trust", operation_id="list_trust")
async def list_trust(parts: Parts) -> TrustList:
    """Every service and kind of action that was decided about or planned for, with its agreement and interval."""
    trust = _set_up(parts)
    rungs = {(rung.service, rung.action): rung for rung in await trust.book.rungs()}
    samples: dict[tuple[str, str], list[Sample]] = {}
    for sample in await trust.book.samples():
        samples.setdefault((sample.service, sample.action), []).append(sample)
    names = sorted(rungs.keys() | samples.keys())
    items = (standing(rungs.get(name), name, samples.get(name, ()), start=trust.start) for name in names)
    return TrustList(start=trust.start, items=tuple(items))


@router.get("/trust/samples", operation_id="list_trust_samples")
async def list_trust_samples(
    parts: Parts,
    service: Annotated[str, Query(max_length=320)] = "",
    action: Annotated[str, Query(max_length=320)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> SampleList:
    """What the numbers rest on, newest first."""
    found = await _set_up(parts).book.samples(service=service, action=action, limit=limit)
    return SampleList(items=found)


@router.post("/trust/promote", operation_id="promote_trust")
async def promote_trust(parts: Parts, who: Who, form: PromoteForm) -> Rung:
    """One level up, decided by a person. The law's own level still holds where it is stricter."""
    now = await _standing(parts, form.service, form.action)
    said = _decision(parts, who, form.reason)
    rung = promoted(now, said, despite_numbers=form.despite_numbers)
    return await _moved(parts, now, rung, "trust.promoted")


@router.post("/trust/demote", operation_id="demote_trust")
async def demote_trust(parts: Parts, who: Who, form: DemoteForm) -> Rung:
    """Any number of levels down."""
    now = await _standing(parts, form.service, form.action)
    rung = demoted(now, form.to, _decision(parts, who, form.reason))
    return await _moved(parts, now, rung, "trust.demoted")


async def _standing(parts: ApiParts, service: str, action: str) -> MeasuredRung:
    trust = _set_up(parts)
    rung = await trust.book.rung(service, action)
    samples = await trust.book.samples(service=service, action=action)
    if rung is None and not samples:
        raise NotFound(
            f"nothing was ever planned with {action} for {service}; `sre-agent trust show` lists what was"
        )
    return standing(rung, (service, action), samples, start=trust.start)


async def _moved(parts: ApiParts, now: MeasuredRung, rung: Rung, action: str) -> Rung:
    """Audited before it holds: a level that nobody can account for must not exist."""
    numbers = f"{now.agreed} agreed, {now.differed} differed, interval {now.low:.2f} to {now.high:.2f}"
    await parts.audit.record(
        AuditDraft(
            actor=rung.by,
            action=action,
            subject=f"{rung.action} {rung.service}",
            detail=f"{now.level} to {rung.level}: {rung.reason} ({numbers})",
            at=rung.since,
        )
    )
    await _set_up(parts).book.put_rung(rung)
    return rung


def _decision(parts: ApiParts, who: Caller, reason: str) -> Decision:
    return Decision(who.name, parts.clock.now(), parts.redact(reason))


def _set_up(parts: ApiParts) -> TrustParts:
    if parts.trust is None:
        raise NotFound("this process keeps no trust ladder")
    return parts.trust
