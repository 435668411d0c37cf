"""Log queries → streams, metric queries → series, over lines already picked from the store. Pure."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from infrastructure.lab.lokiapi.pipeline import DETAILS, ERROR, compile_stages
from infrastructure.lab.lokiapi.store import Entry, shown
from infrastructure.lab.lokiapi.syntax import (
    Grouping,
    LogQuery,
    MetricQuery,
    QueryWrong,
    RangeAggregation,
    VectorAggregation,
)

Picked = Sequence[tuple[Mapping[str, str], Sequence[Entry]]]
Key = tuple[tuple[str, str], ...]
Series = dict[Key, dict[int, float]]
"""Labels → step time in nanoseconds → value."""
MAX_SERIES = 500


@dataclass(frozen=True)
class Streams:
    """What a log query found: labels → (time, line), in the direction asked; how many lines were read for it."""

    found: Mapping[Key, list[Entry]]
    lines: int
    bytes: int


def run_log_query(query: LogQuery, picked: Picked, *, limit: int, forward: bool) -> Streams:
    run = compile_stages(query.stages)
    found: dict[Key, list[Entry]] = defaultdict(list)
    taken = read = size = 0
    for (nanoseconds, line), stream in _in_order(picked, forward):
        if taken >= limit:
            break
        read, size = read + 1, size + len(line)
        labels = run(line, stream)
        if labels is not None:
            found[tuple(sorted(labels.items()))].append((nanoseconds, line))
            taken += 1
    return Streams(found, read, size)


def _in_order(picked: Picked, forward: bool) -> Iterator[tuple[Entry, Mapping[str, str]]]:
    def walk(
        labels: Mapping[str, str], entries: Sequence[Entry]
    ) -> Iterator[tuple[Entry, Mapping[str, str]]]:
        return ((entry, labels) for entry in (entries if forward else reversed(entries)))

    walks = [walk(labels, entries) for labels, entries in picked]
    return heapq.merge(*walks, key=lambda item: item[0][0], reverse=not forward)


def range_of(query: MetricQuery) -> RangeAggregation:
    """The innermost part: the one that reads lines."""
    while isinstance(query, VectorAggregation):
        query = query.inner
    return query


def run_metric_query(query: MetricQuery, picked: Picked, steps: Sequence[int]) -> Series:
    """Raises QueryWrong for lines that a parser could not read, and for too many series."""
    series = _metric(query, picked, steps)
    if len(series) > MAX_SERIES:
        raise QueryWrong(
            f"maximum number of series ({MAX_SERIES}) reached for a single query; consider reducing query cardinality "
            "by adding more specific stream selectors, reducing the time range, or aggregating results with functions "
            "like sum(), count() or topk()"
        )
    return series


def _metric(query: MetricQuery, picked: Picked, steps: Sequence[int]) -> Series:
    if isinstance(query, RangeAggregation):
        return _range(query, picked, steps, None)
    if query.op == "sum" and isinstance(query.inner, RangeAggregation):
        # Counting into the groups at once gives the same sums and keeps lines with many labels cheap.
        return _range(query.inner, picked, steps, query.grouping)
    inner = _metric(query.inner, picked, steps)
    if query.op in ("topk", "bottomk"):
        return _ranked(query, inner)
    return _grouped(query, inner)


@dataclass
class _Samples:
    """One series' lines: their times in order, and how much came up to each."""

    times: list[int] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])

    def add(self, nanoseconds: int, amount: float) -> None:
        self.times.append(nanoseconds)
        self.sums.append(self.sums[-1] + amount)

    def between(self, after: int, until: int) -> float | None:
        low, high = bisect_right(self.times, after), bisect_right(self.times, until)
        return self.sums[high] - self.sums[low] if high > low else None


def _range(
    query: RangeAggregation, picked: Picked, steps: Sequence[int], grouping: Grouping | None
) -> Series:
    run, in_bytes = compile_stages(query.query.stages), query.op.startswith("bytes")
    samples: dict[Key, _Samples] = defaultdict(_Samples)
    for (nanoseconds, line), stream in _in_order(picked, True):
        labels = run(line, stream)
        if labels is None:
            continue
        _refuse_errors(labels)
        key = group_key(labels, grouping) if grouping else tuple(sorted(labels.items()))
        samples[key].add(nanoseconds, len(line.encode()) if in_bytes else 1)
    divisor = query.range_ns / 1e9 if query.op.endswith("rate") else 1.0
    return {
        key: values
        for key, collected in samples.items()
        if (values := _over_steps(collected, query, steps, divisor))
    }


def _over_steps(
    collected: _Samples, query: RangeAggregation, steps: Sequence[int], divisor: float
) -> dict[int, float]:
    values = {}
    for step in steps:
        until = step - query.offset_ns
        amount = collected.between(until - query.range_ns, until)
        if amount is not None:
            values[step] = amount / divisor
    return values


def _refuse_errors(labels: Mapping[str, str]) -> None:
    if ERROR not in labels:
        return
    kind = labels[ERROR]
    series = shown(sorted((name, value) for name, value in labels.items() if name != DETAILS))
    raise QueryWrong(
        f"pipeline error: '{kind}' for series: '{series}'.\n"
        f'Use a label filter to intentionally skip this error. (e.g | __error__!="{kind}").\n'
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
        'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n'
    )


def group_key(labels: Mapping[str, str], grouping: Grouping) -> Key:
    if grouping.without:
        return tuple(sorted((name, value) for name, value in labels.items() if name not in grouping.names))
    return tuple(sorted((name, labels[name]) for name in grouping.names if name in labels))


_FOLDS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "count": len,
    "avg": lambda values: sum(values) / len(values),
}


def _grouped(query: VectorAggregation, inner: Series) -> Series:
    gathered: dict[Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, values in inner.items():
        group = gathered[group_key(dict(key), query.grouping)]
        for step, value in values.items():
            group[step].append(value)
    fold = _FOLDS[query.op]
    return {key: {step: fold(values) for step, values in group.items()} for key, group in gathered.items()}


def _ranked(query: VectorAggregation, inner: Series) -> Series:
    """For each step and group the series with the highest (lowest) values."""
    ranked: Series = defaultdict(dict)
    groups: dict[Key, list[Key]] = defaultdict(list)
    for key in inner:
        groups[group_key(dict(key), query.grouping)].append(key)
    best = heapq.nlargest if query.op == "topk" else heapq.nsmallest
    for keys in groups.values():
        for step in _all_steps(inner[key] for key in keys):
            present = [key for key in keys if step in inner[key]]
            for key in best(query.count, present, key=lambda key: inner[key][step]):
                ranked[key][step] = inner[key][step]
    return dict(ranked)


def _all_steps(series: Iterable[Mapping[int, float]]) -> list[int]:
    return sorted({step for values in series for step in values})
