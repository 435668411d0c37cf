"""A past incident again, with the engine of today and any law: would it have done better?"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.model_row import state_of
from sre_agent.api.policies import law_given, office_of
from sre_agent.api.policy_views import LawText
from sre_agent.api.views import Form, View
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.law_office import LawOffice
from sre_agent.offline.counselling import Counselled, briefed, counselled_on
from sre_agent.offline.incidents import last_diagnosis, snapshot_of_incident
from sre_agent.offline.replaying import Replay, replayed
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.model import ModelState

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
        description="whether a language model took part then, and whether one can be asked now"
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
        model=_models(replay, parts.model.name if parts.model else "", await state_of(parts.model)),
        replay=replay,
    )


def _models(replay: Replay, name: str, state: ModelState) -> str:
    """With or without one is a question only where one answers."""
    helped = replay.engine_then.model if replay.engine_then else ""
    then = f"{helped} helped then" if helped else "none helped then"
    if state.on:
        return f"{then}; {name} answers now and can be asked what it would suggest"
    return f"{then}; none can be exchanged now: {state.said} To turn one on: {state.mend}"


class ModelReplayView(View):
    """What the language model of today says of a past incident; `told` is none where no model answers."""

    incident_id: IncidentId
    model: str
    said: str = Field(description="whether a model answers; where none does, why, and what to do")
    told: Counselled | None


@router.post("/incidents/{incident_id}/replay/model", operation_id="ask_model_about_incident")
async def ask_model(parts: Parts, incident_id: IncidentId) -> ModelReplayView:
    """What a language model would suggest and ask, given the incident's kept snapshot, beside what the rules say.

    Nothing but the model is contacted, and nothing is kept or changed.
    """
    snapshot = await snapshot_of_incident(parts.archive, incident_id)
    state, model = await state_of(parts.model), parts.model
    if model is None or not state.on:
        said = f"{state.said} To turn one on: {state.mend}"
        return ModelReplayView(
            incident_id=incident_id, model=model.name if model else "", said=said, told=None
        )
    diagnosis, briefing = await asyncio.to_thread(briefed, snapshot)
    told = await counselled_on(model, diagnosis, briefing, parts.settings.model_time, parts.clock)
    return ModelReplayView(incident_id=incident_id, model=model.name, said=state.said, told=told)


def _law(office: LawOffice, form: ReplayForm) -> PolicyEngine:
    if form.files:
        return PolicyEngine(law_given(form.files, form.profile))
    return office.under(form.profile)
