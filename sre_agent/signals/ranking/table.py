"""Series as a table: time, and one column for each service's metric; gaps are NaN."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST_ROWS: Final = 8


class TableError(ValueError):
    """What is wrong with a table, and where; for people."""


@dataclass(frozen=True, eq=False)
class Column:
    """One series of one service, on the table's times."""

    service: str
    metric: str
    values: Floats


@dataclass(frozen=True, eq=False)
class Table:
    """`times` rise strictly; Unix seconds."""

    times: Floats
    columns: tuple[Column, ...]

    @property
    def step(self) -> float:
        return float(np.median(np.diff(self.times)))


def read_table(text: str, services: Sequence[str] = ()) -> Table:
    """A CSV whose first column is `time`. Raises TableError, naming the row or column."""
    rows = csv.reader(StringIO(text))
    head = next(rows, [])
    if not head or head[0].strip().lstrip("\ufeff").lower() not in ("time", "timestamp"):
        found = head[0] if head else "nothing"
        raise TableError(f"the first column should be `time` (Unix seconds); found {found!r}")
    numbers = [_numbers(row, len(head), place) for place, row in enumerate(rows, 2) if row]
    if len(numbers) < _LEAST_ROWS:
        raise TableError(
            f"{len(numbers)} rows are too few to tell what is normal; give at least {_LEAST_ROWS}"
        )
    grid = np.array(numbers, dtype=np.float64)
    times, first = np.unique(grid[:, 0], return_index=True)
    grid = grid[first]
    named = [
        (*_named(name.strip(), services), place) for place, name in enumerate(head[1:], 1) if name.strip()
    ]
    return Table(times, tuple(Column(service, metric, grid[:, place]) for service, metric, place in named))


def _numbers(row: Sequence[str], width: int, place: int) -> list[float]:
    if len(row) > width:
        raise TableError(f"row {place} has {len(row)} cells, and the head {width}")
    cells = [_number(cell) for cell in row] + [math.nan] * (width - len(row))
    if not math.isfinite(cells[0]):
        raise TableError(f"row {place}: the time should be a number of Unix seconds; found {row[0]!r}")
    return cells


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _named(name: str, services: Sequence[str]) -> tuple[str, str]:
    """The longest service of those given that the name begins with; else what stands before the last `_`."""
    known = max((each for each in services if name.startswith(f"{each}_")), key=len, default="")
    if known:
        return known, name[len(known) + 1 :]
    service, _, metric = name.rpartition("_")
    return (service, metric) if service else (name, "")


def read_graph(text: str) -> tuple[tuple[str, str], ...]:
    """(caller, callee) from a CSV with these columns. Raises TableError."""
    rows = csv.DictReader(StringIO(text.lstrip("\ufeff")))
    if not {"caller", "callee"} <= set(rows.fieldnames or ()):
        raise TableError(f"columns `caller,callee` were expected; found {rows.fieldnames}")
    pairs = ((str(row["caller"] or "").strip(), str(row["callee"] or "").strip()) for row in rows)
    return tuple((caller, callee) for caller, callee in pairs if caller and callee and caller != callee)
