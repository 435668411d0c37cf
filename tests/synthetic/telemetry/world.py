"""A system of services that call each other, its load and its illness: plain quantities, before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FAULTS = ("cpu", "mem", "disk", "delay", "loss", "socket")


@dataclass
class World:
    """`truth[service][quantity]`: one value a second; rates are for a second, times in milliseconds."""

    names: list[str]
    edges: list[tuple[str, str]]
    began: int
    culprit: str
    truth: dict[str, dict[str, Floats]] = field(default_factory=dict)


def live(names: list[str], dice: np.random.Generator, *, fault: str, seconds: int, began: int) -> World:
    """Callers stand before callees. `fault` empty: nobody falls ill."""
    count = len(names)
    edges = {(names[int(dice.integers(max(0, child - 6), child))], names[child]) for child in range(1, count)}
    for _ in range(count // 3):
        first, second = sorted(int(place) for place in dice.choice(count, 2, replace=False))
        edges.add((names[first], names[second]))
    world = World(names, sorted(edges), began, names[int(dice.integers(1, count))] if fault else "")
    ill = np.zeros(seconds)
    ill[began + int(dice.integers(0, 20)) :] = 1
    _fill(world, dice, ill, fault)
    return world


def _fill(world: World, dice: np.random.Generator, ill: Floats, fault: str) -> None:
    seconds = ill.size
    own: dict[str, Floats] = {}
    lost: dict[str, Floats] = {}
    for name in world.names:
        own[name] = dice.lognormal(1.5, 0.9) * (1 + np.abs(wander(dice, seconds, 0.15)))
        lost[name] = np.where(dice.random(seconds) < 0.004, dice.uniform(0, 0.02), 0.0)
    if fault:
        _slow_down(own, lost, ill, world.culprit, fault, dice)
    slow, failed = _spread(world, own, lost, dice)
    entry = world.names[0]
    held = 1 / (1 + 0.3 * np.clip(slow[entry] / np.median(slow[entry][: world.began]) - 1, 0, 5))
    swing = 1 + dice.uniform(0.05, 0.3) * np.sin(np.arange(seconds) / dice.uniform(60, 900))
    for name in world.names:
        load = 60 * dice.uniform(0.05, 1) * swing * held * (1 + wander(dice, seconds, 0.08))
        world.truth[name] = _quantities(dice, np.clip(load, 0, None), slow[name], failed[name])
    if fault:
        _use_up(world.truth[world.culprit], ill, fault, dice)


def _slow_down(
    own: dict[str, Floats],
    lost: dict[str, Floats],
    ill: Floats,
    name: str,
    fault: str,
    dice: np.random.Generator,
) -> None:
    most = {"cpu": (0.2, 3.0), "mem": (0.0, 0.4), "disk": (0.1, 1.5), "socket": (0.1, 1.5)}.get(fault)
    if most:
        own[name] = own[name] * (1 + ill * dice.uniform(*most) * (1 + wander(dice, ill.size, 0.2)))
    if fault == "delay":
        own[name] = own[name] + ill * dice.uniform(20, 300) * (1 + wander(dice, ill.size, 0.1))
    if fault == "loss":
        own[name] = own[name] + ill * (dice.random(ill.size) < 0.5) * dice.uniform(15, 200)
        lost[name] = np.clip(lost[name] + ill * dice.uniform(0.005, 0.2), 0, 1)
    if fault == "socket":
        lost[name] = np.clip(lost[name] + ill * dice.uniform(0, 0.08), 0, 1)


def _spread(
    world: World, own: dict[str, Floats], lost: dict[str, Floats], dice: np.random.Generator
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Time and failures of callees stand in their callers' too; not every call is made on every request."""
    slow: dict[str, Floats] = {}
    failed: dict[str, Floats] = {}
    for name in reversed(world.names):
        below = [(callee, dice.uniform(0.3, 1.0)) for caller, callee in world.edges if caller == name]
        slow[name] = own[name] + sum(
            (share * slow[callee] for callee, share in below), np.zeros_like(own[name])
        )
        kept = np.ones_like(own[name])
        for callee, share in below:
            kept = kept * (1 - 0.7 * share * failed[callee])
        failed[name] = 1 - (1 - lost[name]) * kept
    return slow, failed


def _quantities(dice: np.random.Generator, load: Floats, slow: Floats, failed: Floats) -> dict[str, Floats]:
    seconds = load.size
    heap = dice.uniform(3e7, 5e8) * (
        1 + 0.03 * _saw(dice, seconds) + dice.uniform(0, 0.03) * np.linspace(0, 1, seconds)
    )
    jitter = np.abs(wander(dice, seconds, 0.2))
    return {
        "cpu": load * dice.uniform(0.0005, 0.004) * (1 + wander(dice, seconds, 0.15)) + 0.005,
        "mem": heap,
        "disk": np.abs(wander(dice, seconds, dice.uniform(100, 4000), memory=0.7)),
        "reads": (dice.random(seconds) < 0.02) * dice.uniform(1, 40),
        "socket": np.round(8 + load / 5 + wander(dice, seconds, 1.0)),
        "threads": np.round(12 + load / 20),
        "rx": load * dice.uniform(300, 3000) * (1 + wander(dice, seconds, 0.1)),
        "tx": load * dice.uniform(300, 9000) * (1 + wander(dice, seconds, 0.1)),
        "load": load,
        "p50": slow,
        "p90": slow * (1.4 + jitter),
        "p99": slow * (2.0 + 3 * jitter),
        "failed": np.clip(failed * load, 0, None),
        "healthy": 100 * (1 - failed),
    }


def _use_up(truth: dict[str, Floats], ill: Floats, fault: str, dice: np.random.Generator) -> None:
    if fault == "cpu":
        truth["cpu"] = truth["cpu"] + ill * dice.uniform(0.15, 1.2) * (1 + wander(dice, ill.size, 0.1))
    if fault == "mem":
        truth["mem"] = truth["mem"] * (1 + _climb(ill, dice.uniform(0.2, 2)))
    if fault == "disk":
        busy = ill * dice.uniform(1e5, 5e7) * (1 + np.abs(wander(dice, ill.size, 0.4)))
        truth["disk"], truth["reads"] = truth["disk"] + busy, truth["reads"] + ill * dice.uniform(0, 90)
    if fault == "socket":
        truth["socket"] = np.round(truth["socket"] + _climb(ill, dice.uniform(30, 400)))
    if fault == "loss":
        cut = 1 - ill * dice.uniform(0.05, 0.4)
        for quantity in ("load", "rx", "tx", "cpu"):
            truth[quantity] = truth[quantity] * cut


def wander(dice: np.random.Generator, rows: int, size: float, *, memory: float = 0.3) -> Floats:
    """Noise that remembers: an autoregressive walk of this standard deviation."""
    fresh = dice.normal(0, size * float(np.sqrt(1 - memory**2)), rows).tolist()
    for at in range(1, rows):
        fresh[at] += memory * fresh[at - 1]
    return np.asarray(fresh)


def _saw(dice: np.random.Generator, rows: int) -> Floats:
    return np.asarray((np.arange(rows) % int(dice.integers(60, 400))) / 400)


def _climb(ill: Floats, height: float) -> Floats:
    length = max(1, int(ill.sum() / 4))
    return np.asarray(height * np.clip(np.cumsum(ill) / length, 0, 1))
