"""What the monitoring of this cluster records all the time, each team in its own dialect; imports no rule."""

from __future__ import annotations

from tests.synthetic.harbour.place import Obj, Place
from tests.synthetic.harbour.services import CALLS, NODES, STORES, TEAMS, address_of

KSM = {"job": "kube-state-metrics", "instance": "10.44.0.88:8080"}
BASE_RATE = 20.0


def watch(place: Place) -> None:
    for space, team in TEAMS.items():
        for name in team.members:
            traffic(place, space, name, team.language)
    for node in NODES:
        worn = {"job": "node-exporter", "instance": f"{address_of(node)}:9100"}
        place.level("node_load5", worn, 3.2 + (len(node) % 5) * 0.4)
        place.level("node_memory_MemAvailable_bytes", worn, 3.1e10)
    for name, owned in place.works.items():
        for pod in place.pods(name):
            _pod(place, pod, owned.name)


def _pod(place: Place, pod: Obj, name: str) -> None:
    space, own = pod["metadata"]["namespace"], pod["metadata"]["name"]
    box = pod["spec"]["containers"][0]["name"]
    worn = {"namespace": space, "pod": own, "container": box}
    running = pod["status"]["phase"] == "Running"
    is_ready = any(
        one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ())
    )
    place.level(
        "kube_pod_container_status_ready",
        {**KSM, **worn},
        float(is_ready),
        1.0 if running or name in STORES else None,
    )
    if is_ready and "memory" not in place.own.get(name, ()):
        place.level(
            "container_memory_working_set_bytes",
            {"job": "kubelet", **worn, "node": pod["spec"].get("nodeName", "")},
            3.1e8,
        )
    if is_ready and "cpu" not in place.own.get(name, ()):
        place.count("container_cpu_usage_seconds_total", {"job": "kubelet", **worn}, 0.31, 0.3)


def traffic(place: Place, space: str, name: str, language: str) -> None:
    failed, slow, busy = place.errors.get(name, 0.0), place.slower.get(name, 1.0), place.busier.get(name, 1.0)
    usual = BASE_RATE * (3 if name == "front-proxy" else 1)
    now = usual * busy
    good, bad = (now * (1 - failed), usual * 0.999), (now * failed + now * 0.001, usual * 0.001)
    took = 0.04
    spent = (now * took * slow, usual * took)
    worn: dict[str, str] = {"namespace": space}
    if language == "go":
        worn |= {
            "reporter": "destination",
            "destination_workload": name,
            "destination_workload_namespace": space,
            "destination_service_name": name,
            "job": "envoy-stats",
            "pod": place.pods(name)[0]["metadata"]["name"] if place.pods(name) else f"{name}-x",
        }
        place.count("istio_requests_total", {**worn, "response_code": "200", "response_flags": "-"}, *good)
        place.count("istio_requests_total", {**worn, "response_code": "503", "response_flags": "-"}, *bad)
        place.count("istio_request_duration_milliseconds_sum", worn, spent[0] * 1000, spent[1] * 1000)
        place.count("istio_request_duration_milliseconds_count", worn, now, usual)
    elif language == "java":
        worn |= {"application": name, "job": name, "uri": "/api/v2/{id}", "method": "POST"}
        place.count(
            "http_server_requests_seconds_count", {**worn, "status": "200", "outcome": "SUCCESS"}, *good
        )
        place.count(
            "http_server_requests_seconds_count", {**worn, "status": "500", "outcome": "SERVER_ERROR"}, *bad
        )
        place.count(
            "http_server_requests_seconds_sum", {**worn, "status": "200", "outcome": "SUCCESS"}, *spent
        )
    elif language == "dotnet":
        worn |= {
            "job": f"{space}/{name}",
            "service_name": name,
            "http_route": "/v1/{id}",
            "http_request_method": "GET",
        }
        place.count(
            "http_server_request_duration_seconds_count", {**worn, "http_response_status_code": "200"}, *good
        )
        place.count(
            "http_server_request_duration_seconds_count", {**worn, "http_response_status_code": "500"}, *bad
        )
        place.count(
            "http_server_request_duration_seconds_sum", {**worn, "http_response_status_code": "200"}, *spent
        )
    elif language == "python":
        worn |= {"job": name, "service": name, "handler": "/v1/items", "method": "GET"}
        place.count("http_requests_total", {**worn, "status": "2xx"}, *good)
        place.count("http_requests_total", {**worn, "status": "5xx"}, *bad)
        place.count("http_request_duration_seconds_sum", worn, *spent)
        place.count("http_request_duration_seconds_count", worn, now, usual)
    else:
        _proxied(place, name, usual)


def _proxied(place: Place, name: str, usual: float) -> None:
    """What Envoy counts of each cluster behind it."""
    for callee in CALLS.get(name, ()):
        worn = {"namespace": "edge", "job": "front-proxy", "envoy_cluster_name": f"{callee}_cluster"}
        failed, busy, slow = (
            place.errors.get(callee, 0.0),
            place.busier.get(callee, 1.0),
            place.slower.get(callee, 1.0),
        )
        place.count(
            "envoy_cluster_upstream_rq_xx",
            {**worn, "envoy_response_code_class": "2"},
            usual * busy * (1 - failed),
            usual,
        )
        place.count(
            "envoy_cluster_upstream_rq_xx",
            {**worn, "envoy_response_code_class": "5"},
            usual * busy * failed + 0.01,
            0.01,
        )
        place.count("envoy_cluster_upstream_rq_time_sum", worn, usual * busy * 40 * slow, usual * 40)
        place.count("envoy_cluster_upstream_rq_time_count", worn, usual * busy, usual)


WORDS = {
    "go": '{"level":"error","ts":{ts},"caller":"%s/client.go:71","msg":"call failed","target":"http://%s","status":503,"error":"unexpected status 503"}',
    "java": "{t} ERROR 1 --- [nio-8081-exec-7] c.h.p.%s.Client : 503 Service Unavailable from POST http://%s/api/v2",
    "dotnet": "{t} fail: Harbour.%s.Client[0] Response status code does not indicate success: 503 (Service Unavailable). http://%s",
    "python": "{t} ERROR %s.client HTTPStatusError: Server error '503 Service Unavailable' for url 'http://%s/v1/items'",
    "envoy": '[{t}] "GET /%s HTTP/2" 503 UF,URX upstream_reset_before_response_started{connection_failure} - 0 91 34 - "-" "-" "%s"',
}  # fmt: skip
SLOW_WORDS = {
    "go": '{"level":"error","ts":{ts},"caller":"%s/client.go:80","msg":"call failed","target":"http://%s","error":"context deadline exceeded (Client.Timeout exceeded while awaiting headers)"}',
    "java": "{t} ERROR 1 --- [nio-8081-exec-3] c.h.p.%s.Client : java.net.SocketTimeoutException: Read timed out POST http://%s/api/v2",
    "dotnet": "{t} fail: Harbour.%s.Client[0] The request was canceled due to the configured HttpClient.Timeout of 5 seconds elapsing. http://%s",
    "python": "{t} ERROR %s.client httpx.ReadTimeout: timed out, url http://%s/v1/items",
    "envoy": '[{t}] "GET /%s HTTP/2" 504 UT upstream_response_timeout - 0 24 15000 - "-" "-" "%s"',
}  # fmt: skip
