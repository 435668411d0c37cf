"""Series drawn from random causal graphs with mechanisms of several kinds, one of which is disturbed: no queueing, no load, only cause and effect."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.synthetic.telemetry.recording import Recording
from tests.synthetic.telemetry.world import Floats

MECHANISMS: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda x: x,
    "bounded": lambda x: np.asarray(3 * np.tanh(x / 3)),
    "one-sided": lambda x: np.asarray(np.maximum(x, 0.1 * x)),
    "rooted": lambda x: np.asarray(2 * np.sign(x) * np.log1p(np.abs(x))),
}
"""How an effect follows its cause."""
NOISES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda dice, rows: dice.normal(0, 1, rows),
    "heavy": lambda dice, rows: np.asarray(dice.standard_t(3, rows) / 1.7),
    "skewed": lambda dice, rows: np.asarray(dice.exponential(1, rows) - 1),
}
DISTURBANCES = ("shift", "drop", "spread", "ramp", "bursts")


def drawn(
    seed: int,
    disturbance: str,
    *,
    mechanism: str,
    noise: str,
    metrics: tuple[str, ...] = ("latency",),
    services: int = 15,
    before: int = 600,
    after: int = 200,
    lag: int = 1,
) -> Recording:
    """A caller's series follow those of its callees, each a little later; `disturbance` falls on one service's own part."""
    dice = np.random.default_rng([seed, *map(ord, disturbance + mechanism + noise)])
    names = [f"svc{number:02d}" for number in range(services)]
    edges = sorted(
        {(names[int(dice.integers(max(0, child - 4), child))], names[child]) for child in range(1, services)}
        | _more(names, dice)
    )
    culprit = _below(names[0], edges, dice)
    rows, follow = before + after, MECHANISMS[mechanism]
    series: dict[tuple[str, str], Floats] = {}
    for name in reversed(names):
        for number, metric in enumerate(metrics):
            own = NOISES[noise](dice, rows)
            if name == culprit and (number == 0 or dice.random() < 0.5):
                own = _disturbed(own, before, disturbance, dice)
            heard = [
                follow(_later(series[callee, metric], lag)) * dice.uniform(0.5, 1.1)
                for caller, callee in edges
                if caller == name
            ]
            series[name, metric] = own + sum(heard, np.zeros(rows))
    scaled = {key: values * dice.uniform(0.5, 40) + dice.uniform(100, 400) for key, values in series.items()}
    times = np.asarray(1_700_000_000 + 5.0 * np.arange(rows), dtype=np.float64)
    return Recording(times, float(times[before]), scaled, edges, names, culprit)


def _more(names: list[str], dice: np.random.Generator) -> set[tuple[str, str]]:
    found = set()
    for _ in range(len(names) // 3):
        first, second = sorted(int(place) for place in dice.choice(len(names), 2, replace=False))
        found.add((names[first], names[second]))
    return found


def _below(entry: str, edges: list[tuple[str, str]], dice: np.random.Generator) -> str:
    """Any service that the entry needs, directly or not."""
    reached, fresh = {entry}, [entry]
    while fresh:
        name = fresh.pop()
        new = [callee for caller, callee in edges if caller == name and callee not in reached]
        reached.update(new)
        fresh += new
    return str(dice.choice(sorted(reached - {entry})))


def _later(values: Floats, lag: int) -> Floats:
    return np.concatenate([np.full(lag, values[:1][0]), values[:-lag]]) if lag else values


def _disturbed(own: Floats, before: int, how: str, dice: np.random.Generator) -> Floats:
    rows = own.size - before
    size = dice.uniform(4, 12)
    extra = {
        "shift": np.full(rows, size), "drop": np.full(rows, -size), "spread": dice.normal(0, size, rows),
        "ramp": size * np.clip(np.arange(rows) / (0.4 * rows), 0, 1), "bursts": size * 1.5 * (dice.random(rows) < 0.25),
    }[how]  # fmt: skip
    return np.asarray(np.concatenate([own[:before], own[before:] + extra]))
