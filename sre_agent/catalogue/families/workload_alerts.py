"""Workloads of which an alert's own words say what was measured there, where neither its expression nor the series were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from sre_agent.catalogue.blaming import workload
from sre_agent.catalogue.cause import FAIR, SLIGHT, Lead
from sre_agent.catalogue.expressions import asked_by
from sre_agent.catalogue.said import pattern
from sre_agent.domain.alert import Alert
from sre_agent.picture.world import Picture

_TOLD = {
    "incorrect_image_reference": pattern(r"manifest (?:unknown|for .{0,80}not found)|image .{0,60}(?:not found|does not exist)|repository does not exist|InvalidImageName"),
    "cpu_throttling": pattern(r"throttl\w* (?:of|on|for) (?:the )?CPU|CPU.{0,12}throttl"),
    "oom_killed": pattern(r"OOM ?-?kill|killed .{0,30}out of memory"),
    "memory_leak": pattern(r"memory leak|leaks? memory"),
    "file_descriptor_exhaustion": pattern(r"file ?descriptors?.{0,40}(?:exhaust|run(?:ning)? out|limit|used up)"),
    "thread_pool_exhaustion": pattern(r"thread ?pool.{0,30}(?:exhaust|full|saturat)|all .{0,12}threads.{0,12}busy"),
    "connection_pool_exhaustion": pattern(r"connection ?pool.{0,30}(?:exhaust|full|saturat|empty)"),
    "garbage_collection_pressure": pattern(r"garbage collect\w*.{0,30}(?:high|long|too|%)|GC (?:pressure|overhead|pause).{0,20}(?:high|long|%)"),
    "circuit_breaker_open": pattern(r"circuit ?breaker.{0,30}\b(?:open|tripped)"),
}  # fmt: skip
"""Cause → words that rules of this kind carry in their name or annotations (kubernetes-mixin: CPUThrottlingHigh; awesome-prometheus-alerts)."""


_BY_WORDS = ("incorrect_image_reference",)
"""Where the expression counts what fails, and only the words say why."""


def _of(code: str, picture: Picture) -> Iterable[Lead]:
    source = picture.frame.alerts_source
    for alert in picture.frame.alerts if source else ():
        ref = workload(picture, alert.labels)
        words = next((text for text in _texts(alert) if _TOLD[code].search(text)), "")
        if source is None or ref is None or not words or (any(asked_by(alert)) and code not in _BY_WORDS):
            continue
        yield Lead(
            cause=code,
            entity=ref,
            weight=FAIR + SLIGHT,
            statement=f"{ref}, by the alert {alert.name}: {words[:160]}",
            citations=(source.quote(words), source.quote(alert.name)),
        )


def _texts(alert: Alert) -> Iterator[str]:
    yield from alert.annotations.values()
    yield alert.name


ENTRIES = ()
ALSO = tuple((code, partial(_of, code)) for code in _TOLD)
