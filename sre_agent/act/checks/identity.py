"""Which series are an alert's own, also when its pods have been replaced; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sre_agent.domain.alert import FiledAlert
from sre_agent.signals.promql import PromqlError, longest_range

FLEETING: Final = frozenset(
    {"pod", "instance", "uid", "pod_uid", "pod_ip", "host_ip", "node", "id", "container_id"}
)
"""Labels of one incarnation of a workload; the next one has others."""


@dataclass(frozen=True)
class Rule:
    """What an alert watches: its expression, how long it waits before it fires, and labels the rule itself adds."""

    expr: str
    waits: timedelta = timedelta()
    adds: frozenset[str] = frozenset()

    @property
    def lag(self) -> timedelta:
        """How long after a fault begins the alert may fire: its own wait and the range it looks back over."""
        try:
            return self.waits + longest_range(self.expr)
        except PromqlError:
            return self.waits


def onset_lag(rules: list[Rule]) -> timedelta:
    """How long before the first alert the fault may have begun."""
    return max((rule.lag for rule in rules), default=timedelta())


def is_fleeting(label: str, labels: Mapping[str, str]) -> bool:
    """What names one incarnation of something in a namespace; of a machine, node and instance are the name itself."""
    if label == "node":
        return "pod" in labels
    return label in FLEETING and bool(labels.get("namespace"))


def lasting(labels: Mapping[str, str]) -> dict[str, str]:
    """What is left of an alert's labels when its pods are others."""
    return {name: value for name, value in labels.items() if not is_fleeting(name, labels)}


def agrees(series: Mapping[str, str], filed: FiledAlert, rule: Rule) -> bool:
    """Whether a series of the expression's answer is this alert's, or the same failure one incarnation later."""
    labels = filed.alert.labels
    for name, value in series.items():
        if name == "__name__" or name in rule.adds or name not in labels:
            continue
        if is_fleeting(name, labels):
            if name == "pod" and not _is_sibling(value, filed):
                return False
        elif labels[name] != value:
            return False
    return True


def _is_sibling(pod: str, filed: FiledAlert) -> bool:
    own = filed.alert.labels.get("pod", "")
    workload = filed.entity.name if filed.entity is not None and filed.entity.kind != "Pod" else ""
    return pod == own or bool(workload and pod.startswith(f"{workload}-"))
