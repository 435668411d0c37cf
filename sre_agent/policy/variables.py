"""What a rule may speak of: flat, typed names for everything the law can see of one step."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Final

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.law import Autonomy, PlanFacts
from sre_agent.domain.plan import Plan, Step
from sre_agent.policy.restraints import inputs_of, values_of

Value = str | int | float | bool | dict[str, str] | list[str] | JsonObject
Situation = Mapping[str, Value]
"""The value of every variable for one step."""

UNKNOWN_ENVIRONMENT: Final = "production"
"""A namespace that does not say what it is counts as the most careful kind."""
SERVICE_LABELS: Final = ("app.kubernetes.io/name", "app")
TIER_LABELS: Final = ("sre-agent.io/tier", "tier")
ASKED_BY_ROLLBACK: Final = "rollback"
"""`PlanFacts.asked_by` where the steps are undos of steps that were done."""
_WORDS: Final = re.compile(r"[^-._/]+")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Type(StrEnum):
    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    LABELS = "map(string, string)"
    NAMES = "list(string)"
    ANYTHING = "map(string, dyn)"
    """Values of any type: what a condition does with one is checked when it is evaluated."""


@dataclass(frozen=True)
class Variable:
    """`plain` is its value in a test case that does not give it; none: the blank of its type."""

    name: str
    type: Type
    meaning: str
    plain: Value | None = None


VARIABLES: Final = (
    Variable("action", Type.STRING, "kind of the step: restart, scale, revert, …"),
    Variable("risk", Type.STRING, "low, medium or high, as the catalogue of remedies rates it", "low"),
    Variable("server", Type.STRING, "tool server that carries it out: k8s, github"),
    Variable("tool", Type.STRING, "tool that carries it out: rollout_restart, merge_pr, …"),
    Variable("arguments", Type.ANYTHING, "arguments of the tool call, as in 'image' in arguments && …"),
    Variable("cause", Type.STRING, "code of the root cause, as in the catalogue"),
    Variable("target_kind", Type.STRING, "Deployment, Node, PullRequest, …", "Deployment"),
    Variable("target_namespace", Type.STRING, "empty for what has none", "shop"),
    Variable("target_name", Type.STRING, "name of the target", "checkout"),
    Variable("name_words", Type.NAMES, "the target's name taken apart at - . _ and /, in small letters"),
    Variable("target_cluster", Type.STRING, "empty for the default cluster"),
    Variable(
        "service", Type.STRING, "the target's label app.kubernetes.io/name or app, else its name", "checkout"
    ),
    Variable("tier", Type.STRING, "label sre-agent.io/tier or tier of the target, else of its namespace"),
    Variable(
        "environment", Type.STRING, "of the namespace, by label; production where it does not say", "staging"
    ),
    Variable("environment_known", Type.BOOL, "whether the namespace says it", True),
    Variable("labels", Type.LABELS, "labels of the target"),
    Variable("labels_known", Type.BOOL, "whether the target's labels could be read", True),
    Variable("namespace_labels", Type.LABELS, "labels of its namespace"),
    Variable("confidence", Type.DOUBLE, "of the diagnosis, 0.0 to 1.0", 1.0),
    Variable("severity", Type.STRING, "of the incident: critical, high, warning or info", "warning"),
    Variable("reversible", Type.BOOL, "whether a tool call takes the step back", True),
    Variable("replicas_before", Type.INT, "-1 where it does not apply or is unknown", -1),
    Variable("replicas_after", Type.INT, "-1 where it does not apply or is unknown", -1),
    Variable("pods", Type.INT, "pods the step touches"),
    Variable(
        "share_of_capacity", Type.DOUBLE, "share of the service it touches, 0.0 to 1.0; 1.0 where unknown"
    ),
    Variable("dependants", Type.INT, "services that call the target, as far as known"),
    Variable("steps", Type.INT, "tool calls in the whole plan", 1),
    Variable("attempt", Type.INT, "1 for the incident's first plan", 1),
    Variable("hour", Type.INT, "0 to 23, UTC", 12),
    Variable("weekday", Type.STRING, "mon to sun, UTC", "wed"),
    Variable("in_freeze", Type.BOOL, "whether a freeze of this law holds now for this environment"),
    Variable("freezes", Type.NAMES, "ids of the freezes that hold now for this environment"),
    Variable(
        "requested_by",
        Type.NAMES,
        "names of the people who asked for it, or sent its alerts; empty after an alert of Alertmanager's",
    ),
    Variable(
        "autonomy_earned", Type.STRING, "level that the trust ladder holds here; act where none does", "act"
    ),
    Variable("asked_by", Type.STRING, "alert, question, rollback or mitigation", "alert"),
    Variable(
        "failed_before", Type.BOOL, "this action on this target was tried in this incident and did not help"
    ),
    Variable("failures", Type.INT, "remediations of this incident that did not help"),
    Variable("actions_last_hour", Type.INT, "steps done on this target in the last hour, over all incidents"),
    Variable("actions_last_hour_in_namespace", Type.INT, "the same, on all targets of its namespace"),
    Variable("actions_last_hour_in_all", Type.INT, "the same, on all targets of the cluster"),
    Variable("silence", Type.STRING, "Alertmanager's word: none, silenced, inhibited, muted, …", "none"),
    Variable("rollout", Type.STRING, "of the target: none, in_progress, stalled or unknown", "none"),
    Variable("flapping", Type.STRING, "whether an alert comes and goes: no, yes or unknown", "no"),
    Variable("other_responder", Type.STRING, "who else works on it: none, at_work or unknown", "none"),
    Variable("failed_alike", Type.INT, "earlier plans that did this to this state in vain; -1 where unknown"),
    Variable("failures_in_a_row", Type.INT, "newest remediations of it in vain; -1 where unknown"),
    Variable("budget", Type.STRING, "disruption budgets: none, allows, exceeded or unknown", "none"),
    Variable("takes_last_replica", Type.STRING, "whether no ready pod might stay: no, yes or unknown", "no"),
    Variable("share_away", Type.DOUBLE, "share of the ready pods away at one time; 1.0 where unknown"),
    Variable("not_known", Type.STRING, "in words, what of these nobody could tell; empty where nothing"),
)
NAMES: Final = frozenset(variable.name for variable in VARIABLES)


_BLANK: Final[Mapping[Type, Value]] = {
    Type.STRING: "",
    Type.INT: 0,
    Type.DOUBLE: 0.0,
    Type.BOOL: False,
    Type.LABELS: {},
    Type.NAMES: [],
    Type.ANYTHING: {},
}


def blank(kind: Type) -> Value:
    """Nothing, of this type."""
    return _BLANK[kind]


def words_of(name: str) -> list[str]:
    """A name taken apart at - . _ and /, in small letters."""
    return _WORDS.findall(name.lower())


def is_rollback(facts: PlanFacts) -> bool:
    return facts.asked_by == ASKED_BY_ROLLBACK


def environment_of(facts: PlanFacts) -> str:
    return facts.environment or UNKNOWN_ENVIRONMENT


def remediation(step: Step) -> str:
    """How a step is named in `PlanFacts.failed_before`."""
    return f"{step.action} {step.target}"


def situation(plan: Plan, step: Step, facts: PlanFacts, *, freezes: Sequence[str]) -> Situation:
    """The value of every variable for one step of a plan; `step` must have a call. `freezes`: ids of those that hold."""
    return {
        **_of_step(step),
        **_of_labels(step, facts),
        **_of_time(facts, freezes),
        **_of_history(step, facts),
        "cause": plan.cause,
        # What compares with nothing would be less than no bound of any rule.
        "confidence": float(facts.confidence) if math.isfinite(facts.confidence) else 0.0,
        "severity": facts.severity,
        "steps": sum(1 for each in plan.steps if each.call is not None),
        "attempt": plan.attempt,
        "asked_by": facts.asked_by,
        "requested_by": list(facts.requested_by),
        "autonomy_earned": facts.autonomy_earned.get(step.index, Autonomy.ACT).value,
    }


def _of_labels(step: Step, facts: PlanFacts) -> dict[str, Value]:
    labels = facts.target_labels.get(step.index, {})
    return {
        "environment": environment_of(facts),
        "environment_known": bool(facts.environment),
        "labels": labels,
        "labels_known": step.index in facts.target_labels,
        "namespace_labels": facts.namespace_labels,
        "service": _first(labels, SERVICE_LABELS) or step.target.name,
        "tier": _first(labels, TIER_LABELS) or _first(facts.namespace_labels, TIER_LABELS),
    }


def _first(labels: Mapping[str, str], names: Sequence[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _of_time(facts: PlanFacts, freezes: Sequence[str]) -> dict[str, Value]:
    now = facts.now.astimezone(UTC)
    return {
        "hour": now.hour,
        "weekday": WEEKDAYS[now.weekday()],
        "freezes": list(freezes),
        "in_freeze": bool(freezes),
    }


def _of_history(step: Step, facts: PlanFacts) -> dict[str, Value]:
    done = facts.actions_last_hour
    space = f" {step.target.namespace}/"
    return {
        "failed_before": remediation(step) in facts.failed_before,
        "failures": len(facts.failed_before),
        "actions_last_hour": done.get(str(step.target), 0),
        "actions_last_hour_in_namespace": sum(count for target, count in done.items() if space in target),
        "actions_last_hour_in_all": sum(done.values()),
        **values_of(inputs_of(step, facts)),
    }


def _of_step(step: Step) -> dict[str, Value]:
    blast = step.blast_radius
    return {
        "action": step.action,
        "risk": step.risk.value,
        "server": step.call.server if step.call else "",
        "tool": step.call.tool if step.call else "",
        "arguments": dict(step.call.arguments) if step.call else {},
        "target_kind": step.target.kind,
        "target_namespace": step.target.namespace,
        "target_name": step.target.name,
        "name_words": words_of(step.target.name),
        "target_cluster": step.target.cluster,
        "reversible": step.undo.call is not None,
        "replicas_before": -1 if blast.replicas_before is None else blast.replicas_before,
        "replicas_after": -1 if blast.replicas_after is None else blast.replicas_after,
        "pods": blast.pods,
        "share_of_capacity": 1.0 if blast.share_of_capacity is None else float(blast.share_of_capacity),
        "share_away": 1.0 if blast.share_away is None else blast.share_away,
        "dependants": len(blast.dependants),
    }
