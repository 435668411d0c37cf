"""Counters, gauges and histograms, and the page that shows them in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0)


def escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def labels_text(names: Iterable[str], values: Iterable[str]) -> str:
    return ",".join(f'{name}="{escape(value)}"' for name, value in zip(names, values, strict=True))


class Counter:
    """A number for each set of label values, only ever growing."""

    kind = "counter"

    def __init__(self, name: str, about: str, labels: tuple[str, ...]) -> None:
        self.name, self.about, self.labels = name, about, labels
        self._values: dict[tuple[str, ...], float] = {}

    def add(self, *values: str, amount: float = 1.0) -> None:
        self._values[values] = self._values.get(values, 0.0) + amount

    def lines(self) -> Iterable[str]:
        for values, number in self._values.items():
            yield f"{self.name}{{{labels_text(self.labels, values)}}} {number:.12g}"


class Gauge:
    """A number read when the page is asked for."""

    kind = "gauge"

    def __init__(self, name: str, about: str, read: Callable[[], float]) -> None:
        self.name, self.about, self._read = name, about, read

    def lines(self) -> Iterable[str]:
        yield f"{self.name} {self._read():.12g}"


class Histogram:
    """Durations in seconds, counted in cumulative buckets."""

    kind = "histogram"

    def __init__(self, name: str, about: str, labels: tuple[str, ...]) -> None:
        self.name, self.about, self.labels = name, about, labels
        self._rows: dict[tuple[str, ...], list[float]] = {}

    def observe(self, seconds: float, *values: str) -> None:
        row = self._rows.get(values)
        if row is None:
            row = self._rows[values] = [0.0] * (len(BUCKETS) + 2)
        row[bisect_left(BUCKETS, seconds)] += 1
        row[-1] += seconds

    def lines(self) -> Iterable[str]:
        for values, row in self._rows.items():
            labels = labels_text(self.labels, values)
            count = 0.0
            for bound, number in zip((*BUCKETS, "+Inf"), row, strict=False):
                count += number
                yield f'{self.name}_bucket{{{labels},le="{bound}"}} {count:.12g}'
            yield f"{self.name}_sum{{{labels}}} {row[-1]:.6f}"
            yield f"{self.name}_count{{{labels}}} {count:.12g}"


Metric = Counter | Gauge | Histogram


def page(metrics: Iterable[Metric]) -> str:
    """The whole /metrics page."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# HELP {metric.name} {metric.about}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        lines.extend(metric.lines())
    return "\n".join(lines) + "\n"
