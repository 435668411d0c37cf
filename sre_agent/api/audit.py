"""The audit trail: read it, prove it, take it away as JSON lines, and cut it under a signed mark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import CutForm, Instant, View
from sre_agent.domain.audit import AuditCut, AuditEntry, AuditProof
from sre_agent.domain.audit_file import AuditFileEnd, AuditFileStart
from sre_agent.domain.frozen import Moment
from sre_agent.errors import Conflict
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter

router = APIRouter(route_class=GuardedRoute, tags=["audit"])

JSON_LINES: Final = "application/jsonl"
_A_PAGE: Final = 1000


class AuditQuery(AuditFilter):
    """What to show: all given conditions must hold; `action` is the beginning of one, as `plan.`."""

    since: Instant | None = None
    until: Instant | None = None
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(50, ge=1, le=200)


class AuditList(View):
    items: tuple[AuditEntry, ...]
    total: int
    page: int
    size: int


@router.get("/audit", operation_id="list_audit")
async def list_audit(parts: Parts, asked: Annotated[AuditQuery, Query()]) -> AuditList:
    """Newest first. Answers to plans, steps on real systems, ends of incidents, accounts, tokens and sessions."""
    where = AuditFilter(**{name: getattr(asked, name) for name in AuditFilter.model_fields})
    found = await parts.audit.entries(where, Page(number=asked.page, size=asked.size))
    return AuditList(items=found.items, total=found.total, page=asked.page, size=asked.size)


@router.get("/audit/verify", operation_id="verify_audit")
async def verify_audit(parts: Parts) -> AuditProof:
    """Look through the whole trail: every link and signature, the head outside the database, and the journals."""
    return await parts.audit.verify()


@router.get(
    "/audit/export",
    operation_id="export_audit",
    response_class=StreamingResponse,
    responses={200: {"content": {JSON_LINES: {"schema": {"type": "string"}}}}},
)
async def export_audit(parts: Parts) -> StreamingResponse:
    """The whole trail as JSON lines, which `sre-agent audit verify FILE` proves without a platform."""
    name = f"audit-{parts.clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(parts), media_type=JSON_LINES, headers=headers)


async def _lines(parts: ApiParts) -> AsyncIterator[str]:
    cut = await parts.audit.last_cut()
    start = AuditFileStart(public_key=parts.audit.public_key(), cut=cut, exported_at=parts.clock.now())
    yield start.model_dump_json() + "\n"
    after = cut.seq if cut else 0
    while found := await parts.audit.entries_after(after, limit=_A_PAGE):
        after = found[-1].seq
        yield "".join(entry.model_dump_json() + "\n" for entry in found)
    yield AuditFileEnd(last=after).model_dump_json() + "\n"


@router.post("/audit/cuts", operation_id="cut_audit", status_code=201)
async def cut_audit(parts: Parts, who: Who, form: CutForm) -> AuditCut:
    """Take away what is older than a moment; a signed mark keeps the rest provable. Export first: it is gone then."""
    now = parts.clock.now()
    if form.before > now - parts.settings.audit_keep:
        raise Conflict(
            f"entries are kept for {parts.settings.audit_keep.days} days (AUDIT_KEEP_DAYS); "
            f"give a moment before {_spoken(now - parts.settings.audit_keep)}"
        )
    return await parts.audit.cut(form.before, by=who.name, reason=parts.redact(form.reason), at=now)


def _spoken(moment: Moment) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
