"""A past incident again, with the engine of today and any law: would it have done better?"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.policies import law_given, office_of
from sre_agent.api.policy_views import LawText
from sre_agent.api.views import Form, View
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.law_office import LawOffice
from sre_agent.offline.incidents import last_diagnosis, snapshot_of_incident
from sre_agent.offline.replaying import Replay, replayed
from sre_agent.policy_engine import PolicyEngine

router = APIRouter(route_class=GuardedRoute, tags=["understanding"])


class ReplayForm(Form):
    """The law to replay against: the one in force where no file is given, with a shipped profile laid over it."""

    files: Annotated[tuple[LawText, ...], Field(max_length=20)] = ()
    profile: Literal["default", "strict", "read-only"] = "default"


class ReplayView(View):
    """What was decided then, and what would be decided now; nothing was contacted or changed."""

    incident_id: IncidentId
    law_digest: Digest
    model: str = Field(
        description="the language models that took part then and now, or why none can be exchanged"
    )
    replay: Replay


@router.post("/incidents/{incident_id}/replay", operation_id="replay_incident")
async def replay_incident(parts: Parts, incident_id: IncidentId, form: ReplayForm) -> ReplayView:
    """Diagnose the incident's kept snapshot with the present engine, and judge its plans by another law."""
    incident = await parts.archive.incident(incident_id)
    snapshot = await snapshot_of_incident(parts.archive, incident_id)
    made = await last_diagnosis(parts.archive, incident_id)
    records = await parts.archive.plans(incident_id)
    law = await asyncio.to_thread(_law, office_of(parts), form)
    replay = await asyncio.to_thread(replayed, incident, made, snapshot, records, law)
    return ReplayView(
        incident_id=incident_id,
        law_digest=law.digest,
        model=_models(replay),
        replay=replay,
    )


def _models(replay: Replay) -> str:
    """With or without one is a question only where a diagnosis asks one."""
    helped = replay.engine_then.model if replay.engine_then else ""
    then = f"{helped} helped then" if helped else "none helped then"
    return (
        f"{then}; none can be exchanged now: this engine asks no language model, whatever LLM_PROVIDER says"
    )


def _law(office: LawOffice, form: ReplayForm) -> PolicyEngine:
    if form.files:
        return PolicyEngine(law_given(form.files, form.profile))
    return office.under(form.profile)
