"""The law in force, why it said what it said, and what another law would have said of past plans."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.law_warnings import are_apart
from sre_agent.api.parts import ApiParts
from sre_agent.api.policy_reasons import IncidentPolicy, PlanPolicy
from sre_agent.api.policy_views import LawText, Policies, SimulateForm
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.errors import BadInput, NotFound
from sre_agent.law_office import LawOffice
from sre_agent.law_source import profile_files, read_files
from sre_agent.policy.lawbook import Law
from sre_agent.policy.problems import LawError
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.policy.simulating import Simulation, Tally
from sre_agent.ports.archive import IncidentFilter, every_incident

router = APIRouter(route_class=GuardedRoute, tags=["policies"])


@router.get("/policies", operation_id="get_policies")
async def get_policies(parts: Parts) -> Policies:
    """The law in force: its rules with file and line, levels of autonomy, freezes, and the last change that was refused."""
    return Policies.of(office_of(parts), parts.clock.now(), apart=are_apart(parts))


@router.get("/incidents/{incident_id}/policy", operation_id="explain_policy")
async def explain_policy(parts: Parts, incident_id: IncidentId) -> IncidentPolicy:
    """Why each step of each plan got its verdict: every rule, whether it matched, and which part of it decided.

    Rules are heard again under the law in force now, on the facts kept with the ruling; `same_law` says whether that
    is the law that ruled. Newest plan first.
    """
    await parts.archive.incident(incident_id)
    records, law = await parts.archive.plans(incident_id), office_of(parts).law
    undos = [each async for each in _verdicts(parts, incident_id) if each.body.get("undo")][::-1]
    return IncidentPolicy(
        incident_id=incident_id,
        law_digest=law.digest,
        plans=tuple(PlanPolicy.of(law, each, undos) for each in records),
    )


async def _verdicts(parts: ApiParts, incident_id: IncidentId) -> AsyncIterator[JournalEntry]:
    after = 0
    while page := await parts.archive.journal(incident_id, after=after):
        for entry in page:
            if entry.kind is Kind.VERDICT_GIVEN:
                yield entry
        after = page[-1].seq


@router.post("/policies/simulate", operation_id="simulate_policy")
async def simulate_policy(parts: Parts, form: SimulateForm) -> Simulation:
    """What this law would have decided for past plans, newest incidents first. It is not kept, and changes nothing."""
    law = await asyncio.to_thread(law_given, form.files, form.profile)
    tally = Tally(law)
    async for incident in every_incident(parts.archive, IncidentFilter()):
        for record in (await parts.archive.plans(incident.id))[: form.limit - tally.plans]:
            tally.add(record.plan, record.ruling)
        if tally.plans >= form.limit:
            break
    return tally.result()


def office_of(parts: ApiParts) -> LawOffice:
    if parts.law is None:
        raise NotFound("no law is in force in this process; plans are judged elsewhere")
    return parts.law


def law_given(files: tuple[LawText, ...], profile: str) -> Law:
    """A law that somebody sent. Raises BadInput with the place and the remedy of every mistake."""
    try:
        given = [LawFile(each.name, each.text) for each in files]
        return read_law([*given, *read_files(profile_files(profile))])
    except LawError as wrong:
        faults = [(str(each.place), f"{each.what}; {each.remedy}") for each in wrong.problems]
        first = wrong.problems[0]
        raise BadInput(
            f"the law has {len(faults)} mistake(s): {first}", field="files", faults=faults
        ) from None
