"""Breaking the glass: one person's yes in place of all that the law asks for, proved afresh and never silent."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from sre_agent.api.answers import Word
from sre_agent.api.callers import Caller, GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts
from sre_agent.api.plans import give_answer
from sre_agent.api.sessions import knows_password, refuse_haste, tell
from sre_agent.api.views import Answered, Form, Prose, not_blank
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Answer
from sre_agent.errors import NotAllowed
from sre_agent.ports.accounts import SESSION

router = APIRouter(route_class=GuardedRoute, tags=["plans"])
_SHORTEST_REASON: Final = 10


class GlassForm(Form):
    plan_digest: str = Field(pattern="^[0-9a-f]{64}$", description="digest of the very plan you have seen")
    reason: Annotated[Prose, Field(min_length=_SHORTEST_REASON), AfterValidator(not_blank)]
    credential: Annotated[str, Field(min_length=1, max_length=1000, repr=False)] = Field(
        description="your password once more; your token, where your account has none. A session is not enough."
    )


@router.post("/incidents/{incident_id}/break-glass", operation_id="break_glass")
async def break_glass(parts: Parts, who: Who, incident_id: IncidentId, form: GlassForm) -> Answered:
    """Approve one plan alone, where the law asks for more people, another role or somebody else.

    What the law denies stays denied, and a ground that moved still voids the plan. It holds ten minutes. The journal
    and the audit trail say BREAK-GLASS with your name and reason, and everybody is told through every channel.
    """
    await _prove(parts, who, incident_id, form.credential)
    word = Word(who.actor, parts.clock.now(), parts.redact(form.reason), breaks_glass=True)
    return await give_answer(parts, incident_id, Answer.YES, digest=form.plan_digest, word=word)


async def _prove(parts: ApiParts, who: Caller, incident_id: IncidentId, credential: str) -> None:
    """Raises NotAllowed where it is not theirs, and refuses haste after several failures; both are audited or counted."""
    refuse_haste(parts, [("account", who.name)])
    if await _is_theirs(parts, who, credential):
        return
    parts.logins["account"].failed(who.name, parts.clock.elapsed())
    told = "credential: this is not your password (or your token, where you have no password)"
    await tell(parts, who.name, "plan.break_glass_refused", incident_id, told)
    raise NotAllowed(told)


async def _is_theirs(parts: ApiParts, who: Caller, credential: str) -> bool:
    """Whoever has a password proves it: a token that lies about, or a session left open, is not enough."""
    if await parts.accounts.has_password(who.name):
        return await knows_password(parts, who.name, credential)
    if credential.startswith(SESSION):
        return False
    account = await parts.accounts.by_token(credential)
    return account is not None and account.name == who.name
