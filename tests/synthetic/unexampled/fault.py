"""One fault of the grocer's shop, and what its callers, alerts, autoscaler and releases show beside it; imports no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.synthetic.harbour.place import NOW, stamp
from tests.synthetic.unexampled.shop import (
    NODES,
    SERVICES,
    SPACE,
    STORES,
    UNITS,
    Shop,
    callers_of,
    furnished,
    language_of,
)

Make = Callable[[Shop], None]


@dataclass(frozen=True)
class Fault:
    """`entities`: names any of which is right; empty where any of its kind will do. `hurts`: whose callers suffer, and how."""

    cause: str
    entities: tuple[str, ...]
    makes: tuple[Make, ...]
    hurts: tuple[str, ...] = ()
    how: str = "errors"
    form: str = ""

    @property
    def name(self) -> str:
        return f"{self.cause}{'-' + self.form if self.form else ''}"


def fault(
    cause: str, entities: str, *makes: Make, hurts: str = "", how: str = "errors", form: str = ""
) -> Fault:
    return Fault(cause, tuple(entities.split()), makes, tuple(hurts.split()), how, form)


COMPLAINTS = {
    "errors": "Service Availability Disruption.", "slow": "Service Performance Degradation.", "down": "Service Availability Disruption.",
    "quiet": "Deployment does not become ready.",
}  # fmt: skip
WORDS = {
    ("go", "errors"): '{"level":"error","time":"{t}","caller":"client/%s.go:88","msg":"downstream call failed","error":"unexpected status 500 Internal Server Error from http://%s/v1"}',
    ("go", "slow"): '{"level":"error","time":"{t}","msg":"downstream call failed","error":"Get \\"http://%s/v1/%s\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"}',
    ("go", "down"): '{"level":"error","time":"{t}","msg":"downstream call failed","error":"Get \\"http://%s/v1\\": dial tcp %s: connect: connection refused"}',
    ("java", "errors"): "{j} ERROR 1 --- [nio-8081-exec-3] c.l.Client : 500 Internal Server Error on GET request for \"http://%s/%s\": [no body]",
    ("java", "slow"): "{j} ERROR 1 --- [nio-8081-exec-9] c.l.Client : I/O error on GET request for \"http://%s/%s\": Read timed out",
    ("java", "down"): "{j} ERROR 1 --- [nio-8081-exec-9] c.l.Client : I/O error on GET request for \"http://%s/%s\": Connection refused",
    ("node", "errors"): '{"level":50,"time":{ts},"pid":1,"msg":"request failed","err":{"type":"AxiosError","message":"Request failed with status code 500","code":"ERR_BAD_RESPONSE","url":"http://%s/%s"}}',
    ("node", "slow"): '{"level":50,"time":{ts},"pid":1,"msg":"request failed","err":{"type":"AxiosError","message":"timeout of 3000ms exceeded","code":"ECONNABORTED","url":"http://%s/%s"}}',
    ("node", "down"): '{"level":50,"time":{ts},"pid":1,"msg":"request failed","err":{"type":"Error","message":"connect ECONNREFUSED %s","code":"ECONNREFUSED","url":"http://%s"}}',
    ("dotnet", "errors"): "{t} fail: Larder.Client[0] HTTP GET http://%s/%s responded 500 Response status code does not indicate success: 500 (Internal Server Error).",
    ("dotnet", "slow"): "{t} fail: Larder.Client[0] http://%s/%s System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured HttpClient.Timeout of 3 seconds elapsing.",
    ("dotnet", "down"): "{t} fail: Larder.Client[0] System.Net.Http.HttpRequestException: Connection refused (%s) http://%s",
    ("envoy", "errors"): '[{t}] "GET /%s HTTP/1.1" 500 - via_upstream - 0 24 31 30 "-" "-" "%s"',
    ("envoy", "slow"): '[{t}] "GET /%s HTTP/1.1" 504 UT response_timeout - 0 24 15000 - "-" "-" "%s"',
    ("envoy", "down"): '[{t}] "GET /%s HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_failure} - 0 91 2 - "-" "-" "%s"',
}  # fmt: skip
CALM = {
    "go": '{"level":"info","time":"{t}","msg":"served","path":"/v1","status":200,"ms":12}', "java": "{j}  INFO 1 --- [nio-8081-exec-2] c.l.Access : GET /v1 200 14ms",
    "node": '{"level":30,"time":{ts},"pid":1,"msg":"request completed","res":{"statusCode":200},"responseTime":21}', "dotnet": "{t} info: Microsoft.AspNetCore.Hosting.Diagnostics[2] Request finished HTTP/1.1 GET http://larder/v1 - 200 - application/json 9.2ms",
    "python": 'INFO:     10.244.1.14:51724 - "GET /v1 HTTP/1.1" 200 OK', "envoy": '[{t}] "GET /shop HTTP/1.1" 200 - via_upstream - 0 812 22 21 "-" "Mozilla/5.0" "shopfront:3000"', "nginx": '10.244.2.7 - - [{clf}] "GET /media/apple.webp HTTP/1.1" 200 20113 "-" "Mozilla/5.0"',
}  # fmt: skip


def recorded(what: Fault | None, since: timedelta = timedelta(minutes=12)) -> Shop:
    """The whole recording; None for a shop that is well."""
    shop = furnished(since)
    _releases(shop)
    _small_talk(shop)
    shop.complaint = COMPLAINTS[what.how] if what else "Is the shop all right?"
    if what:
        for make in what.makes:
            make(shop)
        for name in what.hurts:
            _suffer(shop, name, what.how, 0.6, origin=True)
        _alerts(shop)
    _watch(shop)
    _probes(shop)
    return shop


def _small_talk(shop: Shop) -> None:
    """What its programs said before and go on saying of other requests."""
    for name in SERVICES:
        if language_of(name) in CALM:
            shop.says(name, CALM[language_of(name)], every=40, since=NOW - 2 * shop.since)


def _suffer(shop: Shop, name: str, how: str, share: float, origin: bool = False) -> None:
    """Callers suffer a little less each; a store has no series of requests."""
    if name in SERVICES:
        if how in ("errors", "down"):
            shop.errors[name] = max(share, shop.errors.get(name, 0.0))
        if how == "slow":
            shop.slower[name] = max(30 * share, shop.slower.get(name, 1.0))
    for caller in callers_of(name):
        if name in SERVICES and (
            words := WORDS.get((language_of(caller), how if origin or how != "down" else "errors"))
        ):
            shop.says(caller, words % ((f"{name}:{SERVICES[name][1]}",) * 2), every=12)
        if caller not in shop.errors and caller not in shop.slower:
            _suffer(shop, caller, how if how != "down" else "errors", share * 0.8)


def _alerts(shop: Shop) -> None:
    """On whoever suffers nearest to the shop's visitors, and on one more."""
    for name in [one for one in SERVICES if one in shop.errors][:2]:
        now = shop.errors[name] * 100
        shop.fires("HighErrorRate", "", f"HighErrorRate | {name} success rate: Normal=99.93% -> Current={100 - now:.1f}%", service=name, namespace=SPACE, severity="critical")  # fmt: skip
    for name in [one for one in SERVICES if one in shop.slower][:2]:
        now = shop.slower[name]
        shop.fires("HighLatency", "", f"HighLatency | {name} p95: Normal=41.10ms -> Current={41.1 * now:.1f}ms", service=name, namespace=SPACE, severity="warning")  # fmt: skip


def _releases(shop: Shop) -> None:
    """Releases that have nothing to do with it: some long before, one a little before."""
    for service, title, minutes in (("reviews", "reviews 2.13.9: bump pydantic", 1490.0), ("images", "images: longer cache header", 340.0), ("mailer", "mailer 2.14.0: new footer", 97.0), ("delivery", "delivery 2.14.0: translate labels", 26.0)):  # fmt: skip
        shop.changes.append(
            {"at": stamp(shop.onset - timedelta(minutes=minutes)), "kind": "deploy", "service": service, "revision": f"{hash_of(title)}", "author": "k.ito", "title": title, "url": None, "diff": None}
        )  # fmt: skip


def hash_of(text: str) -> str:
    return f"{sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 16**7:07x}"


USUAL = {"service_cpu_usage_cores": 0.12, "service_memory_working_set_bytes": 2.1e8, "service_cpu_cfs_throttled_seconds": 0.01,
         "service_network_receive_packets_per_second": 61.0, "service_network_transmit_packets_per_second": 54.0}  # fmt: skip


def _watch(shop: Shop) -> None:
    for name in (*SERVICES, *STORES):
        worn = {"namespace": SPACE, "service": name}
        if name in SERVICES:
            busy = shop.busier.get(name, 1.0)
            shop.level("service_requests_per_second", worn, 21.5 * busy, 21.5)
            shop.level("service_request_success_ratio", worn, 0.9993 - shop.errors.get(name, 0.0), 0.9993)
            for quantile, usual in (("0.5", 11.0), ("0.95", 41.1)):
                shop.level("service_latency_milliseconds", {"quantile": quantile, **worn}, usual * shop.slower.get(name, 1.0), usual)  # fmt: skip
        for metric, usual in USUAL.items():
            now = shop.measured.get((metric, name), usual)
            _put(shop, metric, name, usual, now)
    for node in NODES:
        for metric, usual in (("node_cpu_utilization_percent", 14.2), ("node_memory_utilization_percent", 47.0), ("node_tcp_retransmits", 0.4)):  # fmt: skip
            shop.level(metric, {"node": node}, shop.measured.get((metric, node), usual), usual)
        for unit in UNITS:
            _unit(shop, node, unit)


def _put(shop: Shop, metric: str, name: str, usual: float, now: float) -> None:
    worn = {"namespace": SPACE, "service": name}
    if (metric, name) in shop.climbing:
        shop.grows(metric, worn, usual, now)
    else:
        shop.level(metric, worn, now, usual)


def _unit(shop: Shop, node: str, unit: str) -> None:
    state = shop.units.get((node, unit), "active")
    for one in ("active", "activating", "deactivating", "failed", "inactive"):
        found = {"__name__": "node_systemd_unit_state", "node": node, "name": unit, "state": one}
        values = [[NOW.timestamp(), "1" if one == state else "0"]]
        shop.metrics.setdefault("node_systemd_unit_state", []).append({"metric": found, "values": values})


def _probes(shop: Shop) -> None:
    """One attempt at each service, as a person would make it with netcat."""
    ready = {one["metadata"]["name"] for one in shop.endpoints() if any(part.get("addresses") for part in one["subsets"])}  # fmt: skip
    told = {one["to"]["service"] for one in shop.attempts}
    for one in shop.lists["services"]:
        name, port = one["metadata"]["name"], (one["spec"].get("ports") or [{"port": 80}])[0]["port"]
        if name not in told:
            is_open = name in ready
            detail = (
                f"{name} ({one['spec'].get('clusterIP', '')}:{port}) open" if is_open else "Connection Failed"
            )
            shop.attempts.append({"at": None, "from": None, "to": {"namespace": SPACE, "service": name, "port": port}, "ok": is_open, "detail": detail})  # fmt: skip
