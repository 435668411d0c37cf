"""What monitoring makes of a system: names, steps, stairs, counters that start anew, gaps, spikes, and bystanders' own business."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np

from tests.synthetic.telemetry.dialects import COUNTER, DIALECTS, STAIR, STYLES, Dialect
from tests.synthetic.telemetry.world import Floats, World, live, wander

_START = 1_700_000_000


@dataclass(frozen=True)
class Manner:
    """One family of recordings. Seconds throughout; `late`: how long after the beginning the alert came."""

    dialect: str = "short"
    style: str = "joined"
    services: int = 12
    step: int = 1
    before: int = 600
    after: int = 600
    scrape: int = 1
    """A value stands until the next scrape."""
    gaps: float = 0.0
    bustle: bool = False
    """Bystanders run jobs, restart, are scaled, and have spikes of their own."""
    late: int = 0


@dataclass(frozen=True, eq=False)
class Recording:
    """`series`: (service, metric) → values on `times`."""

    times: Floats
    at: float
    series: dict[tuple[str, str], Floats]
    edges: list[tuple[str, str]]
    services: list[str]
    culprit: str

    @property
    def entry(self) -> str:
        return self.services[0]

    def csv(self) -> str:
        keys = sorted(self.series)
        grid = np.column_stack([self.series[key] for key in keys])
        lines = [",".join(["time", *(f"{service}_{metric}" for service, metric in keys)])]
        for moment, row in zip(self.times.tolist(), grid.tolist(), strict=True):
            lines.append(",".join([f"{moment:.0f}", *("" if isnan(v) else f"{v:.9g}" for v in row)]))
        return "\n".join(lines)

    def graph(self) -> str:
        return "\n".join(["caller,callee", *(f"{caller},{callee}" for caller, callee in self.edges)])


def record(seed: int, fault: str, manner: Manner) -> Recording:
    """The same seed gives the same recording; `fault` empty for a system that is well."""
    dice = np.random.default_rng([seed, *map(ord, fault + manner.dialect + manner.style)])
    world = live(_names(manner), dice, fault=fault, seconds=manner.before + manner.after, began=manner.before)
    if manner.bustle:
        _bustle(world, dice)
    dialect = DIALECTS[manner.dialect]
    times = _START + np.arange(0, manner.before + manner.after, manner.step, dtype=float)
    series = {}
    for name in world.names:
        leaf = not any(caller == name for caller, _ in world.edges)
        silent = leaf and dice.random() < 0.4 and name != world.culprit
        for metric, values in _exported(world.truth[name], dialect, manner, dice).items():
            if not (silent and ("atency" in metric or "rror" in metric)):
                series[name, metric] = _with_gaps(values, manner, dice)
    return Recording(
        times, _START + manner.before + float(manner.late), series, world.edges, world.names, world.culprit
    )


def _names(manner: Manner) -> list[str]:
    words = STYLES[manner.style]
    return [words[n] if n < len(words) else f"{words[n % len(words)]}{n}" for n in range(manner.services)]


def _exported(
    truth: dict[str, Floats], dialect: Dialect, manner: Manner, dice: np.random.Generator
) -> dict[str, Floats]:
    told = {}
    for quantity, (metric, form) in dialect.named.items():
        hold = max(manner.scrape, 15 if form == STAIR and manner.scrape > 1 else 1)
        values = np.cumsum(truth[quantity]) + dice.uniform(0, 1e6) if form == COUNTER else truth[quantity]
        if form == COUNTER and dice.random() < 0.15:
            values = values - np.where(
                np.arange(values.size) >= dice.integers(values.size), values.min() + np.ptp(values) / 2, 0
            )
            values = np.where(values < 0, values - values.min(), values)
        told[metric] = _sampled(values, manner.step, hold, rate=form != COUNTER)
    rows = next(iter(told.values())).size
    told |= {metric: np.full(rows, dice.uniform(1, 1e9)) for metric in dialect.constant}
    told |= {
        metric: np.abs(wander(dice, rows, dice.uniform(0.1, 90), memory=0.8)) for metric in dialect.noise
    }
    return told


def _sampled(values: Floats, step: int, hold: int, *, rate: bool) -> Floats:
    """The mean over each step (rates and gauges) or the last value (counters), standing still between scrapes."""
    width = max(step, hold)
    whole = values[: values.size // width * width].reshape(-1, width)
    kept = whole.mean(axis=1) if rate else whole[:, -1]
    rows = -(-values.size // step)
    return np.repeat(kept, width // step)[:rows] if width > step else _padded(kept, rows)


def _padded(values: Floats, rows: int) -> Floats:
    return np.pad(values, (0, max(0, rows - values.size)), mode="edge")[:rows]


def _with_gaps(values: Floats, manner: Manner, dice: np.random.Generator) -> Floats:
    values = _padded(values, -(-(manner.before + manner.after) // manner.step))
    return np.where(dice.random(values.size) < manner.gaps, np.nan, values) if manner.gaps else values


def _bustle(world: World, dice: np.random.Generator) -> None:
    others = [name for name in world.names if name != world.culprit]
    seconds = next(iter(world.truth[others[0]].values())).size
    for name in dice.choice(others, size=max(1, len(others) // 3), replace=False):
        truth, kind = world.truth[str(name)], int(dice.integers(4))
        begins = int(dice.integers(seconds))
        during = np.zeros(seconds)
        during[begins : begins + int(dice.integers(20, 120))] = 1
        if kind == 0:
            truth["cpu"] = truth["cpu"] * (1 + during * dice.uniform(0.3, 1.5))
        elif kind == 1:
            truth["mem"] = truth["mem"] * np.where(np.arange(seconds) >= begins, dice.uniform(0.6, 0.95), 1)
        elif kind == 2:
            truth["disk"] = truth["disk"] + during * dice.uniform(1e3, 1e5)
        else:
            spikes = (dice.random(seconds) < 0.005) * dice.uniform(1, 8)
            for quantity in ("p50", "p90", "p99"):
                truth[quantity] = truth[quantity] * (1 + spikes)
