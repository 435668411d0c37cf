"""Sums up a series' values in one window, and holds two windows against each other. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Of the values that are numbers; percentiles by linear interpolation."""

    n: int
    mean: float
    p50: float
    p95: float
    min: float
    max: float
    last: float


def summary(values: Sequence[tuple[float, str]]) -> Summary | None:
    """None where the window holds no number."""
    numbers = [number for _, text in values if math.isfinite(number := _number(text))]
    if not numbers:
        return None
    ordered = sorted(numbers)
    return Summary(
        n=len(numbers),
        mean=math.fsum(numbers) / len(numbers),
        p50=percentile(ordered, 0.5),
        p95=percentile(ordered, 0.95),
        min=ordered[0],
        max=ordered[-1],
        last=numbers[-1],
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def ratio(now: Summary | None, baseline: Summary | None) -> float | None:
    """Mean by mean; None where there is nothing to divide by."""
    if now is None or baseline is None or baseline.mean == 0:
        return None
    return now.mean / baseline.mean


def identity(metric: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What makes two series the same one."""
    return tuple(sorted(metric.items()))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def intervals(times: Sequence[float], *, step: float) -> list[tuple[float, float]]:
    """Stretches of samples, parted where more than one in a row is missing."""
    stretches: list[tuple[float, float]] = []
    for moment in sorted(set(times)):
        if stretches and moment - stretches[-1][1] <= 2 * step + 1:
            stretches[-1] = (stretches[-1][0], moment)
        else:
            stretches.append((moment, moment))
    return stretches
