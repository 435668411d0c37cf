"""What the database remembers of earlier remediations, and of incidents that a person has in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.law import Input
from sre_agent.domain.plan import Plan
from sre_agent.domain.verification import Recovery
from sre_agent.policy.facts import Attempt
from sre_agent.policy.precedents import failures_in_a_row
from sre_agent.ports.archive import IncidentFilter, Page, PlanRecord
from sre_agent.ports.run import Run

MEMORY: Final = timedelta(days=30)
"""How far back the same remediation is looked for."""
IN_A_ROW: Final = timedelta(days=1)
"""How far back failures count as being in a row."""
IN_HAND: Final = timedelta(hours=1)
"""So long after it was handed over, an incident is taken to be what a person works on."""
_LOOKED_AT: Final = Page(number=1, size=200)


@dataclass(frozen=True)
class Past:
    """`attempts`: earlier plans for the same cause or the same object, newest first."""

    attempts: tuple[Attempt, ...]
    failures_in_a_row: Input
    handed_over: tuple[Incident, ...]


async def past_of(run: Run, plan: Plan) -> Past:
    """What concerns the blamed object; only incidents about it or its cause are opened, of the newest few hundred."""
    now = run.clock.now()
    where = IncidentFilter(cluster=plan.entity.cluster, text=plan.cause, opened_after=now - MEMORY)
    alike = [
        each for each in (await run.archive.incidents(where, _LOOKED_AT)).items if each.cause == plan.cause
    ]
    lately = IncidentFilter(cluster=plan.entity.cluster, opened_after=now - IN_A_ROW)
    near = [each for each in (await run.archive.incidents(lately, _LOOKED_AT)).items if _is_about(each, plan)]
    attempts = {each.id: await _attempts(run, each, plan.digest) for each in _newest_first([*alike, *near])}
    in_a_row = [one for each in _newest_first(near) for one in attempts[each.id]]
    return Past(
        attempts=tuple(one for many in attempts.values() for one in many),
        failures_in_a_row=failures_in_a_row(in_a_row),
        handed_over=tuple(each for each in near if _is_in_hand(run, each)),
    )


def _is_about(incident: Incident, plan: Plan) -> bool:
    return incident.id == plan.incident_id or incident.cause_entity == plan.entity


def _is_in_hand(run: Run, incident: Incident) -> bool:
    if incident.id == run.incident_id or incident.status is not Status.ESCALATED:
        return False
    return incident.closed_at is not None and run.clock.now() - incident.closed_at <= IN_HAND


def _newest_first(incidents: Iterable[Incident]) -> list[Incident]:
    unique = {each.id: each for each in incidents}.values()
    return sorted(unique, key=lambda each: (each.opened_at, each.id), reverse=True)


async def _attempts(run: Run, incident: Incident, mine: Digest) -> list[Attempt]:
    records = await run.archive.plans(incident.id)
    return [attempt_of(each) for each in records if each.plan.digest != mine]


def attempt_of(record: PlanRecord) -> Attempt:
    recovered = any(each.recovery is Recovery.RECOVERED for each in record.verifications)
    return Attempt(record.plan, record.steps, recovered)
