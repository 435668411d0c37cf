"""What is read of the world for the law, through the ports: labels, earlier attempts, how much was done lately.

A read that fails leaves its fact out; the law counts an unknown environment as production and asks
about a target whose labels nobody could see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Incident
from sre_agent.domain.law import PlanFacts
from sre_agent.domain.plan import Call, Plan, Step, StepState
from sre_agent.domain.verification import Recovery
from sre_agent.errors import Permanent, Retryable
from sre_agent.policy.variables import ASKED_BY_ROLLBACK, UNKNOWN_ENVIRONMENT, remediation
from sre_agent.ports.archive import IncidentFilter, Page, PlanRecord
from sre_agent.ports.run import Run

ENVIRONMENT_LABELS: Final = ("sre-agent.io/environment", "environment", "env")
_K8S: Final = "k8s"
_HOUR: Final = timedelta(hours=1)
_INCIDENTS_LOOKED_AT: Final = 200
_TOUCHED: Final = frozenset(
    {StepState.DONE, StepState.UNDOING, StepState.UNDONE, StepState.INTENDED, StepState.UNCERTAIN}
)


async def facts_for(run: Run, plan: Plan, *, rollback: bool = False) -> PlanFacts:
    """Everything the law may look at for this plan, read now."""
    now = run.clock.now()
    incident = await run.archive.incident(run.incident_id)
    earlier = [each for each in await run.archive.plans(run.incident_id) if each.plan.digest != plan.digest]
    spaces = await _namespaces(run, plan)
    return PlanFacts(
        now=now,
        confidence=await _confidence(run, plan),
        severity=incident.severity.value,
        environment=environment_among(spaces.values()),
        namespace_labels=next((labels for labels in spaces.values() if labels is not None), {}),
        target_labels=await _target_labels(run, plan),
        asked_by=ASKED_BY_ROLLBACK if rollback else incident.origin.value,
        failed_before=failed_remediations(earlier),
        actions_last_hour=await _lately(run, incident, since=now - _HOUR),
    )


def environment_among(spaces: Iterable[Mapping[str, str] | None]) -> str:
    """The environment of all namespaces a plan touches; empty (unknown) or production if any of them is."""
    named = ["" if labels is None else environment_in(labels) for labels in spaces]
    if not named or "" in named:
        return ""
    return UNKNOWN_ENVIRONMENT if UNKNOWN_ENVIRONMENT in named else named[0]


def environment_in(labels: Mapping[str, str]) -> str:
    found = next((labels[name] for name in ENVIRONMENT_LABELS if labels.get(name)), "").lower()
    return UNKNOWN_ENVIRONMENT if found in ("prod", "prd", "live") else found


def failed_remediations(earlier: Iterable[PlanRecord]) -> tuple[str, ...]:
    """Steps of earlier plans that reached the world and did not bring recovery; refused ones changed nothing."""
    found: dict[str, None] = {}
    for record in earlier:
        if any(each.recovery is Recovery.RECOVERED for each in record.verifications):
            continue
        tried = {each.index for each in record.steps if each.state in _TOUCHED}
        found |= dict.fromkeys(remediation(step) for step in record.plan.steps if step.index in tried)
    return tuple(found)


def steps_since(records: Iterable[PlanRecord], since: datetime) -> dict[str, int]:
    """Target → number of steps of these plans that touched it since then."""
    counts: dict[str, int] = {}
    for record in records:
        targets = {step.index: str(step.target) for step in record.plan.steps}
        for each in record.steps:
            if each.at >= since and each.state in _TOUCHED and each.index in targets:
                counts[targets[each.index]] = counts.get(targets[each.index], 0) + 1
    return counts


async def _confidence(run: Run, plan: Plan) -> float:
    """Of the hypothesis this plan answers; none where it is not on file."""
    for hypothesis in await run.archive.hypotheses(run.incident_id):
        if hypothesis.cause == plan.cause and hypothesis.entity == plan.entity:
            return hypothesis.confidence
    return 0.0


async def _namespaces(run: Run, plan: Plan) -> dict[str, dict[str, str] | None]:
    """Namespace → its labels, None where they could not be read. The plan's own entity comes first."""
    touched = [plan.entity, *(step.target for step in plan.steps if step.call is not None)]
    found: dict[str, dict[str, str] | None] = {}
    for entity in touched:
        if entity.namespace and entity.namespace not in found:
            space = EntityRef(kind="Namespace", name=entity.namespace, cluster=entity.cluster)
            found[entity.namespace] = await _labels_of(run, space)
    return found


async def _target_labels(run: Run, plan: Plan) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for step in plan.steps:
        labels = await _labels_of(run, step.target) if _is_object(step) else None
        if labels is not None:
            found[step.index] = labels
    return found


def _is_object(step: Step) -> bool:
    return step.call is not None and step.call.server == _K8S


async def _labels_of(run: Run, entity: EntityRef) -> dict[str, str] | None:
    arguments: JsonObject = {"kind": entity.kind, "name": entity.name}
    arguments |= {"namespace": entity.namespace} if entity.namespace else {}
    arguments |= {"cluster": entity.cluster} if entity.cluster else {}
    try:
        answer = await run.toolbox.call(
            Call(server=_K8S, tool="get_object", arguments=arguments), limit=run.limits.tool_time
        )
    except (Retryable, Permanent):
        return None
    return labels_in(answer.content)


def labels_in(content: JsonObject) -> dict[str, str] | None:
    """The labels of the object in an answer of `get_object`; None where it holds no object."""
    metadata = _field(_field(content, "object"), "metadata")
    if not isinstance(metadata, dict):
        return None
    labels = metadata.get("labels")
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _field(value: JsonValue, name: str) -> JsonValue:
    return value.get(name) if isinstance(value, dict) else None


async def _lately(run: Run, incident: Incident, *, since: datetime) -> dict[str, int]:
    """Steps done lately over all incidents of this cluster; the newest few hundred are looked at."""
    page = await run.archive.incidents(
        IncidentFilter(cluster=incident.cluster, opened_after=since - 23 * _HOUR),
        Page(number=1, size=_INCIDENTS_LOOKED_AT),
    )
    counts: dict[str, int] = {}
    for each in page.items:
        if each.updated_at < since:
            continue
        for target, count in steps_since(await run.archive.plans(each.id), since).items():
            counts[target] = counts.get(target, 0) + count
    return counts
