"""A service's golden signals over one window: counts bin by bin, levels as series, made ready to compare."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sre_agent.signals.buckets import NO_BUCKETS, Buckets
from sre_agent.signals.change import onset
from sre_agent.signals.compare import Levels, Stream, block_length
from sre_agent.signals.counts import Tally
from sre_agent.signals.series import EMPTY, Samples, filled_with


@dataclass(frozen=True, eq=False)
class Readings:
    """One signal set over one window; a bin's time is its end. Empty where a signal is not exported.

    `requests` and `failed` are counts; `latency` is a level, for services without a histogram.
    """

    requests: Samples = EMPTY
    failed: Samples = EMPTY
    buckets: Buckets = NO_BUCKETS
    latency: Samples = EMPTY
    saturation: Samples = EMPTY

    def between(self, start: float, end: float) -> Readings:
        return Readings(
            self.requests.between(start, end),
            self.failed.between(start, end),
            self.buckets.between(start, end),
            self.latency.between(start, end),
            self.saturation.between(start, end),
        )

    def after_the_first_bin(self) -> Readings:
        """Without the first bin that tells anything: series that began inside it are counted in part only."""
        cut = replace(self, requests=self.requests.between(_second(self.requests.times), math.inf))
        return replace(cut, buckets=self.buckets.between(_second(self.buckets.times), math.inf))

    @property
    def slow(self) -> Samples:
        """Share of requests that were slower than the usual tail, bin by bin."""
        edge = self.buckets.slow_from()
        if edge is None:
            return EMPTY
        told = self.buckets.slower_than(edge)
        share = np.divide(told.part, told.whole, out=np.zeros(told.bins), where=told.whole > 0)
        return Samples(self.buckets.times, share)


def _second(times: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(times[1]) if times.size > 1 else math.inf


@dataclass(frozen=True, eq=False)
class Window:
    """Readings made ready to compare. `width`: seconds of a bin; `step`: between points of a level,
    `overlap`: how far one of them looks back."""

    readings: Readings
    stream: Stream
    width: float
    step: float
    overlap: float

    @cached_property
    def traffic(self) -> Tally:
        """Requests, of the seconds in which they came."""
        requests = self.readings.requests
        return Tally(requests.values, np.full(len(requests), self.width))

    @cached_property
    def errors(self) -> Tally:
        requests = self.readings.requests
        failed = filled_with(self.readings.failed, requests.times, 0.0)
        return Tally(np.minimum(failed.values, requests.values), requests.values)

    def slower_than(self, edge: float) -> Tally:
        return self.readings.buckets.slower_than(edge)

    @cached_property
    def latency(self) -> Levels:
        return self._levels(self.readings.latency)

    @cached_property
    def saturation(self) -> Levels:
        return self._levels(self.readings.saturation)

    def _levels(self, series: Samples) -> Levels:
        block = block_length(len(series), step=series.step or self.step, overlap=self.overlap)
        return Levels(series.values, block, self.stream)


def healthy_past(past: Readings, began_by: float) -> Readings:
    """The past without what may already belong to the incident: cut where a signal last shifted.

    An alert fires later than its fault begins; `began_by` is when it had begun for sure.
    """
    starts = [
        shift.at
        for series in (past.failed, past.slow, past.latency, past.requests)
        if (shift := onset(series, least_relative=0.5)) is not None and _is_fault(series, shift.at)
    ]
    return past.between(-math.inf, min([began_by, *starts]))


def _is_fault(series: Samples, at: float) -> bool:
    """Only a shift in the newer half is the incident's; an older one is a past that was overcome or lived with."""
    middle = (series.times[0] + series.times[-1]) / 2
    return bool(at > middle)
