"""A histogram's buckets, bin by bin: how many requests were slower than an edge."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sre_agent.signals.counts import Tally
from sre_agent.signals.series import Floats, Samples, filled_with

QUANTILE: Final = 0.95
"""The edge that this share of the healthy past's requests kept below is where slow begins."""


@dataclass(frozen=True, eq=False)
class Buckets:
    """`counts[edge, bin]`: requests no slower than the edge; the last edge is infinity. Empty: no histogram."""

    edges: Floats
    times: Floats
    counts: Floats

    @property
    def requests(self) -> float:
        return float(self.counts[-1].sum()) if self.edges.size else 0.0

    def between(self, start: float, end: float) -> Buckets:
        """Bins with start ≤ time < end."""
        inside = (self.times >= start) & (self.times < end)
        return Buckets(self.edges, self.times[inside], self.counts[:, inside])

    def slower_than(self, edge: float) -> Tally:
        """How many of all requests were slower; the edge must be one of ours, or the next below it is taken."""
        if not self.edges.size:
            return Tally(np.empty(0), np.empty(0))
        row = max(int(np.searchsorted(self.edges, edge, side="right")) - 1, 0)
        whole = self.counts[-1]
        return Tally(np.clip(whole - self.counts[row], 0.0, None), whole)

    def slow_from(self, objective: float | None = None) -> float | None:
        """Where slow begins: the edge at the usual tail or, where people drew a line, half the way to it."""
        finite = self.edges[np.isfinite(self.edges)]
        if not finite.size:
            return None
        usual = self._tail(finite)
        if objective is None:
            return usual
        if usual is None:
            return float(max(finite[finite <= objective], default=finite[0]))
        inside = finite[finite <= max(usual, (usual + objective) / 2)]
        return float(inside[-1])

    def _tail(self, finite: Floats) -> float | None:
        if self.requests <= 0:
            return None
        kept = self.counts[: finite.size].sum(axis=1) / self.requests
        reached = np.flatnonzero(kept >= QUANTILE)
        return float(finite[reached[0]] if reached.size else finite[-1])


NO_BUCKETS: Final = Buckets(np.empty(0), np.empty(0), np.empty((0, 0)))


def buckets_of(series: Iterable[Samples]) -> Buckets:
    """From one series for each `le`; bins that a bucket does not tell count nothing in it."""
    told = sorted(
        ((edge, each) for each in series if len(each) and (edge := _edge(each)) is not None),
        key=lambda pair: pair[0],
    )
    if not told or not math.isinf(told[-1][0]):
        return NO_BUCKETS
    times = told[-1][1].times
    counts = np.array([filled_with(each, times, 0.0).values for _, each in told])
    return Buckets(np.array([edge for edge, _ in told]), times, np.maximum.accumulate(counts, axis=0))


def _edge(series: Samples) -> float | None:
    try:
        return float(series.labels.get("le", ""))
    except ValueError:
        return None
