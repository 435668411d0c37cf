"""Plans, with their rulings, answers, steps and verifications; and the answers people give to them."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Path

from sre_agent.api import answers
from sre_agent.api.answers import Given, Word
from sre_agent.api.callers import Caller, GuardedRoute, Parts, Who
from sre_agent.api.looking import looks_of, refuse_if_moved, woken_if_moved
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import Answered, ApproveForm, PlanList, PlanLook, PlanView, RejectForm
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Answer
from sre_agent.errors import Conflict, NotAllowed

router = APIRouter(route_class=GuardedRoute, tags=["plans"])

_Digest = Annotated[Digest, Path(pattern="^[0-9a-f]{64}$")]
_TRIES: Final = 5
"""How often an answer is thought over again because somebody else's came first."""


@router.get("/incidents/{incident_id}/plans", operation_id="list_plans")
async def list_plans(parts: Parts, incident_id: IncidentId) -> PlanList:
    """Newest first."""
    await parts.archive.incident(incident_id)
    records = await parts.archive.plans(incident_id)
    return PlanList(items=tuple(PlanView.of(each, newest=not n) for n, each in enumerate(records)))


@router.get("/incidents/{incident_id}/plans/{plan_digest}", operation_id="get_plan")
async def get_plan(parts: Parts, incident_id: IncidentId, plan_digest: _Digest) -> PlanView:
    record = await parts.archive.plan(incident_id, plan_digest)
    newest = (await parts.archive.plans(incident_id))[0].plan.digest
    return PlanView.of(record, newest=record.plan.digest == newest)


@router.post("/incidents/{incident_id}/plans/{plan_digest}/look", operation_id="look_at_plan")
async def look_at_plan(parts: Parts, incident_id: IncidentId, plan_digest: _Digest) -> PlanLook:
    """Look at the world again: what every step stands on now, beside what was planned.

    Where anything moved while people are asked, the runner is woken: the plan is void, and it makes a new one.
    """
    record = await parts.archive.plan(incident_id, plan_digest)
    looks = await looks_of(parts, record.plan)
    return PlanLook(
        plan_digest=plan_digest,
        at=parts.clock.now(),
        moved=await woken_if_moved(parts, record.plan, looks),
        steps=looks,
    )


@router.post("/incidents/{incident_id}/approve", operation_id="approve_plan")
async def approve_plan(parts: Parts, who: Who, incident_id: IncidentId, form: ApproveForm) -> Answered:
    """Say yes to exactly one plan, named by its digest.

    The ruling on the plan says which role may, how many people must, and for how long a yes holds. Once enough have
    said it, the runner looks at the ground again and goes on. The same yes twice is one yes. Where the ground has
    moved, the yes is refused with what is different, and a new plan is made.
    """
    word = _word(parts, who, form.reason)
    return await give_answer(parts, incident_id, Answer.YES, digest=form.plan_digest, word=word)


@router.post("/incidents/{incident_id}/reject", operation_id="reject_plan")
async def reject_plan(parts: Parts, who: Who, incident_id: IncidentId, form: RejectForm) -> Answered:
    """Say no to exactly one plan. The reason goes back to the planner: it plans without what was rejected, and where
    nothing else is safe, the incident is handed over to people with the reason and with instructions.
    """
    word = _word(parts, who, form.reason)
    return await give_answer(parts, incident_id, Answer.NO, digest=form.plan_digest, word=word)


async def give_answer(
    parts: ApiParts, incident_id: IncidentId, answer: Answer, *, digest: str, word: Word
) -> Answered:
    """The one door for answers, wherever they come from. Raises Conflict, NotAllowed (both audited), NotFound."""
    try:
        given = await _filed(parts, incident_id, answer, digest=digest, word=word)
    except (Conflict, NotAllowed) as refused:
        action = "plan.break_glass_refused" if word.breaks_glass else f"plan.answer_refused ({answer})"
        told = AuditDraft(
            actor=word.by.name, action=action, subject=incident_id, detail=str(refused), at=word.at
        )
        await parts.audit.record(told.model_copy(update={"reason": word.reason}))
        raise
    return _answered(given)


async def _filed(
    parts: ApiParts, incident_id: IncidentId, answer: Answer, *, digest: str, word: Word
) -> Given:
    """Where somebody answers in the same moment, it is thought over again with their answer in view."""
    for _ in range(_TRIES):
        given = await _considered(parts, incident_id, answer, digest=digest, word=word)
        if given.change is None:
            return given
        with suppress(Conflict):
            await parts.ledger.write(given.change)
            parts.telemetry.approvals.labels(answer).inc()
            return given
    raise Conflict("others answer this plan at the same time; look at it again before you do")


async def _considered(
    parts: ApiParts, incident_id: IncidentId, answer: Answer, *, digest: str, word: Word
) -> Given:
    incident = await parts.archive.incident(incident_id)
    plans = await parts.archive.plans(incident_id)
    decide = answers.glass if word.breaks_glass else answers.yes
    given = (answers.no if answer is Answer.NO else decide)(incident, plans, digest, word)
    if answer is Answer.YES:
        await refuse_if_moved(parts, plans[0].plan)
    return given


def _word(parts: ApiParts, who: Caller, reason: str) -> Word:
    return Word(who.actor, parts.clock.now(), parts.redact(reason))


def _answered(given: Given) -> Answered:
    said = given.approval
    return Answered(
        incident_id=said.incident_id,
        plan_digest=said.plan_digest,
        answer=said.answer,
        by=said.by.name,
        at=said.at,
        expires_at=said.expires_at,
        people=given.people,
        people_needed=given.people_needed,
        complete=given.complete,
    )
