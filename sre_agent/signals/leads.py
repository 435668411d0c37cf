"""First queries about an alert: what its rule measures, narrowed to what fires, and what stands beside it; pure.

Every matcher of a query is one that the alert vouches for: a label it carries, a matcher of its rule, or an object it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sre_agent.signals.beside import BESIDE, Companion
from sre_agent.signals.narrowing import narrowed
from sre_agent.signals.narrowing import quoted as in_quotes
from sre_agent.signals.promql import PromqlError, expression_in, measured, metric_names

MOST_BESIDE: Final = 3
_LONGEST: Final = 8_000
"""Real rules stay far under it; past it parsing takes longer than asking."""
_OF_RULES: Final = frozenset(
    {
        "alertname",
        "severity",
        "alertstate",
        "priority",
        "team",
        "owner",
        "runbook",
        "env",
        "tier",
        "component",
    }
)
"""Labels that rules, not series, usually add; a matcher on one would make everything look quiet."""
_OF_SENDERS: Final = frozenset(
    {"prometheus", "prometheus_replica", "cluster", "replica", "monitor", "region"}
)
"""External labels: they are put on when the alert leaves Prometheus, and stand on no series in it."""
_PARTS_OF_POD: Final = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Workload"}
)
_MIGHT_BE_ESCAPED: Final = re.compile(r"([\\.+*?^$|(){}\[\]])")


@dataclass(frozen=True)
class About:
    """What an alert tells: its labels and expression, and the object they name."""

    labels: Mapping[str, str]
    expression: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    """Matchers that name the object, by the labels that metrics carry."""


def about(labels: Mapping[str, str], generator_url: str, *, kind: str, name: str, namespace: str) -> About:
    """Put together what can be asked about; the object is the one that the labels name."""
    plain = About(labels, expression_in(generator_url), kind, name, namespace)
    return About(labels, plain.expression, kind, name, namespace, dict(_told(plain)))


def rule_query(alert: About) -> str:
    """What the rule measures, for this object alone; the rule as it is written where it cannot be read."""
    if len(alert.expression) > _LONGEST:
        return alert.expression
    if not alert.expression:
        return ""
    own = {name: value for name, value in alert.labels.items() if name not in _OF_RULES | _OF_SENDERS}
    try:
        value = measured(alert.expression).value
        return narrowed(value, own) if _names_metric(value) else narrowed(alert.expression, own)
    except PromqlError:
        return alert.expression


def beside(alert: About, most: int = MOST_BESIDE) -> tuple[str, ...]:
    """What the rule does not look at already: the object's other signals, then its scraped target, then other alerts."""
    known = _metrics_of(alert.expression)
    found = (written for each in BESIDE if (written := _written(each, alert, known)))
    return tuple(query for query, _ in zip(dict.fromkeys(found), range(most), strict=False))


def selector(alert: About) -> str:
    """The stream selector of the object's logs; empty where nothing names a place that logs are kept by."""
    wanted = {label: alert.told[label] for label in ("namespace", "pod", "app") if label in alert.told}
    if "pod" in wanted:
        wanted.pop("app", None)
    return "{" + ",".join(wanted.values()) + "}" if wanted else ""


def metrics_read(alert: About) -> frozenset[str]:
    """The metrics of the rule's expression."""
    return _metrics_of(alert.expression)


def _names_metric(text: str) -> bool:
    return bool(_metrics_of(text))


def _metrics_of(text: str) -> frozenset[str]:
    try:
        if len(text) <= _LONGEST:
            return frozenset(metric_names(text)) if text else frozenset()
    except PromqlError:
        pass
    return frozenset(re.findall(r"[A-Za-z_:][\w:]*", text))


def _written(companion: Companion, alert: About, known: frozenset[str]) -> str:
    """The query, or nothing where the rule asks it already or the alert tells too little to ask it."""
    if companion.metric in known or not companion.fits(alert.kind, known):
        return ""
    if not set(companion.by) <= alert.told.keys():
        return ""
    matchers = ",".join(alert.told[label] for label in companion.by)
    return companion.promql.replace("{}", f"{{{matchers}}}" if matchers else "")


def _told(alert: About) -> Iterator[tuple[str, str]]:
    labels = alert.labels
    for label in ("instance", "job", "persistentvolumeclaim"):
        if labels.get(label):
            yield label, f"{label}={in_quotes(labels[label])}"
    if alert.namespace and labels.get("namespace", alert.namespace) == alert.namespace:
        yield "namespace", f"namespace={in_quotes(alert.namespace)}"
    yield from _told_pod(alert)
    yield from _told_object(alert)


def _told_pod(alert: About) -> Iterator[tuple[str, str]]:
    """One pod by its name; a workload's pods by theirs, where the alert's own `pod` is not somebody else's."""
    pod = alert.labels.get("pod", "")
    if alert.kind == "Pod" and pod in ("", alert.name):
        yield "pod", f"pod={in_quotes(alert.name)}"
    if alert.kind not in _PARTS_OF_POD or (pod and not pod.startswith(f"{alert.name}-")):
        return
    values = alert.labels.values()
    told = (each for each in values if each == alert.name or each.startswith(f"{alert.name}-"))
    stem = alert.name if pod else next(iter(sorted(told, key=len)), "")
    if stem:
        escaped = _MIGHT_BE_ESCAPED.sub(r"\\\1", stem)
        yield "pod", f"pod=~{in_quotes(f'{escaped}-.*')}"


def _told_object(alert: About) -> Iterator[tuple[str, str]]:
    label = {"Service": "service", "Workload": "workload"}.get(alert.kind, alert.kind.lower())
    if alert.kind == "Node":
        label = next((each for each in ("node", "instance") if alert.labels.get(each) == alert.name), "")
    if not label or alert.name not in alert.labels.values():
        return
    if alert.labels.get(label, alert.name) == alert.name:
        yield label, f"{label}={in_quotes(alert.name)}"
    if alert.kind == "Service" and alert.labels.get("app", alert.name) == alert.name:
        yield "app", f"app={in_quotes(alert.name)}"
