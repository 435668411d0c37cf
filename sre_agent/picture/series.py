"""Metric series as Prometheus returned them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import mapping
from sre_agent.picture.source import Source, as_written

NAMESPACE_OF_THING = (
    "exported_namespace",
    "destination_service_namespace",
    "destination_workload_namespace",
)
NAMESPACE = (*NAMESPACE_OF_THING, "namespace", "kubernetes_namespace")
"""Labels that tell the namespace, those first that speak of the thing measured and not of who measures it."""
BY_EXPORTER = re.compile(
    r"^(?:pg|mysql|mongodb|redis|memcached|kafka|rabbitmq|elasticsearch|opensearch|mssql|oracledb|cassandra|probe)_"
)
"""Measurements that a program beside the thing takes of it (https://prometheus.io/docs/instrumenting/exporters/)."""
Floats = NDArray[np.float64]
COUNTED = ("_total", "_count", "_sum", "RetransSegs")
MOST_RESETS = 2
STILL_THERE_STEPS = 2.5
STILL_THERE_SECONDS = 300.0
"""A series whose newest sample lies further back than the newest of its answer has ended: by the answer's own step or,
where it has none, by the five minutes after which Prometheus itself calls a series stale."""


@dataclass(frozen=True, eq=False)
class Series:
    """One series: `name` is the metric's, or the capture's own name for a query."""

    name: str
    labels: Mapping[str, str]
    times: Floats = field(repr=False)
    values: Floats = field(repr=False)
    source: Source
    query: str = ""
    written: Sequence[Any] = field(default=(), repr=False)
    """The samples as they stand in the source, for quoting."""
    ended: bool = False
    """Whether it stopped before its siblings of the same answer did: its last value is no longer so."""

    @property
    def last(self) -> float | None:
        """The newest value that is a number; None where the series has ended."""
        if self.ended:
            return None
        finite = self.values[np.isfinite(self.values)]
        return float(finite[-1]) if finite.size else None

    def between(self, start: float, end: float) -> Floats:
        """Finite values with start ≤ time < end (Unix seconds)."""
        inside = self.values[(self.times >= start) & (self.times < end)]
        return inside[np.isfinite(inside)]

    def as_rate(self) -> Series:
        """A counter as its growth in a second between samples; every other series as it is.

        A counter is named as one and never falls but when it is set back (https://prometheus.io/docs/practices/naming/).
        """
        name = self.labels.get("__name__") or self.name
        if not name.endswith(COUNTED) or self.values.size < 3:
            return self
        steps, seconds = np.diff(self.values), np.diff(self.times)
        if (
            float(self.values[-1]) <= float(self.values[0])
            or int((steps < 0).sum()) > MOST_RESETS
            or (seconds <= 0).any()
        ):
            return self
        return replace(
            self, times=self.times[1:], values=np.maximum(steps, 0.0) / seconds, written=self.written[1:]
        )

    def label(self, *names: str) -> str:
        """The first of these labels that is there."""
        return next((self.labels[name] for name in names if self.labels.get(name)), "")

    def is_of(self, namespace: str) -> bool:
        """Whether nothing speaks against its being about something in this namespace.

        Beside an exporter's measurements `namespace` is where the exporter runs, not what it watches.
        """
        return not self._namespace or not namespace or self._namespace == namespace

    @cached_property
    def _namespace(self) -> str:
        return self.label(*(NAMESPACE_OF_THING if BY_EXPORTER.match(self.name) else NAMESPACE))

    def quote(self, at_index: int = -1) -> Citation:
        """The sample as it is written: `[1700000000, "0"]`."""
        if not self.values.size:
            return self.source.quote(as_written("metric", dict(self.labels)))
        if self.written:
            return self.source.quote(json.dumps(self.written[at_index]))
        time, value = self.times[at_index], self.values[at_index]
        return self.source.quote(f'[{_number(time)}, "{_number(value)}"]')


def middle(values: Floats) -> float:
    """The median of numbers that are all finite, as `np.median` has it and many times faster for few."""
    ordered, half = np.sort(values), values.size // 2
    return float(ordered[half]) if values.size % 2 else float((ordered[half - 1] + ordered[half]) / 2.0)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


_MALFORMED = (TypeError, ValueError, IndexError, KeyError, OverflowError)


def series_in(name: str, answer: Any, source: Source, query: str = "") -> list[Series]:
    """The series of one `query_range` (or `query`) result list; malformed samples are left out."""
    made = []
    for result in answer if isinstance(answer, list) else []:
        if not isinstance(result, Mapping):
            continue
        times, values, written = _read(_samples(result))
        labels = {str(key): str(value) for key, value in mapping(result, "metric").items()}
        made.append(Series(name, labels, times, values, source, query, written))
    return _with_ends(made)


def _samples(result: Mapping[str, Any]) -> list[Any]:
    told = result.get("values") or ([result["value"]] if result.get("value") else [])
    return told if isinstance(told, list) else []


def _read(samples: list[Any]) -> tuple[Floats, Floats, list[Any]]:
    """Times, values, and the samples they were read from: all at once where none is malformed."""
    try:
        times = np.array([float(sample[0]) for sample in samples], dtype=float)
        values = np.array([float(sample[1]) for sample in samples], dtype=float)
    except _MALFORMED:
        return _read_singly(samples)
    return (times, values, samples) if np.isfinite(times).all() else _read_singly(samples)


def _read_singly(samples: list[Any]) -> tuple[Floats, Floats, list[Any]]:
    told = [(sample, pair) for sample in samples if (pair := _pair(sample)) is not None]
    times = np.array([pair[0] for _, pair in told], dtype=float)
    values = np.array([pair[1] for _, pair in told], dtype=float)
    return times, values, [sample for sample, _ in told]


def _with_ends(made: list[Series]) -> list[Series]:
    """The same series, with those marked that have no sample any more while others of the answer have."""
    newest = max((float(one.times[-1]) for one in made if one.times.size), default=0.0)
    steps = [middle(np.diff(one.times)) for one in made if one.times.size > 2]
    patience = STILL_THERE_STEPS * max(steps) if steps else STILL_THERE_SECONDS
    return [
        replace(one, ended=bool(one.times.size) and newest - float(one.times[-1]) > patience) for one in made
    ]


def _pair(sample: Any) -> tuple[float, float] | None:
    try:
        at, value = float(sample[0]), float(sample[1])
    except _MALFORMED:
        return None
    return (at, value) if math.isfinite(at) else None
