"""What a well-known metric says by itself: a value that means one cause, seen in its series or in an alert over it.

Exporters name what they measure alike everywhere (`pg_up`, `etcd_server_has_leader`), so one line of a table is a rule:
which metric, which labels, which value, whom the labels blame. Where nobody recorded the series, an alert whose rule
reads that metric says the same: its threshold was drawn by the people who run the system.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from sre_agent.catalogue.cause import SLIGHT, STRONG, Lead
from sre_agent.catalogue.expressions import Asked, asked_by, reckons_ahead
from sre_agent.catalogue.once import once
from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.series import Floats, Series
from sre_agent.picture.world import Picture

Labels = Mapping[str, str]
Blame = Callable[[Picture, Labels], EntityRef | None]
FORECAST = 1.5 * SLIGHT
"""What it costs that an alert says what will be so if nothing changes, not what is."""
NOW_SECONDS = 60.0
"""The present of a series: its last minute, or its newest sample where samples lie further apart."""
PAST_SHARE = 0.25
LATE = 120.0
"""What lies further back than both a quarter of the recording and so many seconds is the past."""
_OF_OBJECTS = ("pod", "service", "node", "persistentvolumeclaim", "horizontalpodautoscaler", "deployment")
_OF_USE = ("instance", "resourcequota", "resource", "pool", "namespace", "container", "job_name")
_OWN = frozenset([*_OF_OBJECTS, *_OF_USE, "queue", "topic", "consumergroup"])
"""Labels by which two series are about the same thing."""


@dataclass(frozen=True)
class Reading:
    """One series as a test sees it: its level now, and before; a counter's level is its rate in a second."""

    picture: Picture
    series: Series
    now: float
    past: float | None

    def beside(self, metric: str) -> float | None:
        """The last value of that metric about the same thing."""
        for other in _by_metric(self.picture).get(metric, ()):
            shared = [key for key in _OWN if key in other.labels and key in self.series.labels]
            if all(other.labels[key] == self.series.labels[key] for key in shared):
                return other.last
        return None


Test = Callable[[Reading], bool]


@dataclass(frozen=True)
class Measure:
    """One line of a table. `where`: labels and the patterns they must match. `says` completes the entity's name."""

    cause: str
    metric: re.Pattern[str]
    says: str
    test: Test
    blames: Blame
    where: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    weight: float = STRONG + SLIGHT
    counted: bool = False
    by_alert: bool = True
    """Whether an alert over the metric means the same; not where rules read it for many reasons."""
    beside: str = ""
    """A metric that the alert's expression must hold this one against."""


def measure(cause: str, metric: str, says: str, test: Test, blames: Blame, **more: object) -> Measure:
    """A line of a table, its patterns compiled; a metric's pattern is matched against the whole name."""
    where = {key: re.compile(str(told)) for key, told in dict(more.pop("where", {})).items()}  # type: ignore[call-overload]
    return Measure(cause, re.compile(metric), says, test, blames, where=where, **more)  # type: ignore[arg-type]


def zero(one: Reading) -> bool:
    return one.now == 0.0


def above(least: float) -> Test:
    return lambda one: one.now >= least


def below(most: float) -> Test:
    return lambda one: one.now <= most


def rises(least: float, times: float = 5.0) -> Test:
    """At least so much now, and so many times what it was before."""
    return lambda one: one.past is not None and one.now >= least and one.now >= times * one.past


def became(one: Reading) -> bool:
    """True now, and not so before."""
    return one.now >= 1.0 and one.past == 0.0


def share(of: str, least: float) -> Test:
    """At least this share of another metric of the same thing."""

    def test(one: Reading) -> bool:
        whole = one.beside(of)
        return whole is not None and whole > 0 and one.now / whole >= least

    return test


@once
def _by_metric(picture: Picture) -> Mapping[str, tuple[Series, ...]]:
    """The metric's name → its series, whatever the capture calls its query."""
    found: dict[str, list[Series]] = {}
    for series in picture.series:
        for name in dict.fromkeys([series.labels.get("__name__", ""), series.name]):
            if name:
                found.setdefault(name, []).append(series)
    return {name: tuple(several) for name, several in found.items()}


def found_by(table: Iterable[Measure]) -> tuple[tuple[str, Callable[[Picture], Iterable[Lead]]], ...]:
    """(cause, rule) of each line, as a family adds them to the causes of others."""
    return tuple((one.cause, _finder(one)) for one in table)


def _finder(one: Measure) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterator[Lead]:
        well: set[EntityRef] = set()
        ill: set[EntityRef] = set()
        for series in _series_for(picture, one):
            ref = one.blames(picture, series.labels)
            reading = _reading(picture, series, counted=one.counted)
            if ref is None or reading is None:
                continue
            if not one.test(reading):
                well.add(ref)
            elif ref not in ill:
                ill.add(ref)
                yield _lead(one, ref, f"{reading.now:.4g}", series)
        if one.by_alert:
            yield from _alerted(picture, one, well | ill)

    return find


def _series_for(picture: Picture, one: Measure) -> Iterator[Series]:
    for name, several in _by_metric(picture).items():
        if one.metric.fullmatch(name):
            yield from (series for series in several if _fits(one, series.labels))


def _fits(one: Measure, labels: Labels) -> bool:
    return all(pattern.search(labels.get(key, "")) for key, pattern in one.where.items())


def _reading(picture: Picture, series: Series, *, counted: bool) -> Reading | None:
    """None where it has ended, or a counter has too few samples to have a rate."""
    if series.last is None:
        return None
    times, values = series.times, series.values
    if counted:
        times, values = _rates(times, values)
    finite = np.isfinite(values)
    times, values = times[finite], values[finite]
    if not values.size:
        return None
    end = float(times[-1])
    recent = values[times >= end - NOW_SECONDS]
    border = end - max(PAST_SHARE * (end - float(times[0])), LATE)
    before = values[times < border]
    return Reading(
        picture, series, float(np.median(recent)), float(np.median(before)) if before.size else None
    )


def rate_of(series: Series) -> float:
    """How much a counter grows in a second now."""
    times, rates = _rates(series.times, series.values)
    recent = rates[times >= float(times[-1]) - NOW_SECONDS] if times.size else rates
    return float(np.median(recent)) if recent.size else 0.0


def _rates(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Growth in a second between samples; a counter that falls was set back and counts as not grown."""
    seconds = np.diff(times)
    kept = seconds > 0
    grown = np.maximum(np.diff(values)[kept], 0.0)
    return times[1:][kept], grown / seconds[kept]


def _lead(one: Measure, ref: EntityRef, value: str, series: Series) -> Lead:
    words = f"{ref} {one.says} ({series.labels.get('__name__') or series.name} is {value})."
    return Lead(one.cause, ref, one.weight, words, (series.quote(),), hints=_hints(ref))


def _hints(ref: EntityRef) -> dict[str, str]:
    return {"node": ref.name} if ref.kind == "Node" else {}


def _alerted(picture: Picture, one: Measure, known: set[EntityRef]) -> Iterator[Lead]:
    """What alerts say of things whose series were not recorded."""
    source = picture.frame.alerts_source
    for alert in picture.frame.alerts if source else ():
        asked = next((asked for asked in asked_by(alert) if _is_asked(one, asked, alert)), None)
        ref = (
            one.blames(picture, {"__name__": asked.metric, **asked.labels, **alert.labels}) if asked else None
        )
        if ref is None or ref in known or source is None:
            continue
        known.add(ref)
        words = next(
            (
                alert.annotations[key]
                for key in ("description", "summary", "message")
                if alert.annotations.get(key)
            ),
            alert.name,
        )
        yield Lead(
            one.cause, ref, min(one.weight, STRONG) - (FORECAST if reckons_ahead(alert) else 0.0), f"{ref} {one.says}, by the alert {alert.name}: {words[:160]}",
            (source.quote(words), source.quote(alert.name)), hints=_hints(ref),
        )  # fmt: skip


def _is_asked(one: Measure, asked: Asked, alert: Alert) -> bool:
    if not one.metric.fullmatch(asked.metric) or (one.beside and one.beside not in asked.beside):
        return False
    return all(
        any(pattern.search(told) for told in (asked.labels.get(key, ""), alert.labels.get(key, "")))
        for key, pattern in one.where.items()
    )
