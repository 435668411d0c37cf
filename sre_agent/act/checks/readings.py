"""A service's golden signals over one window: as series, which of its past was healthy, and made ready to compare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from sre_agent.signals.change import onset
from sre_agent.signals.compare import Levels, Share, Stream, block_length
from sre_agent.signals.series import EMPTY, Samples, filled_with


@dataclass(frozen=True, eq=False)
class Readings:
    """One signal set over one window. `failed` and `requests` are rates; empty where a signal is not exported."""

    requests: Samples = EMPTY
    failed: Samples = EMPTY
    latency: Samples = EMPTY
    saturation: Samples = EMPTY

    def between(self, start: float, end: float) -> Readings:
        return Readings(
            *(
                each.between(start, end)
                for each in (self.requests, self.failed, self.latency, self.saturation)
            )
        )


@dataclass(frozen=True, eq=False)
class Window:
    """Readings made ready to compare. `overlap`: seconds one point looks back; `step`: between points, if unknown."""

    readings: Readings
    stream: Stream
    step: float
    overlap: float

    @cached_property
    def requests(self) -> Levels:
        return self._levels(self.readings.requests)

    @cached_property
    def latency(self) -> Levels:
        return self._levels(self.readings.latency)

    @cached_property
    def saturation(self) -> Levels:
        return self._levels(self.readings.saturation)

    @cached_property
    def errors(self) -> Share:
        """Rates become events: each point stands for one step of time."""
        requests = self.readings.requests
        failed = filled_with(self.readings.failed, requests.times, 0.0)
        step = requests.step or self.step
        return Share(failed.values * step, requests.values * step, self._block(requests), self.stream)

    def _levels(self, series: Samples) -> Levels:
        return Levels(series.values, self._block(series), self.stream)

    def _block(self, series: Samples) -> int:
        return block_length(len(series), step=series.step or self.step, overlap=self.overlap)


def healthy_past(past: Readings, began_by: float) -> Readings:
    """The past without what may already belong to the incident: cut where a signal last shifted.

    An alert fires later than its fault begins; `began_by` is when it had begun for sure.
    """
    starts = [
        shift.at
        for series in (past.failed, past.latency, past.requests)
        if (shift := onset(series, least_relative=0.5)) is not None and _is_fault(series, shift.at)
    ]
    return past.between(-math.inf, min([began_by, *starts]))


def _is_fault(series: Samples, at: float) -> bool:
    """Only a shift in the newer half is the incident's; an older one is a past that was overcome or lived with."""
    middle = (series.times[0] + series.times[-1]) / 2
    return bool(at > middle)
