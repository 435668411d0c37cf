"""The post-mortem: a draft made anew from the record at every call, and what people made of it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import NO_CONTROLS, Form, Prose, View
from sre_agent.domain.frozen import Moment, digest_of
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.journal import JournalDraft, JournalEntry, Kind
from sre_agent.domain.revision import LONGEST_TEXT, MOST_VERSIONS, Revision
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.ledger import ChangeSet
from sre_agent.reports.markdown import as_markdown
from sre_agent.reports.postmortem import Case, PostMortem, ReportedPlan, postmortem
from sre_agent.reports.revisions import Difference, difference, kept, overtaken, signed, text_of

router = APIRouter(route_class=GuardedRoute, tags=["reports"])

_PAGE: Final = 1000
_MOST_ENTRIES: Final = 50_000
"""More than any incident has; a bound on what one call may read."""


class VersionLine(View):
    """A version without its text."""

    number: int
    by: str
    at: Moment
    note: str
    is_draft: bool = Field(description="whether it went back to the draft")


class PostMortemVersions(View):
    current: int = Field(description="the version that stands now; 0: nobody edited the draft")
    items: tuple[VersionLine, ...] = Field(description="newest first")


class PostMortemText(View):
    """One version as Markdown, and whether it is the draft."""

    number: int
    text: str
    is_draft: bool
    by: str = ""
    at: Moment | None = None
    note: str = ""


class EditForm(Form):
    based_on: int = Field(
        ge=0, le=MOST_VERSIONS, description="the version you began from; 0: the draft, never edited"
    )
    text: Annotated[str, Field(max_length=LONGEST_TEXT, pattern=NO_CONTROLS)] | None = Field(
        description="the whole text as Markdown; null goes back to the draft"
    )
    note: Annotated[Prose, Field(max_length=200)] = ""


_Number = Annotated[int, Path(ge=0, le=MOST_VERSIONS, description="0 is the draft")]


@router.get("/incidents/{incident_id}/postmortem", operation_id="get_postmortem")
async def get_postmortem(parts: Parts, incident_id: IncidentId) -> PostMortem:
    """What happened, why, what was done, and what is left to do: a draft to edit, nothing in it that is not on file."""
    return postmortem(await case_of(parts, incident_id))


@router.get(
    "/incidents/{incident_id}/postmortem.md",
    operation_id="get_postmortem_markdown",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def get_postmortem_markdown(
    parts: Parts,
    incident_id: IncidentId,
    version: Annotated[
        int | None, Query(ge=0, le=MOST_VERSIONS, description="0 is the draft; none: the one that stands")
    ] = None,
) -> Response:
    """The post-mortem as Markdown: as people left it, or else the draft."""
    versions = await parts.archive.revisions(incident_id)
    number = len(versions) if version is None else version
    text = await _text(parts, incident_id, number, versions)
    if number and not _is_draft(number, versions):
        text = signed(text, versions[number - 1])
    name = f'attachment; filename="postmortem-{incident_id}.md"'
    return Response(text, media_type="text/markdown; charset=utf-8", headers={"Content-Disposition": name})


@router.get("/incidents/{incident_id}/postmortem/versions", operation_id="list_postmortem_versions")
async def list_postmortem_versions(parts: Parts, incident_id: IncidentId) -> PostMortemVersions:
    """Who edited it when, newest first; nothing is ever taken away, and the draft is always there as number 0."""
    await parts.archive.incident(incident_id)
    versions = await parts.archive.revisions(incident_id)
    items = tuple(
        VersionLine(number=each.number, by=each.by, at=each.at, note=each.note, is_draft=each.text is None)
        for each in reversed(versions)
    )
    return PostMortemVersions(current=len(versions), items=items)


@router.get("/incidents/{incident_id}/postmortem/versions/{number}", operation_id="get_postmortem_version")
async def get_postmortem_version(parts: Parts, incident_id: IncidentId, number: _Number) -> PostMortemText:
    """One version's text; 0 is the draft, made anew from the record."""
    versions = await parts.archive.revisions(incident_id)
    text = await _text(parts, incident_id, number, versions)
    of = versions[number - 1] if number else None
    about = {"by": of.by, "at": of.at, "note": of.note} if of else {}
    return PostMortemText.model_validate(
        {"number": number, "text": text, "is_draft": _is_draft(number, versions), **about}
    )


@router.post("/incidents/{incident_id}/postmortem/versions", operation_id="edit_postmortem", status_code=201)
async def edit_postmortem(parts: Parts, who: Who, incident_id: IncidentId, form: EditForm) -> PostMortemText:
    """Keep an edit as the next version. Where somebody kept one since, it is refused (409) with what they changed."""
    case = await case_of(parts, incident_id)
    draft, versions = as_markdown(postmortem(case)), await parts.archive.revisions(incident_id)
    _refuse_stale(form, draft, versions)
    text = None if form.text is None else parts.redact(form.text)
    after = draft if text is None else text
    before = text_of(form.based_on, versions, draft)
    if after == before:
        raise Conflict("nothing is different from what stands now; there is nothing to keep")
    made = Revision(
        incident_id=incident_id,
        number=form.based_on + 1,
        text=text,
        by=who.name,
        note=parts.redact(form.note),
        at=parts.clock.now(),
    )
    await parts.ledger.write(_kept(made, difference(before, after)))
    return PostMortemText(
        number=made.number, text=after, is_draft=text is None, by=made.by, at=made.at, note=made.note
    )


def _refuse_stale(form: EditForm, draft: str, versions: tuple[Revision, ...]) -> None:
    """Raises Conflict. Who is quicker than this look is found by the ledger, in the transaction that writes."""
    if form.based_on > len(versions):
        raise Conflict(f"there is no version {form.based_on}; the newest is {len(versions)}")
    if form.based_on < len(versions):
        before, after = (text_of(each, versions, draft) for each in (form.based_on, len(versions)))
        raise Conflict(overtaken(versions[-1], form.based_on, difference(before, after)))
    if len(versions) >= MOST_VERSIONS:
        raise Conflict(f"there are {MOST_VERSIONS} versions, and no more are kept; go on in a document")


def _kept(made: Revision, changed: Difference) -> ChangeSet:
    entry = JournalDraft(
        key=JournalKey(f"postmortem/{made.number}"),
        kind=Kind.POSTMORTEM_EDITED,
        actor=made.by,
        text=kept(made, changed),
        body={
            "by": made.by,
            "reason": made.note or "edited",
            "version": made.number,
            "digest": digest_of({"text": made.text}),
        },
        at=made.at,
    )
    return ChangeSet(incident_id=made.incident_id, at=made.at, entries=(entry,), revision=made)


def _is_draft(number: int, versions: tuple[Revision, ...]) -> bool:
    return not number or versions[number - 1].text is None


async def _text(parts: ApiParts, incident_id: IncidentId, number: int, versions: tuple[Revision, ...]) -> str:
    """Raises NotFound. The record is read only where the draft is wanted."""
    await parts.archive.incident(incident_id)
    if number > len(versions):
        raise NotFound(f"the post-mortem has no version {number}; the newest is {len(versions)}")
    draft = as_markdown(postmortem(await case_of(parts, incident_id))) if _is_draft(number, versions) else ""
    return text_of(number, versions, draft)


async def case_of(parts: ApiParts, incident_id: IncidentId) -> Case:
    """Everything on file about it. Raises NotFound."""
    incident = await parts.archive.incident(incident_id)
    return Case(
        incident=incident,
        alerts=await parts.archive.alerts(incident_id),
        journal=await _journal(parts, incident_id),
        hypotheses=await parts.archive.hypotheses(incident_id),
        plans=tuple(map(_reported, await parts.archive.plans(incident_id))),
    )


async def _journal(parts: ApiParts, incident_id: IncidentId) -> tuple[JournalEntry, ...]:
    entries: list[JournalEntry] = []
    while len(entries) < _MOST_ENTRIES:
        after = entries[-1].seq if entries else 0
        found = await parts.archive.journal(incident_id, after=after, limit=_PAGE)
        entries += found
        if len(found) < _PAGE:
            break
    return tuple(entries)


def _reported(record: PlanRecord) -> ReportedPlan:
    return ReportedPlan(
        plan=record.plan,
        ruling=record.ruling,
        approvals=record.approvals,
        steps=record.steps,
        verifications=record.verifications,
    )
