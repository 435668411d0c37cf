"""Limits, breakers and retries: load control that turns requests away, or whose lack multiplies them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.gauges import Moved
from sre_agent.catalogue.hearing import Heard, by_speaker, quotes
from sre_agent.catalogue.said import Words, of_speaker, pattern
from sre_agent.catalogue.slowness import Condition, callers, conditions
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.world import Picture

RATE_LIMITED = Words(
    "rate_limited",
    pattern(
        r"too many requests|rate[ _-]?limit(?:ed|ing)?\b.{0,40}(?:exceed|reach|hit|reject|block)|(?:exceeded|over|hit).{0,30}rate[ _-]?limit",
        r"(?:status|code|HTTP/\d(?:\.\d)?\"?)\D{0,12}429\b|\b429 RL\b",
        r"RESOURCE_EXHAUSTED|code = ResourceExhausted",
        r"throttling(?:exception| error)|request (?:was )?throttled|RequestLimitExceeded|ThrottledException",
        r"quota exceeded for (?:quota )?(?:metric|requests)|requests per (?:second|minute) .{0,30}exceeded",
        r"limiting requests, excess|slow down.{0,20}(?:request|rate)",
    ),
    "is turned away by a rate limit",
    but=pattern(
        r"received message larger than max|memory|disk|exceeded quota: |forbidden: exceeded quota|image"
    ),
)
BREAKER = Words(
    "circuit_breaker_open",
    pattern(
        r"circuit[ -]?breaker\b.{0,80}\b(?:open|tripped)\b|\bcircuit (?:is )?open\b|breaker is open",
        r"CallNotPermittedException|BrokenCircuitException|CircuitBreakerOpen\w*|HystrixRuntimeException.{0,80}short-circuited",
        r"short-circuited and (?:no )?fallback|does not permit further calls",
        r"\b503 UO\b|upstream_rq_pending_overflow|upstream_reset_before_response_started\{overflow\}",
        r"too many pending requests|outlier.{0,20}eject",
    ),
    "holds calls back behind an open circuit breaker",
    weight=STRONG - SLIGHT,
)
RETRIES = Words(
    "retry_storm",
    pattern(
        r"retry(?:ing)?\b.{0,60}(?:attempt|in \d|\d+ ?/ ?\d+|#\d)|attempt(?: number)? ?[#:]?\d+ (?:of \d+ )?fail",
        r"retries exhausted|max(?:imum)? retries|retry storm|retry budget",
        r"will retry|backing off|backoff.{0,20}retry",
    ),
    "repeats failed calls",
)
GREW = 1.7
CALM = 1.3
STORM = 20
"""So many lines about retries since the onset are a storm, not a hiccup."""


def _retry_storm(picture: Picture) -> Iterable[Lead]:
    """What a workload gets grew far more than what those who call it get themselves, and they say that they repeat."""
    told, known = by_speaker(RETRIES.heard(picture)), conditions(picture)
    for ref, found in told.items():
        if found[0][0].speaker.workload is None:
            continue
        grown = [
            (one, more)
            for one in known.values()
            if ref.name in callers(picture, one.workload) and (more := _outgrown(one, known.get(ref.name)))
        ]
        if grown:
            yield _storm(found, *grown[0])
        elif (sum(one[0].count for one in found) >= STORM or _many(found)) and not all(
            one[0].usual for one in found
        ):
            yield from _loud(found)


_COUNTED = re.compile(r"\b(\d{3,}) retries\b|retried (\d{3,}) times", re.I)


def _many(found: list[Heard]) -> bool:
    """Whether the program counts its retries itself, and they are hundreds."""
    return any(_COUNTED.search(saying.text) for saying, _ in found)


def _outgrown(callee: Condition, caller: Condition | None) -> Moved | None:
    """The callee's traffic, where it grew and the caller's own did not."""
    more = callee.more_traffic
    own = caller.more_traffic if caller else None
    return more if more and more.ratio >= GREW and (own is None or own.ratio < CALM) else None


def _storm(found: list[Heard], callee: Condition, more: Moved) -> Lead:
    ref = found[0][0].speaker.ref
    return Lead(
        cause="retry_storm",
        entity=ref,
        weight=DECISIVE + SLIGHT,
        statement=f"{ref} repeats its failed calls to {callee.workload.ref}, which gets {more.ratio:.1f} times its usual "
        "requests while its callers get no more than usual.",
        citations=(*quotes(found, 2), more.quote()),
        hints={"callee": callee.workload.name},
    )


def _loud(found: list[Heard]) -> Iterable[Lead]:
    ref = found[0][0].speaker.ref
    yield Lead(
        cause="retry_storm",
        entity=ref,
        weight=FAIR if _many(found) else FAIR - SLIGHT,
        statement=f"{ref} repeats failed calls again and again ({sum(one[0].count for one in found)} times).",
        citations=quotes(found, 2),
    )


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="rate_limited",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="A rate limit turns its requests away",
            description="Requests of the workload are refused because it sends more than a limit allows.",
            supports=("status 429, RESOURCE_EXHAUSTED, or a limiter's own words",),
            rules_out=("requests are refused for another reason", "the limit was not reached"),
            neighbours=(
                Neighbour("circuit_breaker_open", "the caller itself holds the calls back"),
                Neighbour("retry_storm", "the requests over the limit are repetitions of failed ones"),
                Neighbour("api_server_throttling", "it is the Kubernetes API that throttles"),
            ),
            remedies=("ease_load_by_hand",),
        ),
        of_speaker(RATE_LIMITED),
    ),
    Entry(
        Cause(
            code="circuit_breaker_open",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Its circuit breaker is open",
            description="The workload, or its sidecar, does not let calls out because too many failed or waited before.",
            supports=("a breaker says that it is open", "Envoy's flag UO"),
            rules_out=("calls leave and fail at the other side",),
            neighbours=(
                Neighbour(
                    "upstream_dependency_failure",
                    "the calls that opened it fail still: the dependency is ill",
                ),
                Neighbour("rate_limited", "the other side refuses for the rate"),
            ),
            remedies=("ease_load_by_hand",),
            depth=Depth.PROXIMATE,
        ),
        of_speaker(BREAKER),
    ),
    Entry(
        Cause(
            code="retry_storm",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Repeated calls multiply the load",
            description="The workload repeats failed calls so often that the repetitions keep the other side down.",
            supports=(
                "a callee gets far more requests while its callers get no more",
                "the caller says that it tries again and again",
            ),
            rules_out=("the callers' own traffic grew as much",),
            neighbours=(
                Neighbour("traffic_surge", "the growth begins at the front door"),
                Neighbour("upstream_dependency_failure", "calls fail, and requests do not multiply"),
            ),
            remedies=("ease_load_by_hand",),
        ),
        _retry_storm,
    ),
)
