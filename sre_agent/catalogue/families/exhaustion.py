"""Programs that use up what they have: memory that leaks, file descriptors, threads, time for garbage collection.

Words: errno texts EMFILE/ENFILE (`too many open files`), pthread_create's EAGAIN (`unable to create native thread`,
`can't start new thread`), executors' rejections, and the JVM's `GC overhead limit exceeded` and pause lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.gauges import measured_of
from sre_agent.catalogue.said import Words, of_speaker, pattern
from sre_agent.catalogue.subjects import WORKLOADS, live_containers, subjects
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj, dig
from sre_agent.picture.quantities import quantity
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

_LIMITS = re.compile(r"spec_memory_limit_bytes|pod_container_resource_limits(?:_memory_bytes)?$", re.I)
_MEMORY = re.compile(r"memory.*(?:working_set|usage|rss|bytes|percent|util)|(?:heap|resident).*bytes", re.I)
GROWN = 1.3
STEADY = 0.8
"""Share of the variance that a straight line must explain before growth is called steady."""
NEAR = 0.85


def _leak(picture: Picture) -> Iterable[Lead]:
    killed = {id(subject): view for subject, view in live_containers(picture) if view.ended_by == "OOMKilled"}
    for subject in subjects(picture):
        growing = [
            series for series in measured_of(picture, subject.owner, _MEMORY) if _leaks(picture, series)
        ]
        if not growing:
            continue
        view = killed.get(id(subject))
        worst = max(growing, key=lambda one: one.last or 0.0)
        limit = (quantity(view.limit("memory")) if view else _limit(subject.owner)) or _measured_limit(
            picture, subject.owner
        )
        near = limit is not None and (worst.last or 0.0) >= NEAR * limit
        yield Lead(
            cause="memory_leak",
            entity=subject.owner.ref,
            weight=STRONG
            + (FAIR if view else 0.0)
            + (SLIGHT if near else 0.0)
            - (0.0 if view or near else FAIR),
            statement=f"{subject.owner.ref}: its memory grows steadily, to {worst.last or 0:.0f} now"
            + ("; it was killed for it." if view else "."),
            citations=(worst.quote(0), worst.quote()),
            hints={"container": view.name if view else None},
        )


def _limit(owner: Obj) -> float | None:
    """The memory that its greediest container may use, by its template."""
    told = [quantity(dig(one, "resources", "limits", "memory")) for one in owner.containers()]
    return max((one for one in told if one), default=None)


def _measured_limit(picture: Picture, owner: Obj) -> float | None:
    """The limit that cAdvisor or kube-state-metrics tell of its containers."""
    told = [
        one.last
        for one in measured_of(picture, owner, _LIMITS)
        if one.labels.get("resource", "memory") == "memory"
    ]
    return max((one for one in told if one), default=None)


def _leaks(picture: Picture, series: Series) -> bool:
    """It grows all the time, or since the onset of what the alerts tell."""
    since = series.times >= picture.onset.timestamp()
    return _grows(series) or _grows(replace(series, times=series.times[since], values=series.values[since]))


def _grows(series: Series) -> bool:
    """A long steady rise, by the coefficient of determination of a straight line."""
    finite = np.isfinite(series.values)
    times, values = series.times[finite], series.values[finite]
    if values.size < 12 or values[0] <= 0 or values[-1] < GROWN * values[0] or not float(np.std(values)):
        return False
    half = values.size // 2
    slope = float(np.corrcoef(times, values)[0, 1])
    both = values[half] > values[0] * 1.05 and values[-1] > values[half] * 1.05
    return slope > 0 and slope**2 >= STEADY and bool(both)


_DESCRIPTORS = Words(
    "file_descriptor_exhaustion",
    pattern(
        r"too many open files",
        r"\bEMFILE\b",
        r"\bENFILE\b",
        r"accept4?: .{0,40}file descriptors",
        r"\bulimit.{0,30}(?:reached|exceeded)",
    ),
    "has no file descriptors left",
    STRONG + SLIGHT,
)
_THREADS = Words(
    "thread_pool_exhaustion",
    pattern(
        r"unable to create (?:new )?native thread", r"can'?t start new thread", r"pthread_create failed", r"RejectedExecutionException|TaskRejectedException",
        r"(?:thread|worker|executor)s?[ -]?pool.{0,40}(?:exhausted|is full|saturated|starvation)", r"thread starvation", r"all (?:worker )?threads are busy",
        r"Task .{0,80}rejected from", r"maxThreads.{0,40}(?:reached|busy)", r"server reached MaxRequestWorkers",
    ),
    "has no threads left",
    but=pattern(r"clock leap"),
)  # fmt: skip
_COLLECTION = Words(
    "garbage_collection_pressure",
    pattern(
        r"GC overhead limit exceeded", r"JvmGcMonitorService.{0,80}overhead, spent \[(?:[5-9]\d\dms|\d+(?:\.\d+)?s)\]", r"\[gc\]\[\d+\] overhead, spent \[(?:[5-9]\d\dms|\d+(?:\.\d+)?s)\]", r"Pause Full .{0,80}\d{4,}(?:\.\d+)?ms", r"concurrent mode failure",
        r"to-space exhausted", r"GC pause .{0,60}(?:[5-9]\d{2,}|\d{4,})(?:\.\d+)? ?ms", r"stop-the-world.{0,60}\d+(?:\.\d+)? ?s", r"Ineffective mark-compacts near heap limit",
    ),
    "spends its time on garbage collection",
)  # fmt: skip

_HEAP = Words(
    "memory_leak",
    pattern(
        r"JavaScript heap out of memory|Reached heap limit",
        r"OutOfMemoryError: (?:Java heap space|Metaspace)",
        r"System\.OutOfMemoryException|Allowed memory size of \d+ bytes exhausted|failed to allocate memory \(NoMemoryError\)",
    ),
    "uses up the memory that its runtime may have",
    weight=STRONG - SLIGHT,
)
ALSO = (("memory_leak", of_speaker(_HEAP)),)
_cause = partial(
    Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS, remedies=("restart_leaking", "find_leak_by_hand")
)
ENTRIES = (
    Entry(
        _cause(
            code="memory_leak", title="Its memory grows until it fails", description="The workload's memory grows steadily, whatever its load, until it is killed or fails.",
            supports=("memory rises along a line for long, and never falls", "it was OOMKilled at the end of such a rise"), rules_out=("memory rises with traffic, and falls again",),
            neighbours=(Neighbour("oom_killed", "memory jumps at once, or the limit was lowered"), Neighbour("garbage_collection_pressure", "memory stays below its limit, and time goes to collecting it")),
        ),
        _leak,
    ),
    Entry(
        _cause(
            code="file_descriptor_exhaustion", title="No file descriptors are left", description="The program has opened as many files and sockets as it may.",
            supports=("'too many open files'",), rules_out=("descriptors are free",), neighbours=(Neighbour("thread_pool_exhaustion", "what is used up is threads"), Neighbour("connection_pool_exhaustion", "what is used up is its pool's connections")),
        ),
        of_speaker(_DESCRIPTORS),
    ),
    Entry(
        _cause(
            code="thread_pool_exhaustion", title="No threads are left", description="The program's threads are all busy, or it may start no more.",
            supports=("'unable to create native thread', rejected tasks, an exhausted pool",), rules_out=("threads are free",),
            neighbours=(Neighbour("deadlock", "the threads wait for each other"), Neighbour("node_pid_pressure", "the node has no process ids left")),
        ),
        of_speaker(_THREADS),
    ),
    Entry(
        _cause(
            code="garbage_collection_pressure", title="Garbage collection takes its time", description="The runtime spends most of its time collecting garbage, with little memory left.",
            supports=("'GC overhead limit exceeded', long full pauses",), rules_out=("pauses are short",), neighbours=(Neighbour("memory_leak", "the memory in use grows and grows"), Neighbour("oom_killed", "the kernel ended it")),
        ),
        of_speaker(_COLLECTION),
    ),
)  # fmt: skip
