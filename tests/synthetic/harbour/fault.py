"""One fault of the second application, how it spreads to callers, and the whole recording of it; imports no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.synthetic.harbour.noise import bustle, furnish
from tests.synthetic.harbour.place import Place
from tests.synthetic.harbour.services import SPACE, STORES, callers_of, host_of, settle
from tests.synthetic.harbour.telemetry import SLOW_WORDS, WORDS, watch

Make = Callable[[Place], None]


@dataclass(frozen=True)
class Fault:
    """`entities`: names any of which is a right answer; empty where any of its kind will do. `hurts`: whose work fails or slows down for it."""

    cause: str
    entities: tuple[str, ...]
    make: Make
    hurts: str = ""
    how: str = "errors"
    form: str = ""
    alert: bool = True
    """Whether monitoring alerts on those who suffer; else the fault brings alerts or a complaint itself."""

    @property
    def name(self) -> str:
        return f"{self.cause}{'-' + self.form if self.form else ''}"


def spread(place: Place, name: str, how: str, share: float = 0.7, origin: bool = True) -> None:
    """The callers of a workload suffer, and theirs in turn, each a little less."""
    if name not in STORES:
        failing = share if how == "errors" else 0.0 if origin else share * 0.3
        place.errors[name] = max(failing, place.errors.get(name, 0.0))
        place.slower[name] = max(1 + share * (30 if how == "slow" else 1), place.slower.get(name, 1.0))
    for caller in callers_of(name):
        if caller not in place.errors:
            _complain(place, caller, name, how)
            spread(place, caller, how, share * 0.75, origin=False)


def _complain(place: Place, caller: str, callee: str, how: str) -> None:
    if callee in STORES:
        return  # what a client of a store says is the fault's own to tell
    words = (SLOW_WORDS if how == "slow" else WORDS)[place.works[caller].language]
    place.says(caller, words % (callee, f"{host_of(callee)}:{place.works[callee].port}"), every=15)


def alarm(place: Place, name: str, how: str) -> None:
    """The alert on whoever stands nearest to those who use the application."""
    sufferer = next(iter(callers_of(name)), name) if name in STORES else name
    space = SPACE[sufferer]
    what = "latency" if how == "slow" else "errors"
    expr = {
        "booking": 'sum by (destination_workload) (rate(istio_requests_total{reporter="destination",response_code=~"5.."}[5m])) / sum by (destination_workload) (rate(istio_requests_total{reporter="destination"}[5m])) > 0.05',
        "payments": 'sum by (application) (rate(http_server_requests_seconds_count{outcome="SERVER_ERROR"}[5m])) / sum by (application) (rate(http_server_requests_seconds_count[5m])) > 0.05',
    }.get(space, 'job:slo_errors:ratio_rate5m > 14.4 * 0.001')  # fmt: skip
    place.fires(
        "ErrorBudgetBurn",
        expr,
        f"{sufferer} burns its {what} budget 14 times too fast.",
        f"{sufferer}: high {what}",
        namespace=space,
        service=sufferer,
        slo=what,
    )


def recorded(
    fault: Fault | None,
    *,
    since: timedelta = timedelta(minutes=20),
    without: tuple[str, ...] = (),
    noisy: bool = True,
) -> Place:
    """The whole recording; `fault` None for a system that is well."""
    place = Place(since=since)
    settle(place)
    furnish(place)
    if noisy:
        bustle(place)
    if fault is not None:
        fault.make(place)
        if fault.hurts:
            spread(place, fault.hurts, fault.how)
            place.namespace = place.namespace or SPACE[fault.hurts]
            if fault.alert:
                alarm(place, fault.hurts, fault.how)
    watch(place)
    place.absent |= set(without)
    return place
