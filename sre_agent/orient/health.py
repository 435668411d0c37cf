"""Whether what the alerts are about is healthy after all, and whether that could be seen at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.catalogue.looking import series_of
from sre_agent.domain.evidence import Citation
from sre_agent.orient.ailing import TOLERATED_ERRORS, illness_of, lost_node
from sre_agent.orient.reach import focus_names, known_as
from sre_agent.orient.symptoms import fresh_warnings
from sre_agent.picture.containers import containers_of, is_ready, is_told
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.shift import ENOUGH, shift_of
from sre_agent.picture.world import Picture

KUBERNETES = frozenset({"kubernetes"})
FEW_ERRORS, MANY = 2, 10
LATELY = timedelta(minutes=15)
_ILLNESS_OF_TRAFFIC = re.compile(
    r"slow|latenc|quality|error|5xx|reach|availab|disrupt|time ?out|refus|throughput|response|degrad", re.I
)
"""Words for an illness that the state of pods does not show."""
_ILLNESS = re.compile(
    r"wrong|issue|problem|fail|unhealthy|crash|restart|broken|breaks?\b|down\b|abnormal|cannot|can'?t\b|unable|denied|hang|stuck|\bmissing|\bempty"
    r"|killed|no longer|not (?:work|start|respond|reach|resolv|load)",
    re.I,
)
_SLOWNESS = re.compile(r"slow|latenc|throughput|degrad", re.I)
_NOT_OF_PROGRAMS = ("node_systemd_unit_state", "node_units", "ALERTS", "lead-")
_REQUEST = re.compile(
    r"\s*(?:please |can you |could you )?(?:post|fetch|show|list|get|give|print|tell me|how many|which|was there|is there|are there|were there)\b",
    re.I,
)
"""A request to look something up asserts no illness."""
_QUOTED = re.compile(r"[\"'`\u201c]([^\"'`\u201d]{4,60})[\"'`\u201d]")


@dataclass(frozen=True)
class Health:
    """`is_healthy` is None where not enough could be seen to say."""

    is_healthy: bool | None
    reason: str
    missing: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    shown_by: frozenset[str] = frozenset()
    """First parts of the sources that show it: `kubernetes`, `logs`, `metrics`, `probes.json`."""

    def refutes(self, citations: tuple[Citation, ...]) -> bool:
        """Whether health was shown by every kind of source that these words come from."""
        return bool(self.is_healthy) and {one.source.split("/")[0] for one in citations} <= self.shown_by


def focus_workloads(picture: Picture) -> list[Obj]:
    """The workloads that the alerts are about; where they name none, all of the namespace."""
    names = focus_names(picture)
    found = [
        work for work in picture.inventory.workloads if known_as(work.name, work.namespace, picture) in names
    ]
    behind = [
        work
        for name in names
        for service in [picture.inventory.get("Service", name, picture.frame.namespace)]
        if service is not None
        for work in picture.inventory.workloads_behind(service)
    ]
    unique = list({id(work): work for work in [*found, *behind]}.values())
    return unique or [
        work for work in picture.inventory.workloads if work.namespace == picture.frame.namespace
    ]


def health_of(picture: Picture) -> Health:
    """Healthy only if what would show an illness was looked at, and shows none."""
    workloads = focus_workloads(picture)
    if ill := next((why for work in workloads if (why := illness_of(picture, work))), None):
        return Health(False, ill)
    if lost := lost_node(picture, workloads):
        return Health(False, f"{lost} is not ready, and pods of them stand there")
    if heard := _asked_about(picture, workloads):
        return Health(False, f"what was asked about stands in the log of {heard}")
    shown = _well_shown(picture, workloads)
    missing = _missing(picture, workloads, shown)
    if missing:
        return Health(None, f"not enough could be seen: {'; '.join(missing)}", missing)
    names = ", ".join(sorted(work.name for work in workloads)[:4])
    words = "; ".join(one.reason for one in shown)
    cited = tuple(citation for one in shown for citation in one.citations)
    kinds = frozenset(kind for one in shown for kind in one.shown_by)
    reason = f"{names} work as they should, and no failure was found: {words}"
    return Health(True, reason, citations=cited[:6], shown_by=kinds)


def _asked_about(picture: Picture, workloads: list[Obj]) -> str:
    """The workload in whose log words stand that a person asked about in quotes; empty where there is none."""
    asked = [words.lower() for words in _QUOTED.findall(picture.frame.complaint) if " " in words.strip()]
    for workload in workloads:
        lines = (line.raw.lower() for chunk in picture.logs_of(workload) for line in chunk.lines)
        if asked and any(words in line for line in lines for words in asked):
            return str(workload.ref)
    return ""


def _well_shown(picture: Picture, workloads: list[Obj]) -> list[Health]:
    """Each kind of evidence that shows these workloads to be well."""
    kinds = (_state_is_well, _events_are_well, _logs_are_well, _metrics_are_well, _probes_are_well)
    return [found for kind in kinds if workloads and (found := kind(picture, workloads)) is not None]


def _state_is_well(picture: Picture, workloads: list[Obj]) -> Health | None:
    live = [pod for work in workloads for pod in picture.inventory.live_pods_of(work)]
    pods = [pod for pod in live if is_told(pod)]
    if not pods or not all(is_ready(pod) for pod in pods):
        return None
    restarts = sum(view.restarts for pod in pods for view in containers_of(pod))
    once = f", {restarts} restarts long ago" if restarts else ""
    return Health(
        True, f"all {len(pods)} pods are ready{once}", citations=(pods[0].quote("metadata", "name"),)
    )


def _events_are_well(picture: Picture, workloads: list[Obj]) -> Health | None:
    if not picture.looked_at("events") or any(fresh_warnings(picture, work) for work in workloads):
        return None
    return Health(True, "no warning of late", shown_by=KUBERNETES)


def _logs_are_well(picture: Picture, workloads: list[Obj]) -> Health | None:
    lines = [line for work in workloads for line in fresh_lines(picture, work)]
    errors = sum(line.is_error for line in lines)
    if not lines or errors > max(FEW_ERRORS, TOLERATED_ERRORS * len(lines)) or errors * 2 >= len(lines):
        return None
    return Health(
        True,
        f"{len(lines)} log lines with {errors} errors",
        citations=(lines[-1].quote(),),
        shown_by=frozenset({"logs"}),
    )


def _metrics_are_well(picture: Picture, workloads: list[Obj]) -> Health | None:
    seen = [one for work in workloads for one in series_of(picture, work, "errors", "latency", "traffic")]
    if not seen or not all(_fresh(picture, series_of(picture, work, "traffic")) for work in workloads):
        return None
    if not all(_is_judged(picture, series_of(picture, work, "errors", "latency")) for work in workloads):
        return None
    return Health(
        True,
        "errors, latency and traffic are as before",
        citations=tuple(one.quote() for one in seen[:3]),
        shown_by=frozenset({"metrics"}),
    )


def _is_judged(picture: Picture, series: list[Series]) -> bool:
    """Whether enough samples were taken since it began, where alerts tell when that was."""
    if not picture.frame.alerts or not series:
        return True
    shifts = [shift_of(one, picture) for one in series]
    return any(shift is not None and min(shift.points) >= ENOUGH for shift in shifts)


def _probes_are_well(picture: Picture, workloads: list[Obj]) -> Health | None:
    names = {service.name for work in workloads for service in picture.inventory.services_of(work)}
    tried = [probe for probe in picture.probes if probe.service in names]
    if not tried or not all(probe.ok for probe in tried):
        return None
    return Health(
        True,
        f"{len(tried)} connections succeeded",
        citations=(tried[0].source.quote(tried[0].detail),),
        shown_by=frozenset({"probes.json"}),
    )


def fresh_lines(picture: Picture, workload: Obj) -> list[LogLine]:
    """Log lines of the incident's own time; where lines carry no time, the last of each log."""
    since = picture.frame.now - LATELY
    lines = [line for chunk in picture.logs_of(workload) if not chunk.previous for line in chunk.lines[-500:]]
    timed = [line for line in lines if line.at is not None]
    return [line for line in timed if line.at and line.at >= since] or lines[-20:]


def _missing(picture: Picture, workloads: list[Obj], shown: list[Health]) -> tuple[str, ...]:
    """What has to be collected before health may be claimed."""
    seen = any(not pod.implied for work in workloads for pod in picture.inventory.live_pods_of(work))
    unseen = () if seen else ("the state of the pods",)
    if _mostly_errors(picture, workloads):
        unseen = (*unseen, f"why {_names(workloads)} logs hardly anything but errors")
    if picture.looked_at("metrics/traffic"):
        return (*unseen, *_missing_signals(picture, workloads))
    return (*unseen, *_missing_behaviour(picture, workloads, shown))


def _mostly_errors(picture: Picture, workloads: list[Obj]) -> bool:
    """Whether the logs were read, and most of what stands there are errors."""
    lines = [line for work in workloads for line in fresh_lines(picture, work)]
    return len(lines) >= MANY and sum(line.is_error for line in lines) * 2 >= len(lines)


def _missing_signals(picture: Picture, workloads: list[Obj]) -> Iterator[str]:
    """Where golden signals are collected at all, they have to be there for these workloads too."""
    for name in ("traffic", "errors"):
        if any(not _fresh(picture, series_of(picture, work, name)) for work in workloads):
            yield f"{name} of {_names(workloads)}"
    if not any(picture.logs_of(work) for work in workloads):
        yield "log lines"


def _missing_behaviour(picture: Picture, workloads: list[Obj], shown: list[Health]) -> Iterator[str]:
    """How much has to be shown depends on what is asserted."""
    complaint = "" if _REQUEST.match(picture.frame.complaint) else picture.frame.complaint
    asserted = " ".join([complaint, *(alert.name for alert in picture.frame.alerts)])
    told_of = bool(picture.frame.alerts) or bool(_ILLNESS_OF_TRAFFIC.search(asserted))
    if told_of and _has_unjudged_series(picture) and _metrics_are_well(picture, workloads) is None:
        yield "a healthy past of the recorded series to hold them against"
    if _SLOWNESS.search(asserted) and _metrics_are_well(picture, workloads) is None:
        yield f"latency of {_names(workloads)}: that a port opens does not tell how fast it answers"
    elif told_of and not _behaviour(picture, workloads):
        yield f"errors, latency and traffic of {_names(workloads)}, or its log lines, or connection attempts"
    elif not shown[1:] and _ILLNESS.search(asserted):
        yield "events or log lines"


def _names(workloads: list[Obj]) -> str:
    return ", ".join(sorted(work.name for work in workloads)[:3])


def _has_unjudged_series(picture: Picture) -> bool:
    """Whether series of programs were recorded under names that nothing here reads as traffic, errors or latency."""
    return any(not one.name.startswith(_NOT_OF_PROGRAMS) for one in picture.series)


def _behaviour(picture: Picture, workloads: list[Obj]) -> bool:
    kinds = (_logs_are_well, _metrics_are_well, _probes_are_well)
    return any(kind(picture, workloads) is not None for kind in kinds)


def _fresh(picture: Picture, series: list[Series]) -> bool:
    """Whether one of the series still has points in the present."""
    recent = picture.frame.now.timestamp() - 60
    return any(one.between(recent, picture.frame.now.timestamp() + 1).size for one in series)
