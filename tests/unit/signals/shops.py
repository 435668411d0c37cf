"""Shops that exist only here: services that call each other, carry load, and fall ill in one known way. Imports no rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
KINDS = ("cpu", "mem", "disk", "delay", "loss", "socket")


@dataclass
class Shop:
    """`edges`: (caller, callee), callers first; series by (service, metric)."""

    names: list[str]
    edges: list[tuple[str, str]]
    times: Floats
    at: float
    series: dict[tuple[str, str], Floats] = field(default_factory=dict)

    @property
    def entry(self) -> str:
        return self.names[0]

    def csv(self) -> str:
        keys = sorted(self.series)
        lines = [",".join(["time", *(f"{service}_{metric}" for service, metric in keys)])]
        grid = np.column_stack([self.series[key] for key in keys])
        lines += [
            ",".join([f"{t:.0f}", *("" if isnan(v) else f"{v:.6g}" for v in row)])
            for t, row in zip(self.times.tolist(), grid.tolist(), strict=True)
        ]
        return "\n".join(lines)

    def graph(self) -> str:
        return "\n".join(["caller,callee", *(f"{caller},{callee}" for caller, callee in self.edges)])


def shop(
    seed: int, *, kind: str = "", services: int = 12, rows: int = 700, step: float = 1.0
) -> tuple[Shop, str]:
    """A shop and the service that is at fault in it; no fault where `kind` is empty."""
    dice = np.random.default_rng(seed)
    names = [f"svc{chr(97 + place % 26)}{place}" for place in range(services)]
    edges = [(names[dice.integers(max(0, child - 5), child)], names[child]) for child in range(1, services)]
    extra = [tuple(sorted(dice.choice(services, 2, replace=False))) for _ in range(services // 3)]
    edges = sorted({*edges, *((names[a], names[b]) for a, b in extra)})
    times = 1_700_000_000 + step * np.arange(rows)
    began = int(rows * dice.uniform(0.5, 0.7))
    made = Shop(names, edges, times, float(times[began]))
    culprit = names[int(dice.integers(1, services))]
    _live(made, dice, began, culprit, kind)
    return made, culprit


def _live(made: Shop, dice: np.random.Generator, began: int, culprit: str, kind: str) -> None:
    rows = made.times.size
    ill = np.zeros(rows)
    ill[began + int(dice.integers(0, 4)) :] = 1.0
    swing = 1 + 0.15 * np.sin(np.arange(rows) / dice.uniform(30, 120)) + _noise(dice, rows, 0.08, memory=0.9)
    own, lost, slow, failed = {}, {}, {}, {}
    for name in made.names:
        own[name] = dice.lognormal(1.5, 0.8) * (1 + np.abs(_noise(dice, rows, 0.1)))
        lost[name] = (dice.random(rows) < 0.01) * dice.uniform(0, 0.02)
    if culprit and kind:
        _fall_ill(own, lost, ill, culprit, kind, dice)
    for name in reversed(made.names):
        callees = [callee for caller, callee in made.edges if caller == name]
        slow[name] = own[name] + sum((slow[callee] * 0.8 for callee in callees), np.zeros(rows))
        failed[name] = 1 - (1 - lost[name]) * np.prod(
            [1 - 0.7 * failed[c] for c in callees] or [np.ones(rows)], axis=0
        )
    held = 1 / (1 + 0.25 * np.clip(slow[made.entry] / np.median(slow[made.entry]) - 1, 0, 3))
    for name in made.names:
        share = dice.uniform(0.2, 1)
        load = 100 * share * swing * held * (1 + _noise(dice, rows, 0.05))
        busy = load * dice.uniform(0.001, 0.005) * (1 + _noise(dice, rows, 0.12)) + 0.02
        heap = dice.uniform(50, 400) * (
            1 + 0.02 * _saw(rows, dice.integers(60, 200)) + 0.00002 * np.arange(rows)
        )
        disk = np.abs(_noise(dice, rows, dice.uniform(1, 20))) + dice.uniform(0, 5)
        open_ = np.round(10 + load / 10 + _noise(dice, rows, 1.0))
        if name == culprit and kind:
            busy = busy + ill * (kind == "cpu") * dice.uniform(0.4, 1.5) * (1 + _noise(dice, rows, 0.1))
            heap = heap * (1 + (kind == "mem") * _climb(ill, dice.uniform(0.5, 2)))
            disk = disk + ill * (kind == "disk") * dice.uniform(80, 900) * (
                1 + np.abs(_noise(dice, rows, 0.3))
            )
            open_ = open_ + (kind == "socket") * _climb(ill, dice.uniform(30, 300))
            load = load * (1 - ill * (kind == "loss") * dice.uniform(0.1, 0.4))
        for metric, values in (
            ("cpu", busy),
            ("mem", heap),
            ("disk", disk),
            ("socket", open_),
            ("workload", load),
            ("latency-50", slow[name]),
            ("latency-90", slow[name] * (1.5 + np.abs(_noise(dice, rows, 0.15)))),
            ("error", np.clip(failed[name] * load, 0, None)),
        ):
            made.series[name, metric] = values


def _fall_ill(
    own: dict[str, Floats],
    lost: dict[str, Floats],
    ill: Floats,
    name: str,
    kind: str,
    dice: np.random.Generator,
) -> None:
    rows = ill.size
    slower = {
        "cpu": dice.uniform(0.5, 4),
        "mem": dice.uniform(0, 0.6),
        "disk": dice.uniform(0.3, 2),
        "socket": dice.uniform(0.2, 2),
    }.get(kind, 0.0)
    own[name] = own[name] * (1 + ill * slower * (1 + _noise(dice, rows, 0.2)))
    if kind == "delay":
        own[name] = own[name] + ill * dice.uniform(30, 400) * (1 + _noise(dice, rows, 0.1))
    if kind == "loss":
        own[name] = own[name] + ill * (dice.random(rows) < 0.6) * dice.uniform(20, 200)
        lost[name] = np.clip(lost[name] + ill * dice.uniform(0.02, 0.25), 0, 1)
    if kind == "socket":
        lost[name] = np.clip(lost[name] + ill * dice.uniform(0, 0.1), 0, 1)


def _noise(dice: np.random.Generator, rows: int, size: float, *, memory: float = 0.3) -> Floats:
    fresh = dice.normal(0, size * np.sqrt(1 - memory**2), rows).tolist()
    for at in range(1, rows):
        fresh[at] += memory * fresh[at - 1]
    return np.asarray(fresh)


def _saw(rows: int, period: int) -> Floats:
    return np.asarray((np.arange(rows) % period) / period)


def _climb(ill: Floats, height: float) -> Floats:
    """Rises over the first quarter of the illness, then stays."""
    length = max(1, int(ill.sum() / 4))
    return np.asarray(height * np.clip(np.cumsum(ill) / length, 0, 1))
