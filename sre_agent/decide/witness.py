"""What the policy gate reads for the law, through the ports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sre_agent.decide.precedents import attempt_of
from sre_agent.decide.restraints import restraints_for
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Incident, Origin
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import ALERTMANAGER, PlanFacts
from sre_agent.domain.plan import Call, Plan
from sre_agent.errors import Permanent, Retryable
from sre_agent.policy.facts import Attempt, failed_remediations, seen, steps_since
from sre_agent.ports.archive import IncidentFilter, Page, PlanRecord
from sre_agent.ports.run import Run

_HOUR: Final = timedelta(hours=1)
_INCIDENTS_LOOKED_AT: Final = 200


async def facts_for(run: Run, plan: Plan) -> PlanFacts:
    """Everything the law may look at for this plan, read now."""
    now = run.clock.now()
    incident = await run.archive.incident(run.incident_id)
    records = await run.archive.plans(run.incident_id)

    async def look(call: Call) -> JsonObject | None:
        try:
            return (await run.toolbox.call(call, limit=run.limits.tool_time)).content
        except (Retryable, Permanent):
            return None

    sight = await seen(plan, look)
    return PlanFacts(
        now=now,
        confidence=await _confidence(run, plan),
        severity=incident.severity.value,
        environment=sight.environment,
        namespace_labels=sight.namespace_labels,
        target_labels=sight.target_labels,
        asked_by=incident.origin.value,
        failed_before=failed_remediations(
            _attempts(each for each in records if each.plan.digest != plan.digest)
        ),
        actions_last_hour=await _lately(run, incident, since=now - _HOUR),
        requested_by=await _requesters(run),
        autonomy_earned=await run.trust.earned(plan) if run.trust else {},
        restraints=await restraints_for(run, plan),
    )


async def _requesters(run: Run) -> tuple[str, ...]:
    """Who asked the question, or for another try, or made the alert."""
    after, names = 0, dict[str, None]()
    while page := await run.archive.journal(run.incident_id, after=after):
        names |= dict.fromkeys(entry.actor for entry in page if _is_request(entry))
        after = page[-1].seq
    return tuple(names)


def _is_request(entry: JournalEntry) -> bool:
    asked = entry.kind is Kind.INCIDENT_OPENED and entry.body.get("origin") == Origin.QUESTION.value
    made = entry.kind is Kind.ALERT_RECEIVED and entry.actor != ALERTMANAGER.name
    return asked or made or entry.key.startswith("retried:")


def _attempts(records: Iterable[PlanRecord]) -> list[Attempt]:
    return [attempt_of(each) for each in records]


async def _confidence(run: Run, plan: Plan) -> float:
    """Of the hypothesis this plan answers; none where it is not on file."""
    for hypothesis in await run.archive.hypotheses(run.incident_id):
        if hypothesis.cause == plan.cause and hypothesis.entity == plan.entity:
            return hypothesis.confidence
    return 0.0


async def _lately(run: Run, incident: Incident, *, since: datetime) -> dict[str, int]:
    """Steps done lately over all incidents of this cluster; the newest few hundred of a day are looked at."""
    page = await run.archive.incidents(
        IncidentFilter(cluster=incident.cluster, opened_after=since - 23 * _HOUR),
        Page(number=1, size=_INCIDENTS_LOOKED_AT),
    )
    attempts: list[Attempt] = []
    for each in page.items:
        if each.updated_at >= since:
            attempts += _attempts(await run.archive.plans(each.id))
    return steps_since(attempts, since)
