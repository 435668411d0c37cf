"""What the law is told of the world: labels, environment, earlier attempts, how much was done lately.

The world is passed in as a way to look. A look that fails leaves its fact out; the law counts an
unknown environment as production and asks about a target whose labels nobody could see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call, Plan, Step, StepRecord, StepState
from sre_agent.policy.variables import UNKNOWN_ENVIRONMENT, remediation

ENVIRONMENT_LABELS: Final = ("sre-agent.io/environment", "environment", "env")
_K8S: Final = "k8s"
REACHED_THE_WORLD: Final = frozenset(
    {
        StepState.DONE,
        StepState.UNDOING,
        StepState.UNDONE,
        StepState.INTENDED,
        StepState.UNCERTAIN,
        StepState.RESTORING,
        StepState.RESTORED,
    }
)

Look = Callable[[Call], Awaitable[JsonObject | None]]
"""Makes a read call; None where it fails."""


@dataclass(frozen=True)
class Sight:
    """What could be seen of a plan's targets; see the fields of the same names in `PlanFacts`."""

    environment: str
    namespace_labels: dict[str, str]
    target_labels: dict[int, dict[str, str]]


@dataclass(frozen=True)
class Attempt:
    """A plan, how far its steps came, and whether it brought recovery."""

    plan: Plan
    steps: Sequence[StepRecord]
    recovered: bool = False


async def seen(plan: Plan, look: Look) -> Sight:
    """Look at every namespace and every target that the plan's calls touch."""
    spaces: dict[str, dict[str, str] | None] = {}
    for entity in (plan.entity, *(step.target for step in plan.steps if step.call is not None)):
        if entity.namespace and entity.namespace not in spaces:
            space = EntityRef(kind="Namespace", name=entity.namespace, cluster=entity.cluster)
            spaces[entity.namespace] = await _labels(space, look)
    targets: dict[int, dict[str, str]] = {}
    for step in plan.steps:
        labels = await _labels(step.target, look) if _is_object(step) else None
        if labels is not None:
            targets[step.index] = labels
    known = next((labels for labels in spaces.values() if labels is not None), {})
    return Sight(environment_among(spaces.values()), known, targets)


def _is_object(step: Step) -> bool:
    return step.call is not None and step.call.server == _K8S


async def _labels(entity: EntityRef, look: Look) -> dict[str, str] | None:
    arguments: JsonObject = {"kind": entity.kind, "name": entity.name}
    arguments |= {"namespace": entity.namespace} if entity.namespace else {}
    arguments |= {"cluster": entity.cluster} if entity.cluster else {}
    content = await look(Call(server=_K8S, tool="get_object", arguments=arguments))
    return labels_in(content) if content is not None else None


def labels_in(content: JsonObject) -> dict[str, str] | None:
    """The labels of the object in an answer of `get_object`; None where it holds no object."""
    metadata = _field(_field(content, "object"), "metadata")
    if not isinstance(metadata, dict):
        return None
    labels = metadata.get("labels")
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _field(value: JsonValue, name: str) -> JsonValue:
    return value.get(name) if isinstance(value, dict) else None


def environment_among(spaces: Iterable[Mapping[str, str] | None]) -> str:
    """The environment of all namespaces a plan touches; empty (unknown) or production if any of them is."""
    named = ["" if labels is None else environment_in(labels) for labels in spaces]
    if not named or "" in named:
        return ""
    return UNKNOWN_ENVIRONMENT if UNKNOWN_ENVIRONMENT in named else named[0]


def environment_in(labels: Mapping[str, str]) -> str:
    found = next((labels[name] for name in ENVIRONMENT_LABELS if labels.get(name)), "").lower()
    return UNKNOWN_ENVIRONMENT if found in ("prod", "prd", "live") else found


def failed_remediations(earlier: Iterable[Attempt]) -> tuple[str, ...]:
    """Steps of earlier plans that reached the world and did not bring recovery; refused ones changed nothing."""
    found: dict[str, None] = {}
    for attempt in earlier:
        tried = {each.index for each in attempt.steps if each.state in REACHED_THE_WORLD}
        if not attempt.recovered:
            found |= dict.fromkeys(remediation(step) for step in attempt.plan.steps if step.index in tried)
    return tuple(found)


def steps_since(attempts: Iterable[Attempt], since: datetime) -> dict[str, int]:
    """Target → number of steps of these plans that touched it since then."""
    counts: dict[str, int] = {}
    for attempt in attempts:
        targets = {step.index: str(step.target) for step in attempt.plan.steps}
        for each in attempt.steps:
            if each.at >= since and each.state in REACHED_THE_WORLD and each.index in targets:
                counts[targets[each.index]] = counts.get(targets[each.index], 0) + 1
    return counts
