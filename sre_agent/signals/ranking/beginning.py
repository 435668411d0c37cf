"""When it began: an alert comes late, so the moment given may lie minutes after the first series went wrong."""

from __future__ import annotations

from typing import Final

import numpy as np

from sre_agent.signals.baseline import MAD_TO_SIGMA
from sre_agent.signals.ranking.table import Floats, Table

_AHEAD: Final = 2
"""Rows before the moment given that belong to the window in any case: points cover the time before them."""
_EARLY_PART: Final = 0.6
_MOST: Final = 10.0
_SMOOTH: Final = 5
_SIGMAS: Final = 6.0
_LEAST_RISE: Final = 0.15
_LOUDEST: Final = 3
_LEAST_LOUD: Final = 1.5
_ENOUGH: Final = 30


def beginning(table: Table, at: float) -> float:
    """The start of the window in question (Unix seconds), at or before `at`."""
    told = at - _AHEAD * table.step
    before = int(np.searchsorted(table.times, told))
    calm = int(before * _EARLY_PART)
    if calm < _ENOUGH or _has_hole(table.times[calm:before], table.step):
        return told
    far = _far(table, before, calm)
    if not far.size:
        return told
    loudest = np.sort(far, axis=1)[:, -_LOUDEST:].mean(axis=1)
    begun = [
        _since(unrest, calm, least)
        for unrest, least in ((far.mean(axis=1), _LEAST_RISE), (loudest, _LEAST_LOUD))
    ]
    first = min(begun)
    return told if first >= before else float(table.times[max(0, first - _SMOOTH // 2)]) - _AHEAD * table.step


def _since(unrest: Floats, calm: int, least: float) -> int:
    """The row since which it has been unquiet without a pause until the last; past the last where it is not."""
    usual = float(np.median(unrest[:calm]))
    spread = float(np.median(np.abs(unrest[:calm] - usual))) * MAD_TO_SIGMA
    quiet = np.flatnonzero(unrest <= usual + max(_SIGMAS * spread, least))
    first = int(quiet[-1]) + 1 if quiet.size else 0
    return first if first > calm else unrest.size


def _has_hole(times: Floats, step: float) -> bool:
    return times.size > 1 and float(np.max(np.diff(times))) > 3 * step


def _far(table: Table, before: int, calm: int) -> Floats:
    """Rows by series: how far each is from what it was in the early part, by bounded robust z, single spikes left out."""
    found = []
    for column in table.columns:
        past = column.values[:calm]
        past = past[np.isfinite(past)]
        if past.size < _ENOUGH // 2:
            continue
        level = float(np.median(past))
        spread = max(
            float(np.median(np.abs(past - level))) * MAD_TO_SIGMA, float(np.std(past)) / 2, 0.005 * abs(level)
        )
        if spread > 0:
            far = np.clip(np.abs(np.nan_to_num(column.values[:before], nan=level) - level) / spread, 0, _MOST)
            padded = np.pad(far, (_SMOOTH // 2, _SMOOTH // 2), mode="edge")
            found.append(np.median(np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH), axis=1))
    return np.column_stack(found) if found else np.empty((before, 0))
