"""Series as numbers: read from Prometheus' answers, cut to windows, put on one grid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """One series: Unix seconds and values of equal length, in order of time, without NaN or infinity."""

    times: Floats
    values: Floats
    labels: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.values.size)

    def between(self, start: float, end: float) -> Samples:
        """Samples with start ≤ time < end."""
        inside = (self.times >= start) & (self.times < end)
        return Samples(self.times[inside], self.values[inside], self.labels)

    @property
    def step(self) -> float:
        """Typical distance of two samples in seconds; 0.0 for fewer than two."""
        return float(np.median(np.diff(self.times))) if len(self) > 1 else 0.0


EMPTY = Samples(np.empty(0), np.empty(0))


def read_series(answer: Sequence[JsonValue]) -> list[Samples]:
    """The series of one `query_range` answer; malformed samples and those that are no number are left out."""
    return [_series(item) for item in answer if isinstance(item, dict)]


def _series(item: dict[str, JsonValue]) -> Samples:
    written = item.get("values")
    single = item.get("value")
    rows = written if isinstance(written, list) else [single] if isinstance(single, list) else []
    pairs = sorted(pair for row in rows if (pair := _pair(row)) is not None)
    metric = item.get("metric")
    labels = {str(key): str(value) for key, value in metric.items()} if isinstance(metric, dict) else {}
    times, values = (np.array([pair[n] for pair in pairs], dtype=np.float64) for n in (0, 1))
    return Samples(times, values, labels)


def _pair(row: JsonValue) -> tuple[float, float] | None:
    if not isinstance(row, list) or len(row) != 2:
        return None
    time, value = row
    if not isinstance(time, int | float) or not isinstance(value, str | int | float):
        return None
    try:
        number, at = float(value), float(time)
    except (ValueError, OverflowError):
        return None
    return (at, number) if math.isfinite(number) and math.isfinite(at) else None


def summed(series: Iterable[Samples]) -> Samples:
    """The sum over all series at each time at which any of them has a sample."""
    every = [each for each in series if len(each)]
    if not every:
        return EMPTY
    times = np.unique(np.concatenate([each.times for each in every]))
    total = np.zeros_like(times)
    for each in every:
        total[np.searchsorted(times, each.times)] += each.values
    return Samples(times, total)


def resampled(series: Samples, step: float, *, start: float, end: float) -> Samples:
    """The mean of each step of a window; steps without a sample are left out. Times are the steps' beginnings."""
    if step <= 0:
        raise ValueError(f"a step of {step} s; it must be longer than nothing")
    inside = series.between(start, end)
    if not len(inside):
        return Samples(np.empty(0), np.empty(0), series.labels)
    bins = np.floor((inside.times - start) / step).astype(np.int64)
    sums, counts = np.bincount(bins, weights=inside.values), np.bincount(bins)
    filled = counts > 0
    times = start + np.flatnonzero(filled) * step
    return Samples(times.astype(np.float64), sums[filled] / counts[filled], series.labels)


def aligned(left: Samples, right: Samples) -> tuple[Samples, Samples]:
    """Both at the times they have in common."""
    times, at_left, at_right = np.intersect1d(left.times, right.times, return_indices=True)
    return (
        Samples(times, left.values[at_left], left.labels),
        Samples(times, right.values[at_right], right.labels),
    )


def filled_with(series: Samples, times: Floats, value: float) -> Samples:
    """The series at exactly these times, with `value` where it has none (an error counter nobody touched yet)."""
    values = np.full(times.shape, value, dtype=np.float64)
    _, at_times, at_series = np.intersect1d(times, series.times, return_indices=True)
    values[at_times] = series.values[at_series]
    return Samples(times, values, series.labels)
