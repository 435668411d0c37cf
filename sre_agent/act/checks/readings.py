"""A service's golden signals over one window as series, and which of its past was healthy; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sre_agent.signals.change import onset
from sre_agent.signals.series import EMPTY, Samples


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

    @property
    def served(self) -> float:
        """Mean rate of requests; 0.0 where there was none."""
        return float(self.requests.values.mean()) if len(self.requests) else 0.0


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
