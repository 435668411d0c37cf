"""Figures, their targets and what the two say together; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["met", "MISSED", ""]
Row = Mapping[str, str | float]


@dataclass(frozen=True)
class Figure:
    """One number. With a target it is met where it lies below; with none it is only told."""

    name: str
    value: float
    unit: str
    below: float | None = None
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """A number that could not be measured has met nothing."""
        if self.below is None:
            return ""
        return "met" if self.value < self.below else "MISSED"


@dataclass(frozen=True)
class Measured:
    """What one measurement found: figures, and tables of what stands behind them."""

    figures: tuple[Figure, ...]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        figures = [vars(figure) | {"verdict": figure.verdict} for figure in self.figures]
        return {"figures": figures, "tables": {name: list(rows) for name, rows in self.tables.items()}}


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed (nearest rank); NaN of nothing."""
    if not values:
        return math.nan
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]


def median(values: Sequence[float]) -> float:
    return percentile(values, 50)


def is_loaded(load_average: float, cores: int) -> bool:
    """Whether others work on this machine so hard that times cannot be trusted."""
    return load_average > cores / 2


def written(value: float) -> str:
    """Three digits that count, as people write them."""
    if math.isnan(value):
        return "not measured"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
