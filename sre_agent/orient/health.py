"""Whether what the alerts are about is healthy after all, and whether that could be seen at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sre_agent.catalogue.looking import desired_replicas, series_of
from sre_agent.domain.evidence import Citation
from sre_agent.orient.reach import focus_names
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

FLAPS = 3
"""So many firings within the window make an alert flap."""
FLAP_WINDOW = timedelta(minutes=30)
TOLERATED_ERRORS = 0.01
SLOWER = 1.5


@dataclass(frozen=True)
class Health:
    """`is_healthy` is None where not enough could be seen to say."""

    is_healthy: bool | None
    reason: str
    missing: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


def focus_workloads(picture: Picture) -> list[Obj]:
    """The workloads that the alerts are about; where they name none, all of the namespace."""
    names = focus_names(picture)
    found = [work for work in picture.inventory.workloads if work.name in names]
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
    """Healthy only if everything that would show an illness was looked at, and shows none."""
    workloads = focus_workloads(picture)
    missing = _missing(picture, workloads)
    if ill := next((why for work in workloads if (why := _illness(picture, work))), None):
        return Health(False, ill)
    if missing:
        return Health(None, f"not enough could be seen: {'; '.join(missing)}", missing)
    seen = [one for work in workloads for one in series_of(picture, work, "errors", "latency", "traffic")]
    names = ", ".join(sorted(work.name for work in workloads)[:4])
    return Health(
        True,
        f"every replica of {names} is ready, and errors, latency and logs are as before the alert",
        citations=tuple(one.quote() for one in seen[:3]),
    )


def _missing(picture: Picture, workloads: list[Obj]) -> tuple[str, ...]:
    missing = []
    if not picture.looked_at("pods") or not workloads:
        missing.append("the state of the pods")
    for name in ("traffic", "errors"):
        if any(not _fresh(picture, series_of(picture, work, name)) for work in workloads):
            missing.append(f"{name} of {', '.join(sorted(work.name for work in workloads)[:3])}")
    if not any(picture.logs_of(work) for work in workloads):
        missing.append("log lines")
    return tuple(missing)


def _fresh(picture: Picture, series: list[Series]) -> bool:
    """Whether one of the series still has points in the present."""
    recent = picture.frame.now.timestamp() - 60
    return any(one.between(recent, picture.frame.now.timestamp() + 1).size for one in series)


def _illness(picture: Picture, workload: Obj) -> str | None:
    live = picture.inventory.live_pods_of(workload)
    desired = desired_replicas(workload)
    if desired is not None and sum(is_ready(pod) for pod in live) < desired:
        return f"{workload.ref} has fewer ready pods than the {desired} it should have"
    for one in series_of(picture, workload, "errors"):
        if (shift := shift_of(one, picture)) and shift.during > max(TOLERATED_ERRORS, shift.before * 2):
            return f"{workload.ref} fails {shift.during:.1%} of its requests (before: {shift.before:.1%})"
    for one in series_of(picture, workload, "latency"):
        if (shift := shift_of(one, picture)) and shift.is_marked and (shift.ratio or 0) >= SLOWER:
            return f"{workload.ref} answers in {shift.during:.3f} s (before: {shift.before:.3f} s)"
    return None


def flaps(picture: Picture) -> str | None:
    """Why this is flapping: the alert fired again and again and never for long; None where it did not."""
    end = picture.frame.now.timestamp()
    start = end - FLAP_WINDOW.total_seconds()
    for name in {alert.name for alert in picture.frame.alerts}:
        recent = [one for one in picture.firings if one.alertname == name and one.end >= start]
        if len(recent) >= FLAPS:
            longest = max(one.end - one.start for one in recent)
            return f"{name} fired {len(recent)} times within {FLAP_WINDOW}, for {longest:.0f} s at most"
    return None
