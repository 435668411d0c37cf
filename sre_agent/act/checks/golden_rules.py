"""Are a service's golden signals back where they were before the incident? Pure, with all its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sre_agent.act.checks import margins
from sre_agent.act.checks.findings import Finding
from sre_agent.act.checks.readings import Window
from sre_agent.act.checks.spreads import spreads
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.signals.baseline import band_of
from sre_agent.signals.compare import Comparison, compared_levels
from sre_agent.signals.counts import compared_rates, compared_shares

ENOUGH_IMPROVED: Final = 0.25
"""Of the incident's own level: a smaller step is neither better nor worse."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is compared: the past, the incident before the first step, and now."""

    service: str
    past: Window
    during: Window
    now: Window
    hold: float
    """Seconds for which recovery has to hold."""
    settled: bool
    """Whether the window after the step holds nothing of the step's own stir."""
    slowest: float | None = None
    """The objective for latency that alerting rules state, in the unit of the latency."""
    tells_failures: bool = True
    """Whether the service counts outcomes; one that never failed has no failed series, and its count is 0."""

    @property
    def expected(self) -> float:
        """Requests of one hold, as the healthy past had them."""
        rate = self.past.traffic.value
        return rate * self.hold if math.isfinite(rate) else 0.0

    @property
    def quiet(self) -> bool:
        return self.now.traffic.hits <= 0


@dataclass(frozen=True)
class Told:
    """One signal as it is told: its name, its unit, and whether recovery hangs on it."""

    name: str
    unit: str
    required: bool = True
    no_traffic: bool = False


def golden_findings(scene: Scene) -> tuple[Finding, ...]:
    """One finding for each signal the service exports."""
    found = [_traffic(scene), _errors(scene), _latency(scene), _saturation(scene)]
    return tuple(each for each in found if each is not None)


def _traffic(scene: Scene) -> Finding | None:
    past, now = scene.past.traffic, scene.now.traffic
    if not past.bins and not now.bins and not scene.during.traffic.bins:
        return None
    name = f"traffic of {scene.service}"
    if scene.quiet:
        return _no_requests(scene, name)
    if past.hits <= 0:
        said = f"{scene.service} gets {now.value:.3g} requests/s; before the incident it got none."
        numbers: JsonObject = {"before": 0.0, "after": round(now.value, 6), "unit": "per_second"}
        return Finding(Check(name=name, passed=True, sentence=said, numbers=numbers))
    compared = compared_rates(past, now, margin=margins.TRAFFIC_MISSING)
    seen = spreads(past=past, during=scene.during.traffic, now=now)
    return _found(Told(name, "per_second"), compared, seen)


def _no_requests(scene: Scene, name: str) -> Finding:
    past, during = scene.past.traffic, scene.during.traffic
    before = past.value if past.bins else 0.0
    said = f"{scene.service} gets no requests; before the incident it got {before:.3g}/s."
    numbers: JsonObject = {"before": round(before, 6), "after": 0.0, "unit": "per_second"}
    check = Check(name=name, passed=False if past.hits > 0 else None, sentence=said, numbers=numbers)
    lost = scene.settled and during.bins > 0 and during.value > margins.TRAFFIC_MISSING * before
    return Finding(check, waiting=True, no_traffic=True, worse=lost and past.hits > 0)


def _errors(scene: Scene) -> Finding | None:
    windows = (scene.past, scene.during, scene.now)
    if not scene.tells_failures or not any(len(each.readings.requests) for each in windows):
        return None
    past, during, now = (each.errors for each in windows)
    compared = compared_shares(past, now, margin=margins.errors_margin(past, scene.expected))
    told = Told(f"errors of {scene.service}", "share", no_traffic=scene.quiet)
    step = ENOUGH_IMPROVED * during.value if during.events > 0 else 0.0
    against = compared_shares(during, now, margin=max(2 * margins.ERRORS_FINEST, step))
    seen = spreads(past=past, during=during, now=now)
    return _with_trend(scene, _found(told, compared, seen), (during.events > 0, against))


def _latency(scene: Scene) -> Finding | None:
    windows = (scene.past, scene.during, scene.now)
    if not any(each.readings.buckets.edges.size for each in windows):
        return _level_of_latency(scene)
    edge = scene.past.readings.buckets.slow_from(scene.slowest)
    told = Told(f"latency of {scene.service}", "share", no_traffic=scene.quiet)
    if edge is None and scene.slowest is not None:
        edge = scene.now.readings.buckets.slow_from(scene.slowest)
    if edge is None:
        why = "nothing is known of it before the incident"
        sentence = f"{told.name} is not known: {why}."
        return Finding(Check(name=told.name, passed=None, sentence=sentence), no_traffic=scene.quiet)
    past, during, now = (each.slower_than(edge) for each in windows)
    compared = compared_shares(past, now, margin=margins.slow_margin(past, scene.expected))
    step = ENOUGH_IMPROVED * during.value if during.events > 0 else 0.0
    against = compared_shares(during, now, margin=max(margins.SLOW_FINEST, step))
    more: JsonObject = {"slower_than": edge, **spreads(past=past, during=during, now=now)}
    if scene.slowest is not None:
        more = {**more, "objective": scene.slowest}
    return _with_trend(scene, _found(told, compared, more), (during.events > 0, against))


def _level_of_latency(scene: Scene) -> Finding | None:
    past, during, now = scene.past.latency, scene.during.latency, scene.now.latency
    band, told = band_of(past.values), Told(f"latency of {scene.service}", "level", no_traffic=scene.quiet)
    if band is None and not now.points:
        return None
    if band is None:
        sentence = f"{told.name} is not known: there are too few points before the incident."
        return Finding(Check(name=told.name, passed=None, sentence=sentence), no_traffic=scene.quiet)
    margin = margins.latency_margin(band, scene.slowest)
    then = ENOUGH_IMPROVED * during.median if during.points else margin
    against = compared_levels(during, now, margin=then)
    seen = spreads(past=past, during=during, now=now)
    found = _found(told, compared_levels(past, now, margin=margin), seen)
    return _with_trend(scene, found, (during.points > 0, against))


def _saturation(scene: Scene) -> Finding | None:
    past, now = scene.past.saturation, scene.now.saturation
    if not past.points or not now.points:
        return None
    told = Told(f"saturation of {scene.service}", "level", required=False)
    compared = compared_levels(past, now, margin=margins.saturation_margin(past.median))
    return _found(told, compared, spreads(past=past, during=scene.during.saturation, now=now))


def _with_trend(scene: Scene, found: Finding, during: tuple[bool, Comparison]) -> Finding:
    """Better or worse than the incident itself; worse is said only of a window free of the step's own stir."""
    known, against = during
    better, worse = known and against.fell, known and scene.settled and against.exceeds
    return Finding(
        found.check,
        waiting=found.waiting,
        required=found.required,
        proves=found.proves,
        improved=better,
        worse=worse,
        no_traffic=found.no_traffic,
    )


def _found(told: Told, compared: Comparison, more: JsonObject | None = None) -> Finding:
    """Proved inside the margin, proved outside, or too little to tell."""
    passed = True if compared.equivalent else False if compared.exceeds else None
    check = Check(
        name=told.name,
        passed=passed,
        sentence=_sentence(told, compared, passed, more or {}),
        numbers={**_numbers(compared), "unit": told.unit, **(more or {})},
    )
    return Finding(
        check,
        waiting=passed is not True,
        required=told.required,
        proves=True,
        no_traffic=told.no_traffic,
    )


def _sentence(told: Told, compared: Comparison, passed: bool | None, more: JsonObject) -> str:
    if not math.isfinite(compared.after):
        return f"{told.name}: too little to tell yet."
    values = f"{_shown(compared.after, told.unit)} after {_shown(compared.before, told.unit)}"
    slow = f" slower than {more['slower_than']:g}" if "slower_than" in more else ""
    if not compared.enough or passed is None:
        return f"{told.name}: too little to tell yet ({values}{slow})."
    inside = "within the margin" if passed else "not within the margin"
    return f"{told.name}: {values} before the incident{slow}; {inside} ({_bound(told, compared)})."


def _bound(told: Told, compared: Comparison) -> str:
    bound = compared.upper if compared.equivalent else compared.lower
    word = "at most" if compared.equivalent else "at least"
    unit = "share" if told.unit == "per_second" else told.unit
    kind = "missing" if told.unit == "per_second" else "higher"
    return (
        f"{compared.level:.0%} sure: {word} {_shown(max(bound, 0.0), unit)} {kind}, "
        f"allowed {_shown(compared.margin, unit)}"
    )


def _shown(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "nothing known"
    if unit == "share":
        return f"{value:.2%}"
    return f"{value:.3g}/s" if unit == "per_second" else f"{value:.3g}"


def _numbers(compared: Comparison) -> JsonObject:
    values: dict[str, float] = {
        "before": compared.before,
        "after": compared.after,
        "lower": compared.lower,
        "upper": compared.upper,
        "margin": compared.margin,
        "dispersion": compared.dispersion,
    }
    told: JsonObject = {name: round(value, 6) for name, value in values.items() if math.isfinite(value)}
    return {
        **told,
        "n_before": compared.points[0],
        "n_after": compared.points[1],
        "level": compared.level,
        "method": compared.method,
    }
