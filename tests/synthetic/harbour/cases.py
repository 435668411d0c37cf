"""Every fault of the second application, the manners in which it is recorded, and its well states; imports no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.synthetic.harbour import business, infrastructure, integration, runtime
from tests.synthetic.harbour.fault import recorded
from tests.synthetic.harbour.place import NOW, Place, stamp

FAULTS = (*infrastructure.FAULTS, *runtime.FAULTS, *integration.FAULTS, *business.FAULTS)


@dataclass(frozen=True)
class Manner:
    """How long after the onset it is recorded, what nobody collected, and whether the cluster has its usual noise."""

    since: timedelta = timedelta(minutes=20)
    without: tuple[str, ...] = ()
    noisy: bool = True


MANNERS = {
    "whole": Manner(),
    "early": Manner(timedelta(minutes=2)),
    "late": Manner(timedelta(hours=2)),
    "no metrics": Manner(without=("metrics",)),
    "no logs": Manner(without=("logs",)),
    "no events": Manner(without=("events",)),
    "quiet": Manner(noisy=False),
}


def _well(change: Callable[[Place], None] = lambda place: None, noisy: bool = True) -> Callable[[], Place]:
    def make() -> Place:
        place = recorded(None, noisy=noisy)
        place.namespace, place.complaint = "booking", "Is everything all right with booking?"
        change(place)
        return place

    return make


def _alerted(place: Place) -> None:
    place.complaint = ""
    place.fires(
        "KubeHpaMaxedOut",
        "",
        "HPA booking/voyages was at its maximum for a while.",
        namespace="booking",
        horizontalpodautoscaler="voyages",
    )


def _latency(place: Place) -> None:
    place.complaint = "Somebody says that quotes were slow for a moment."


def _restarted(place: Place) -> None:
    """A container restarted once, half an hour ago, and has been well since."""
    pod = place.pods("tariffs")[0]
    at = NOW - timedelta(minutes=31)
    pod["status"]["containerStatuses"][0] |= {
        "restartCount": 1,
        "lastState": {"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": stamp(at)}},
        "state": {"running": {"startedAt": stamp(at)}},
    }
    place.event(
        "Pod",
        "booking",
        pod["metadata"]["name"],
        "Unhealthy",
        "Liveness probe failed: HTTP probe failed with statuscode: 500",
        at=at,
        first=at,
        count=3,
    )


def _rolled(place: Place) -> None:
    """A roll-out that ended well an hour ago."""
    at = NOW - timedelta(hours=1)
    for pod in place.pods("quotes"):
        pod["metadata"]["creationTimestamp"] = stamp(at)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": stamp(at)}}
        place.event(
            "Pod",
            "booking",
            pod["metadata"]["name"],
            "Unhealthy",
            'Readiness probe failed: Get "http://10.44.0.14:8080/readyz": dial tcp 10.44.0.14:8080: connect: connection refused',
            at=at,
            first=at,
            count=1,
        )
    place.changes.append(
        {
            "at": stamp(at),
            "kind": "deploy",
            "service": "quotes",
            "revision": "91ab3c",
            "author": "ines",
            "title": "quotes v3.18.3",
            "url": None,
            "diff": None,
        }
    )


def _scaled(place: Place) -> None:
    place.event(
        "HorizontalPodAutoscaler",
        "booking",
        "voyages",
        "SuccessfulRescale",
        "New size: 4; reason: cpu resource utilization (percentage of request) above target",
        at=NOW - timedelta(minutes=12),
        level="Normal",
        count=1,
    )


def _retries(place: Place) -> None:
    place.says(
        "quotes",
        '{"level":"warn","ts":{ts},"msg":"retrying after timeout","attempt":1,"target":"http://loyalty.people:5000"}',
        every=120,
        since=NOW - timedelta(hours=1, minutes=20),
    )


WELL = {
    "quiet": _well(noisy=False),
    "noisy": _well(),
    "a stale alert": _well(_alerted),
    "a moment's latency": _well(_latency),
    "one restart": _well(_restarted),
    "a roll-out that ended": _well(_rolled),
    "the autoscaler at work": _well(_scaled),
    "retries": _well(_retries),
}
