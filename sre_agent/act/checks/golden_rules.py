"""Are a service's golden signals back where they were before the incident? Pure, with all its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sre_agent.act.checks.findings import Finding
from sre_agent.act.checks.readings import Window
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.signals.baseline import Band, band_of
from sre_agent.signals.compare import LEAST_BLOCKS, Comparison, compared_levels, compared_shares

ERRORS_FINEST: Final = 0.01
ERRORS_COARSEST: Final = 0.05
"""The margin for failed requests lies between these: as fine as a clean window of the service's traffic can prove."""
RULE_OF_THREE: Final = 3.0
"""n requests without a failure bound the share by 3 / n (one-sided, 95 %)."""
ERRORS_RELATIVE: Final = 0.5
"""So a doubled share of errors is never called recovered."""
LATENCY_RELATIVE: Final = 0.25
LATENCY_LEAST: Final = 0.005
LATENCY_SIGMAS: Final = 2.0
OBJECTIVE_SHARE: Final = 0.5
TRAFFIC_RELATIVE: Final = 0.5
"""Traffic moves with the hour of the day; half of what it was is traffic, nothing is not."""
SATURATION_LEAST: Final = 0.15
SATURATION_SAFE: Final = 0.7
"""Below this level there is room, whatever it was before."""


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


@dataclass(frozen=True)
class Trend:
    """Better or worse than during the incident, each with confidence."""

    improved: bool = False
    worse: bool = False


def golden_findings(scene: Scene) -> tuple[Finding, ...]:
    """One finding for each signal the service exports."""
    found = [_traffic(scene), _errors(scene), _latency(scene), _saturation(scene)]
    return tuple(each for each in found if each is not None)


def _traffic(scene: Scene) -> Finding | None:
    past, now = scene.past.requests, scene.now.requests
    if not past.points and not now.points:
        return None
    name = f"traffic of {scene.service}"
    if not past.values.any():
        return _unknown(name, "there was no traffic before the incident to compare with")
    if not now.values.any():
        sentence = f"{scene.service} gets no requests; before the incident it got {past.median:.3g}/s."
        numbers: JsonObject = {
            "before": past.median,
            "after": 0.0,
            "n_before": past.points,
            "n_after": now.points,
        }
        check = Check(name=name, passed=False, sentence=sentence, numbers=numbers)
        lost = scene.settled and scene.during.requests.median > TRAFFIC_RELATIVE * past.median
        return Finding(check, waiting=True, no_traffic=True, worse=lost)
    # the other way round: it was not higher before than it is now, by more than the margin
    turned = compared_levels(now, past, margin=TRAFFIC_RELATIVE * past.median)
    numbers = {
        **_numbers(turned),
        "before": past.median,
        "after": now.median,
        "n_before": past.points,
        "n_after": now.points,
        "direction": "not lower than before",
    }
    said = f"requests of {scene.service}: {now.median:.3g}/s after {past.median:.3g}/s"
    return _found(name, said, turned, numbers, Trend())


def _errors(scene: Scene) -> Finding | None:
    windows = (scene.past, scene.during, scene.now)
    if not scene.past.requests.points or not any(len(each.readings.failed) for each in windows):
        return None
    name = f"errors of {scene.service}"
    past, during, now = (each.errors for each in windows)
    if past.events <= 0:
        return _unknown(name, "there were no requests before the incident to compare with")
    compared = compared_shares(past, now, margin=errors_margin(scene))
    against = compared_shares(during, now, margin=max(2 * ERRORS_FINEST, 0.25 * during.value))
    numbers = {**_numbers(compared), "requests_before": past.events, "requests_after": now.events}
    said = f"failed share of {scene.service}: {_percent(compared.after)} after {_percent(compared.before)}"
    return _found(name, said, compared, numbers, _trend(scene, against))


def errors_margin(scene: Scene) -> float:
    """By how much the share of failed requests may be higher than before and still count as back.

    Half of what it was, so that a doubled share never passes; but no finer than the service's usual
    traffic can prove within the time recovery has to hold.
    """
    expected = scene.past.requests.median * scene.hold
    provable = RULE_OF_THREE / expected if expected > 0 else ERRORS_COARSEST
    least = min(max(provable, ERRORS_FINEST), ERRORS_COARSEST)
    return max(least, ERRORS_RELATIVE * scene.past.errors.value)


def _latency(scene: Scene) -> Finding | None:
    past, during, now = scene.past.latency, scene.during.latency, scene.now.latency
    band = band_of(past.values)
    name = f"latency of {scene.service}"
    if band is None:
        return _unknown(name, "there are too few points before the incident") if now.points else None
    margin = latency_margin(band, scene.slowest)
    compared = compared_levels(past, now, margin=margin)
    then = LATENCY_RELATIVE * during.median if during.points else margin
    against = compared_levels(during, now, margin=then)
    said = f"latency of {scene.service}: {compared.after:.4g} after {compared.before:.4g}"
    numbers = _numbers(compared) | ({"objective": scene.slowest} if scene.slowest is not None else {})
    return _found(name, said, compared, numbers, _trend(scene, against))


def latency_margin(band: Band, slowest: float | None) -> float:
    """By how much latency may be higher than before and still count as back.

    A quarter of what it was, or its usual spread; or, where people have drawn a line for it, half the way
    from what it was to that line: well inside the objective is recovered, though not to the last millisecond.
    """
    room = OBJECTIVE_SHARE * (slowest - band.center) if slowest is not None else 0.0
    return max(LATENCY_RELATIVE * band.center, LATENCY_SIGMAS * band.sigma, LATENCY_LEAST, room)


def _saturation(scene: Scene) -> Finding | None:
    past, now = scene.past.saturation, scene.now.saturation
    if not past.points or not now.points:
        return None
    name = f"saturation of {scene.service}"
    compared = compared_levels(past, now, margin=max(SATURATION_LEAST, SATURATION_SAFE - past.median))
    said = f"{name}: {compared.after:.3g} after {compared.before:.3g}"
    return _found(name, said, compared, _numbers(compared), Trend())


def _trend(scene: Scene, against: Comparison) -> Trend:
    """`against` compares now with the incident itself; worse is said only of a window free of the step's own stir."""
    return Trend(improved=against.fell, worse=scene.settled and against.exceeds)


def _found(name: str, said: str, compared: Comparison, numbers: JsonObject, trend: Trend) -> Finding:
    if not compared.enough:
        check = Check(name=name, passed=None, sentence=f"Too little to tell yet: {said}.", numbers=numbers)
        return Finding(check, waiting=True, improved=trend.improved, worse=trend.worse)
    within = "within" if compared.equivalent else "not within"
    sentence = (
        f"{said[:1].upper()}{said[1:]} before the incident; {within} the margin "
        f"(bound {compared.upper:.3g}, margin {compared.margin:.3g}, {compared.level:.0%})."
    )
    check = Check(name=name, passed=compared.equivalent, sentence=sentence, numbers=numbers)
    waiting = not compared.equivalent
    return Finding(check, waiting=waiting, proves=True, improved=trend.improved, worse=trend.worse)


def _unknown(name: str, why: str) -> Finding:
    return Finding(Check(name=name, passed=None, sentence=f"Not known: {why}."))


def _numbers(compared: Comparison) -> JsonObject:
    values: dict[str, float] = {
        "before": compared.before,
        "after": compared.after,
        "lower": compared.lower,
        "upper": compared.upper,
        "margin": compared.margin,
    }
    told: JsonObject = {name: round(value, 6) for name, value in values.items() if math.isfinite(value)}
    return {
        **told,
        "n_before": compared.points[0],
        "n_after": compared.points[1],
        "least_blocks": LEAST_BLOCKS,
        "level": compared.level,
        "method": compared.method,
    }


def _percent(share: float) -> str:
    return "nothing" if math.isnan(share) else f"{share:.2%}"
