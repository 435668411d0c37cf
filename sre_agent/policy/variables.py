"""What a rule may speak of: flat, typed names for everything the law can see of one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Final

from sre_agent.domain.law import PlanFacts
from sre_agent.domain.plan import Plan, Step

Value = str | int | float | bool | dict[str, str]
Situation = Mapping[str, Value]
"""The value of every variable for one step."""

UNKNOWN_ENVIRONMENT: Final = "production"
"""A namespace that does not say what it is counts as the most careful kind."""
ASKED_BY_ROLLBACK: Final = "rollback"
"""`PlanFacts.asked_by` where the steps are undos of steps that were done."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Type(StrEnum):
    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    LABELS = "map(string, string)"


@dataclass(frozen=True)
class Variable:
    name: str
    type: Type
    meaning: str


VARIABLES: Final = (
    Variable("action", Type.STRING, "kind of the step: restart, scale, revert, …"),
    Variable("risk", Type.STRING, "low, medium or high, as the catalogue of remedies rates it"),
    Variable("server", Type.STRING, "tool server that carries it out: k8s, github"),
    Variable("tool", Type.STRING, "tool that carries it out: rollout_restart, merge_pr, …"),
    Variable("target_kind", Type.STRING, "Deployment, Node, PullRequest, …"),
    Variable("target_namespace", Type.STRING, "empty for what has none"),
    Variable("target_name", Type.STRING, "name of the target"),
    Variable("target_cluster", Type.STRING, "empty for the default cluster"),
    Variable("environment", Type.STRING, "of the namespace, by label; production where it does not say"),
    Variable("environment_known", Type.BOOL, "whether the namespace says it"),
    Variable("labels", Type.LABELS, "labels of the target"),
    Variable("labels_known", Type.BOOL, "whether the target's labels could be read"),
    Variable("namespace_labels", Type.LABELS, "labels of its namespace"),
    Variable("confidence", Type.DOUBLE, "of the diagnosis, 0.0 to 1.0"),
    Variable("severity", Type.STRING, "of the incident: critical, high, warning or info"),
    Variable("reversible", Type.BOOL, "whether a tool call takes the step back"),
    Variable("replicas_before", Type.INT, "-1 where it does not apply or is unknown"),
    Variable("replicas_after", Type.INT, "-1 where it does not apply or is unknown"),
    Variable("pods", Type.INT, "pods the step touches"),
    Variable(
        "share_of_capacity", Type.DOUBLE, "share of the service it touches, 0.0 to 1.0; 1.0 where unknown"
    ),
    Variable("dependants", Type.INT, "services that call the target, as far as known"),
    Variable("steps", Type.INT, "tool calls in the whole plan"),
    Variable("attempt", Type.INT, "1 for the incident's first plan"),
    Variable("hour", Type.INT, "0 to 23, UTC"),
    Variable("weekday", Type.STRING, "mon to sun, UTC"),
    Variable("in_freeze", Type.BOOL, "whether a freeze of this law holds now for this environment"),
    Variable("asked_by", Type.STRING, "alert, question or rollback"),
    Variable(
        "failed_before", Type.BOOL, "this action on this target was tried in this incident and did not help"
    ),
    Variable("failures", Type.INT, "remediations of this incident that did not help"),
    Variable("actions_last_hour", Type.INT, "steps done on this target in the last hour, over all incidents"),
)
NAMES: Final = frozenset(variable.name for variable in VARIABLES)


def is_rollback(facts: PlanFacts) -> bool:
    return facts.asked_by == ASKED_BY_ROLLBACK


def environment_of(facts: PlanFacts) -> str:
    return facts.environment or UNKNOWN_ENVIRONMENT


def remediation(step: Step) -> str:
    """How a step is named in `PlanFacts.failed_before`."""
    return f"{step.action} {step.target}"


def situation(plan: Plan, step: Step, facts: PlanFacts, *, in_freeze: bool) -> Situation:
    """The value of every variable for one step of a plan; `step` must have a call."""
    now = facts.now.astimezone(UTC)
    return {
        **_of_step(step),
        "environment": environment_of(facts),
        "environment_known": bool(facts.environment),
        "labels": facts.target_labels.get(step.index, {}),
        "labels_known": step.index in facts.target_labels,
        "namespace_labels": facts.namespace_labels,
        "confidence": float(facts.confidence),
        "severity": facts.severity,
        "steps": sum(1 for each in plan.steps if each.call is not None),
        "attempt": plan.attempt,
        "hour": now.hour,
        "weekday": WEEKDAYS[now.weekday()],
        "in_freeze": in_freeze,
        "asked_by": facts.asked_by,
        "failed_before": remediation(step) in facts.failed_before,
        "failures": len(facts.failed_before),
        "actions_last_hour": facts.actions_last_hour.get(str(step.target), 0),
    }


def _of_step(step: Step) -> dict[str, Value]:
    blast = step.blast_radius
    return {
        "action": step.action,
        "risk": step.risk.value,
        "server": step.call.server if step.call else "",
        "tool": step.call.tool if step.call else "",
        "target_kind": step.target.kind,
        "target_namespace": step.target.namespace,
        "target_name": step.target.name,
        "target_cluster": step.target.cluster,
        "reversible": step.undo.call is not None,
        "replicas_before": -1 if blast.replicas_before is None else blast.replicas_before,
        "replicas_after": -1 if blast.replicas_after is None else blast.replicas_after,
        "pods": blast.pods,
        "share_of_capacity": 1.0 if blast.share_of_capacity is None else float(blast.share_of_capacity),
        "dependants": len(blast.dependants),
    }
