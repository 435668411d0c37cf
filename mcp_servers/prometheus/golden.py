"""Makes the queries of a service's golden signals out of the series that exist for it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mcp_servers.prometheus.families import (
    CODE_LABELS,
    DURATIONS,
    FILLS,
    REQUESTS,
    Durations,
    Fill,
)
from mcp_servers.prometheus.promql import literal, quoted, selector

Signal = Literal["latency", "traffic", "errors", "saturation"]
SIGNALS: Final[tuple[Signal, ...]] = ("latency", "traffic", "errors", "saturation")
Labels = Mapping[str, str]

_SAFE: Final = "[bcdfghjklmnpqrstvwxz2456789]"
"""The letters of Kubernetes' generated names: without them `cart` would claim the pods of `cart-worker`."""

_LEAST_RATE_SECONDS: Final = 20
_SCRAPES_IN_A_RATE: Final = 4
USUAL_SCRAPE_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Convention:
    """One way in which series name the service that they are about: (label, `=` or `=~`, value)…"""

    name: str
    wants: tuple[tuple[str, str, str], ...]

    @property
    def matchers(self) -> list[str]:
        return [f"{label}{operator}{quoted(value)}" for label, operator, value in self.wants]

    def holds(self, labels: Labels) -> bool:
        return all(
            re.fullmatch(value, labels.get(label, "")) if operator == "=~" else labels.get(label) == value
            for label, operator, value in self.wants
        )


@dataclass(frozen=True)
class Question:
    """One query and what its answer means."""

    signal: Signal
    what: str
    unit: str
    query: str


@dataclass(frozen=True)
class Found:
    """A metric that exists for the service, how it names it, and which labels its series have."""

    metric: str
    convention: Convention
    labels: frozenset[str]


def conventions(namespace: str, service: str) -> tuple[Convention, ...]:
    """Every way a series may name this service, the most exact first."""
    inside = (("namespace", "=", namespace),) if namespace else ()
    pods = f"{literal(service)}-(?:{_SAFE}{{4,11}}-)?(?:{_SAFE}{{5}}|[0-9]{{1,4}})"
    named = (
        "service",
        "app",
        "app_kubernetes_io_name",
        "deployment",
        "workload",
        "service_name",
        "k8s_deployment_name",
    )
    plain = tuple(Convention(label, (*inside, (label, "=", service))) for label in named)
    jobs = f"(?:.+/)?{literal(service)}"
    target = (("destination_workload_namespace", "=", namespace),) if namespace else ()
    host = (("destination_service_namespace", "=", namespace),) if namespace else ()
    routed = (("exported_namespace", "=", namespace),) if namespace else ()
    return (
        *plain,
        Convention("pod", (*inside, ("pod", "=~", pods))),
        Convention("job", (*inside, ("job", "=~", jobs))),
        Convention(
            "mesh", (*target, ("destination_workload", "=", service), ("reporter", "=", "destination"))
        ),
        Convention(
            "mesh caller", (*host, ("destination_service_name", "=", service), ("reporter", "=", "source"))
        ),
        Convention("ingress", (*routed, ("exported_service", "=", service))),
        Convention(
            "router", (("service", "=~", f"{literal(namespace)}-{literal(service)}-.+@kubernetes.*"),)
        ),
        Convention("claim", (*inside, ("persistentvolumeclaim", "=~", f".+-{literal(service)}-[0-9]+"))),
    )


def discovery(ways: Sequence[Convention]) -> list[str]:
    """Series selectors that find every known family for the service; buckets by their last one alone."""
    names = [family.metric for family in REQUESTS]
    names += [f"{family.metric}_count" for family in DURATIONS]
    names += [metric for fill in FILLS for metric in (fill.used, fill.most) if metric]
    buckets = "|".join(f"{family.metric}_bucket" for family in DURATIONS)
    counts = "|".join(dict.fromkeys(names))
    return [
        selector("", [f"__name__=~{quoted(those)}", *more, *way.matchers])
        for way in ways
        for those, more in ((counts, []), (buckets, ['le="+Inf"']))
    ]


def found(series: Iterable[Labels], ways: Sequence[Convention]) -> dict[str, Found]:
    """For each metric the most exact convention that any of its series holds."""
    best: dict[str, tuple[int, set[str]]] = {}
    for labels in series:
        rank = next((place for place, way in enumerate(ways) if way.holds(labels)), None)
        if rank is None:
            continue
        metric = labels.get("__name__", "")
        before = best.get(metric)
        if before is None or rank < before[0]:
            best[metric] = (rank, set(labels))
        elif rank == before[0]:
            before[1].update(labels)
    return {metric: Found(metric, ways[rank], frozenset(names)) for metric, (rank, names) in best.items()}


def rate_seconds(scrape_seconds: float, step: float) -> int:
    """The range of a rate: four scrapes, so that one that fails leaves no hole, and no less than a step."""
    return math.ceil(max(_LEAST_RATE_SECONDS, _SCRAPES_IN_A_RATE * scrape_seconds, step))


def heartbeat(there: Mapping[str, Found]) -> str:
    """A query for how many samples five minutes of the service's series hold (or would, if they are young), or empty."""
    for metric in [family.metric for family in REQUESTS] + [fill.used for fill in FILLS]:
        if metric in there:
            picked = selector(metric, there[metric].convention.matchers)
            return f"max(5 * count_over_time({picked}[1m]) or count_over_time({picked}[5m]))"
    return ""


def questions(there: Mapping[str, Found], range_seconds: int) -> list[Question]:
    """The queries of all signals that the existing families can tell."""
    asked = [*_latency(there, range_seconds), *_requests(there, range_seconds)]
    return asked + [question for fill in FILLS for question in _fill(fill, there, range_seconds)]


def _latency(there: Mapping[str, Found], seconds: int) -> list[Question]:
    for family in DURATIONS:
        buckets, count = there.get(f"{family.metric}_bucket"), there.get(f"{family.metric}_count")
        if buckets:
            rates = f"sum by (le) (rate({_picked(buckets, family.only)}[{seconds}s]))"
            return [
                Question(
                    "latency",
                    f"{name} of {family.metric}",
                    family.unit,
                    f"histogram_quantile({share}, {rates})",
                )
                for name, share in (("p50", "0.5"), ("p95", "0.95"))
            ]
        if count:
            return [_mean(family, count, seconds)]
    return []


def _mean(family: Durations, count: Found, seconds: int) -> Question:
    total = Found(f"{family.metric}_sum", count.convention, count.labels)
    query = f"sum(rate({_picked(total, family.only)}[{seconds}s])) / sum(rate({_picked(count, family.only)}[{seconds}s]))"
    return Question("latency", f"mean of {family.metric}", family.unit, query)


def _requests(there: Mapping[str, Found], seconds: int) -> list[Question]:
    """Traffic and errors. A service without one failure has no failed series: its share is 0, not absent."""
    family = next((family for family in REQUESTS if family.metric in there), None)
    if family is None:
        return []
    known = there[family.metric]
    every = f"sum(rate({_picked(known, family.only)}[{seconds}s]))"
    asked = [Question("traffic", f"rate of {family.metric}", "requests per second", every)]
    outcome = next((label for label in CODE_LABELS if label in known.labels), None)
    if outcome and family.failed:
        failed = _picked(known, (*family.only, f"{outcome}=~{quoted(family.failed)}"))
        share = f"(sum(rate({failed}[{seconds}s])) or 0 * {every}) / {every}"
        asked.append(Question("errors", f"share of {family.metric} that failed ({outcome})", "ratio", share))
    return asked


def _fill(fill: Fill, there: Mapping[str, Found], seconds: int) -> list[Question]:
    used, most = there.get(fill.used), there.get(fill.most)
    if used is None or (fill.most and most is None):
        return []
    by = ", ".join(label for label in fill.by if label in used.labels) or "instance"
    query = _amount(used, fill.used_only, by, seconds if fill.rate else 0)
    if most is not None:
        counted = seconds if fill.rate and fill.most.endswith("_total") else 0
        query = f"{query} / ({_amount(most, fill.most_only, by, counted)} > 0)"
    return [Question("saturation", fill.what, fill.unit, query)]


def _amount(known: Found, only: tuple[str, ...], by: str, rate_over: int) -> str:
    picked = _picked(known, only)
    return f"sum by ({by}) ({f'rate({picked}[{rate_over}s])' if rate_over else picked})"


def _picked(known: Found, only: tuple[str, ...]) -> str:
    return selector(known.metric, [*known.convention.matchers, *only])
