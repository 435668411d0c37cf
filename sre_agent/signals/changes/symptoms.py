"""What fails in a recorded incident, since when, where, and in which words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from sre_agent.signals.ranking.blame import Blame, blame
from sre_agent.signals.ranking.suspects import Asked
from sre_agent.signals.ranking.table import Column, Table
from sre_agent.signals.series import Samples, read_series
from sre_agent.snapshots.content import Snapshot

SERVICE_LABELS: Final = (
    "service", "service_name", "app", "app_kubernetes_io_name", "destination_service_name", "destination_workload",
    "deployment", "statefulset", "daemonset", "workload", "component", "container", "pod", "job",
)  # fmt: skip
_NO_PROGRAM: Final = frozenset({"", "POD", "kube-state-metrics", "node-exporter", "prometheus", "kubelet"})
_SUFFIX: Final = re.compile(r"-[a-z0-9]{6,10}-[a-z0-9]{5}$|-\d{1,3}$")
_BAD_LINE: Final = re.compile(
    r"error|exception|fatal|panic|fail|refused|denied|timeout|timed out|critical", re.I
)
_LEAST_ROWS: Final = 10
_MOST_LINES: Final = 400
_EARLIEST: Final = timedelta(hours=2)
"""So long before its alert an illness may have begun, as metrics tell it."""


@dataclass(frozen=True)
class Symptoms:
    """`since`: when it began as far as is known. `named`: services that alerts or the complaint name. `ill`: by metrics, 0 to 1."""

    since: datetime
    known_since: bool
    named: frozenset[str]
    ill: Mapping[str, float]
    measured: frozenset[str]
    words: Mapping[str, str] = field(default_factory=dict)
    """Source → what it says of the trouble."""


def symptoms_of(snapshot: Snapshot) -> Symptoms:
    """Alerts say when people were told; series may say that it began before."""
    alerts = [alert for payload in snapshot.alerts or () for alert in _alerts_in(payload)]
    told = min((moment for alert in alerts if (moment := _moment(alert.get("startsAt")))), default=None)
    at = told or snapshot.captured_at
    table = _table(snapshot)
    found = blame(table, Asked(at.timestamp(), tuple(snapshot.topology or ()))) if table else None
    began = _began(found, at) if found else None
    return Symptoms(
        since=began or at,
        known_since=bool(began or told),
        named=frozenset(name for alert in alerts for name in _named(alert)) | _complained_of(snapshot),
        ill=_ill(found),
        measured=frozenset(column.service for column in table.columns) if table else frozenset(),
        words=dict(_words(snapshot, alerts, found)),
    )


def plain_name(name: str) -> str:
    """A service by its own name: without namespace, port, or what Kubernetes appends to pods."""
    return _SUFFIX.sub("", name.split(":", 1)[0].rsplit("/", 1)[-1].split(".", 1)[0]).lower()


def _alerts_in(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    alerts = payload.get("alerts")
    for alert in alerts if isinstance(alerts, list) else [payload]:
        if isinstance(alert, Mapping) and alert.get("status", "firing") == "firing":
            yield alert


def _moment(text: Any) -> datetime | None:
    try:
        when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo and when.year > 1 else None


def _named(alert: Mapping[str, Any]) -> Iterator[str]:
    labels = alert.get("labels")
    if not isinstance(labels, Mapping):
        return
    for label in SERVICE_LABELS:
        name = str(labels.get(label) or "")
        if name not in _NO_PROGRAM:
            yield plain_name(name)


def _complained_of(snapshot: Snapshot) -> frozenset[str]:
    known = {plain_name(name) for edge in snapshot.topology or () for name in edge}
    said = set(re.findall(r"[a-z0-9][a-z0-9-]+", (snapshot.complaint or "").lower()))
    return frozenset(known & said)


def _table(snapshot: Snapshot) -> Table | None:
    """All series of services on one grid; a file without any service's label tells of none."""
    found: list[tuple[str, str, Samples]] = []
    for name, answer in (snapshot.metrics or {}).items():
        data = answer.get("data") if isinstance(answer, Mapping) else None
        result = data.get("result") if isinstance(data, Mapping) else None
        for series in read_series(result if isinstance(result, list) else []):
            service = _service_of(series.labels)
            if service and len(series):
                found.append((service, _metric_of(name, series.labels), series))
    if not found:
        return None
    times = np.unique(np.concatenate([series.times for _, _, series in found]))
    if times.size < _LEAST_ROWS:
        return None
    return Table(times, tuple(_column(times, *each) for each in found))


def _service_of(labels: Mapping[str, str]) -> str:
    return next(
        (plain_name(labels[label]) for label in SERVICE_LABELS if labels.get(label, "") not in _NO_PROGRAM),
        "",
    )


def _metric_of(name: str, labels: Mapping[str, str]) -> str:
    return str(labels.get("__name__") or name)


def _column(times: Any, service: str, metric: str, series: Samples) -> Column:
    values = np.full(times.shape, np.nan)
    values[np.searchsorted(times, series.times)] = series.values
    return Column(service, metric, values)


def _began(found: Blame, at: datetime) -> datetime | None:
    """The earliest onset among the series that tell most, not long before people were told."""
    onsets = [
        one.strange.onset for one in found.suspects[:8] if one.strange.onset is not None and one.score > 0.1
    ]
    if not onsets:
        return None
    began = datetime.fromtimestamp(float(np.percentile(onsets, 25)), at.tzinfo)
    return began if at - _EARLIEST <= began <= at else None


def _ill(found: Blame | None) -> dict[str, float]:
    if found is None or not found.services or found.services[0].score <= 0:
        return {}
    most = max(found.services[0].score, 0.3)
    return {one.service: one.score / most for one in found.services}


def _words(
    snapshot: Snapshot, alerts: list[Mapping[str, Any]], found: Blame | None
) -> Iterator[tuple[str, str]]:
    """Texts in which the trouble is told: alerts, the complaint, bad log lines, names of strange series."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for alert in alerts:
        for part in ("labels", "annotations"):
            values = alert.get(part)
            told["alerts.json"] += map(str, values.values()) if isinstance(values, Mapping) else []
    told["snapshot.json"].append(snapshot.complaint or "")
    for log in snapshot.logs or ():
        told[log.path] += [line for line in log.lines[-5000:] if _BAD_LINE.search(line)][-_MOST_LINES:]
    if found is not None:
        told["metrics"] += [one.metric for one in found.suspects[:12] if one.score > 0.15]
    for source, texts in told.items():
        if text := "\n".join(filter(None, texts)):
            yield source, text
