"""From a remedy's draft and the server's preview to a step; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from sre_agent.catalogue.remedy import Draft
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.frozen import JsonObject, Moment
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.law import UNKNOWN
from sre_agent.domain.plan import BlastRadius, Call, Ground, Plan, Step, Undo

VERIFIED_BY = (
    "the alert's own expression is quiet",
    "latency, traffic and errors are back within the band before the incident",
    "every replica is ready and error logs have stopped",
)
NOT_PREVIEWED = Undo(
    call=None,
    statement="Its object does not exist yet; the exact undo is taken from the server's answer as soon as it does.",
)


def step_of(draft: Draft, index: int, preview: Mapping[str, Any], key: StepKey) -> Step:
    """The step with its ground, undo and blast radius, all as the preview told them."""
    server, _, tool = draft.where.partition(".")
    ground = _ground(preview.get("ground"))
    arguments: JsonObject = dict(draft.arguments)
    undo = _undo(server, preview.get("undo")) if preview else NOT_PREVIEWED
    if ground.uid:
        arguments["expect"] = {"uid": ground.uid, "fields": ground.fields}
    return Step(
        index=index,
        action=draft.action,
        call=Call(server=server, tool=tool, arguments=arguments) if draft.where else None,
        target=draft.target,
        statement=draft.statement,
        risk=draft.risk,
        undo=undo,
        ground=ground,
        blast_radius=_blast(preview.get("blast")),
        verified_by=VERIFIED_BY if draft.where else (),
        diff=str(preview.get("diff") or ""),
        warnings=tuple(str(one) for one in preview.get("warnings") or ()),
        # What no call restores cannot be promised for a time.
        time_box=draft.time_box if undo.call is not None else None,
        key=key,
    )


def _ground(told: Any) -> Ground:
    if not isinstance(told, Mapping):
        return Ground()
    return Ground(
        uid=str(told.get("uid") or ""),
        generation=told.get("generation"),
        fields=dict(told.get("fields") or {}),
    )


def _undo(server: str, told: Any) -> Undo:
    if not isinstance(told, Mapping) or not told.get("tool"):
        statement = (
            str((told or {}).get("statement") or "nothing to restore") if isinstance(told, Mapping) else ""
        )
        return Undo(call=None, statement=statement or "the server named no way back")
    call = Call(server=server, tool=str(told["tool"]), arguments=dict(told.get("arguments") or {}))
    return Undo(call=call, statement=str(told.get("statement") or f"{call.tool} with the values from before"))


def _blast(told: Any) -> BlastRadius:
    if not isinstance(told, Mapping):
        return BlastRadius()
    return BlastRadius(
        pods=int(told.get("pods") or 0),
        away=told.get("away"),
        ready=told.get("ready"),
        budget=str(told.get("budget") or UNKNOWN),
        replicas_before=told.get("replicas_before"),
        replicas_after=told.get("replicas_after"),
        notes=tuple(str(note) for note in told.get("notes") or ()),
    )


def step_key(incident_id: IncidentId, attempt: int, index: int) -> StepKey:
    """Fits into an annotation and a branch name, and is the same when the node runs again."""
    return StepKey(f"{incident_id}.{attempt}.{index}")


def plan_of(
    hypothesis: Hypothesis, steps: Sequence[Step], *, incident_id: IncidentId, attempt: int, made_at: Moment
) -> Plan:
    return Plan(
        incident_id=incident_id,
        attempt=attempt,
        cause=hypothesis.cause,
        entity=hypothesis.entity,
        steps=tuple(steps),
        if_nothing_is_done=f"The incident goes on: {hypothesis.statement}",
        made_at=made_at,
    )


def journal_body(plan: Plan) -> JsonObject:
    """The plan as the journal keeps it: everything a person sees before they answer."""
    steps: list[JsonValue] = [step.model_dump(mode="json") for step in plan.steps]
    return {
        "digest": plan.digest,
        "attempt": plan.attempt,
        "cause": plan.cause,
        "steps": steps,
        "alternatives": list(plan.alternatives),
        "instead_of": plan.instead_of,
        "changes": [change.model_dump(mode="json") for change in plan.changes],
        "if_nothing_is_done": plan.if_nothing_is_done,
    }
