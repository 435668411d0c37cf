"""The world looked at again when a person opens a plan or says yes to it."""

from __future__ import annotations

from contextlib import suppress

from sre_agent.api import answers
from sre_agent.api.parts import ApiParts
from sre_agent.decide.looking import Standing, StepLook, look_at
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Status
from sre_agent.domain.plan import Call, Plan
from sre_agent.errors import Conflict


async def looks_of(parts: ApiParts, plan: Plan) -> tuple[StepLook, ...]:
    """What each step stands on now; where nobody can look it says so."""

    async def ask(call: Call) -> JsonObject:
        return (await parts.look(call, parts.settings.look_time)).content

    return await look_at(plan, ask)


async def woken_if_moved(parts: ApiParts, plan: Plan, looks: tuple[StepLook, ...]) -> bool:
    """Whether anything moved; a runner that waits for an answer to this plan is woken then."""
    if not any(look.standing is Standing.MOVED for look in looks):
        return False
    incident = await parts.archive.incident(plan.incident_id)
    newest = (await parts.archive.plans(plan.incident_id))[0].plan.digest
    if incident.status is Status.AWAITING_APPROVAL and newest == plan.digest:
        with suppress(Conflict):  # somebody answered or ended it in this moment: there is nobody to wake
            await parts.ledger.write(answers.looked_again(incident, parts.clock.now()))
    return True


async def refuse_if_moved(parts: ApiParts, plan: Plan) -> None:
    """Raises Conflict where the world is not as planned. Where nobody can look now, the runner does before it acts."""
    looks = await looks_of(parts, plan)
    if await woken_if_moved(parts, plan, looks):
        changes = "; ".join(change for look in looks for change in look.changes)
        raise Conflict(
            f"the ground of plan {plan.digest[:12]}… moved: {changes}. Answer the new plan that is made"
        )
