"""Faults of admission, scheduling, images, processes, memory and probes; imports no rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.harbour.fault import Fault, Make
from tests.synthetic.harbour.place import NOW, Place, stamp
from tests.synthetic.harbour.services import NODES

TAINTS = "3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"
NO_HELP = "preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling."


def refused(name: str, words: str, *more: Make) -> Make:
    def make(place: Place) -> None:
        for one in more:
            one(place)
        place.no_pods(name, "FailedCreate", "Error creating: " + words)

    return make


def quota(space: str, resource: str, hard: str, used: str) -> Make:
    def make(place: Place) -> None:
        status = {
            "hard": {resource: hard, "pods": "200"} if resource != "pods" else {"pods": hard},
            "used": {resource: used, "pods": "40"} if resource != "pods" else {"pods": used},
        }
        place.put(
            "resourcequotas",
            "ResourceQuota",
            "fair-share",
            space,
            spec={"hard": status["hard"]},
            status=status,
        )

    return make


def placing(name: str, why: str, *nodes: Make, **spec: object) -> Make:
    def make(place: Place) -> None:
        for change in nodes:
            change(place)
        place.respec(name, **spec)
        place.pending(name, f"0/12 nodes are available: {TAINTS}, {why}. {NO_HELP}")

    return make


def asks(name: str, **requests: str) -> Make:
    def make(place: Place) -> None:
        place.recontain(name, resources={"requests": requests, "limits": requests})

    return make


def tainted(place: Place) -> None:
    for name in NODES:
        place.get("nodes", name)["spec"]["taints"] = [
            {"key": "dedicated", "value": "freight", "effect": "NoSchedule"}
        ]


def cordoned(place: Place) -> None:
    for name in NODES:
        place.get("nodes", name)["spec"] |= {
            "unschedulable": True,
            "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
        }


def pulls(name: str, words: str, reason: str = "ImagePullBackOff") -> Make:
    def make(place: Place) -> None:
        image = place.containers(name)[0]["image"]
        place.stopped(
            name, reason, f'Back-off pulling image "{image}"' if reason == "ImagePullBackOff" else words
        )
        place.on_pods(name, "Failed", f'Failed to pull image "{image}": {words}')
        place.on_pods(name, "Failed", "Error: ErrImagePull")
        place.on_pods(name, "BackOff", f'Back-off pulling image "{image}"', level="Normal")

    return make


def waits(name: str, reason: str, words: str, *more: Make) -> Make:
    def make(place: Place) -> None:
        for one in more:
            one(place)
        place.stopped(name, reason, words)
        place.on_pods(name, "Failed", "Error: " + words)

    return make


def env_from(name: str, **source: object) -> Make:
    def make(place: Place) -> None:
        for box in place.containers(name):
            box.setdefault("env", []).append({"name": "EXTRA", "valueFrom": source})

    return make


def config(name: str, space: str, **data: str) -> Make:
    return lambda place: (place.put("configmaps", "ConfigMap", name, space, data=data), None)[1]


def crash(
    name: str, code: int, *lines: str, reason: str = "Error", message: str = "", restarts: int = 6
) -> Make:
    def make(place: Place) -> None:
        place.crashing(name, code, reason, message=message, restarts=restarts)
        for pod in place.pods(name):
            box = pod["spec"]["containers"][0]["name"]
            key = (pod["metadata"]["namespace"], pod["metadata"]["name"], box, True)
            place.lines[key] = [
                (NOW - timedelta(seconds=28, milliseconds=-number), line) for number, line in enumerate(lines)
            ]

    return make


def probed(name: str, kind: str, words: str, *lines: str, kills: bool = False, **handler: object) -> Make:
    def make(place: Place) -> None:
        for box in place.containers(name):
            box[f"{kind}Probe"] = {"periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 3, **handler}
        if kills:
            place.crashing(name, 143, "Error", restarts=9)
            place.on_pods(
                name,
                "Killing",
                f"Container {place.containers(name)[0]['name']} failed {kind} probe, will be restarted",
                level="Normal",
            )
        else:
            for pod in place.pods(name):
                place.unready(pod, state={"running": {"startedAt": stamp(place.onset)}}, restartCount=0)
        place.on_pods(name, "Unhealthy", f"{kind.capitalize()} probe failed: {words}", count=44)
        for pod in place.pods(name):
            place.young(pod)
            key = (
                pod["metadata"]["namespace"],
                pod["metadata"]["name"],
                pod["spec"]["containers"][0]["name"],
                kills,
            )
            place.lines[key] = [
                (place.onset + timedelta(seconds=number), line) for number, line in enumerate(lines)
            ]

    return make


def sidecar(place: Place) -> None:
    """The mesh's proxy does not come up; the program itself does."""
    for pod in place.pods("availability"):
        place.unready(pod)
        pod["status"]["containerStatuses"][0] |= {"ready": True, "started": True}
        ended = {
            "terminated": {
                "exitCode": 255,
                "reason": "Error",
                "finishedAt": stamp(NOW - timedelta(seconds=22)),
            }
        }
        pod["status"]["containerStatuses"][1] |= {
            "ready": False,
            "started": False,
            "restartCount": 8,
            "lastState": ended,
            "state": {
                "waiting": {
                    "reason": "CrashLoopBackOff",
                    "message": "back-off 5m0s restarting failed container=istio-proxy",
                }
            },
        }
        place.lines[("booking", pod["metadata"]["name"], "istio-proxy", True)] = [
            (
                NOW - timedelta(seconds=25),
                "{t}\tfatal\tca\tfailed to load the root certificate: open ./var/run/secrets/istio/root-cert.pem: no such file or directory",
            )
        ]
    place.on_pods("availability", "BackOff", "Back-off restarting failed container istio-proxy in pod {pod}")


def init_fails(place: Place) -> None:
    first = {"name": "migrate-assets", "image": "registry.harbour.example/platform/assets:3"}
    place.respec("documents", initContainers=[first])
    ended = {
        "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - timedelta(seconds=20))}
    }
    for pod in place.pods("documents"):
        place.stopped_init(pod, first["name"], ended)
        place.lines[("platform", pod["metadata"]["name"], "migrate-assets", True)] = [
            (NOW - timedelta(seconds=22), "tar: assets.tgz: Cannot open: No such file or directory")
        ]
    place.on_pods("documents", "BackOff", "Back-off restarting failed container migrate-assets in pod {pod}")


def port_conflict(place: Place) -> None:
    for holder in [place.owner("wallet")["spec"]["template"], *place.pods("wallet")]:
        holder["spec"]["containers"][1]["ports"] = [{"containerPort": 8081}]
    for pod in place.pods("wallet"):
        place.unready(pod)
        pod["status"]["containerStatuses"][0] |= {"ready": True}
        ended = {
            "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - timedelta(seconds=12))}
        }
        pod["status"]["containerStatuses"][1] |= {
            "ready": False,
            "restartCount": 6,
            "lastState": ended,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }
        place.lines[("payments", pod["metadata"]["name"], "vault-agent", True)] = [
            (
                NOW - timedelta(seconds=13),
                "error initializing listener of type tcp: listen tcp4 0.0.0.0:8081: bind: address already in use",
            )
        ]


def oom(place: Place) -> None:
    place.crashing("render", 137, "OOMKilled", restarts=5)
    for pod in place.pods("render"):
        place.count(
            "container_oom_events_total",
            {
                "namespace": "platform",
                "pod": pod["metadata"]["name"],
                "container": "render",
                "job": "kubelet",
            },
            0.01,
            0,
        )


def gone(name: str, words: str) -> Make:
    """Its pods were evicted; new ones run."""

    def make(place: Place) -> None:
        for pod in place.pods(name)[:1]:
            pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": words, "conditions": []}
            place.event(
                "Pod", pod["metadata"]["namespace"], pod["metadata"]["name"], "Evicted", words, count=1
            )
            place.event(
                "Pod",
                pod["metadata"]["namespace"],
                pod["metadata"]["name"],
                "Killing",
                f"Stopping container {name}",
                count=1,
                level="Normal",
            )

    return make


def preempted(place: Place) -> None:
    place.put("priorityclasses", "PriorityClass", "night-batch", value=1000000)
    for pod in place.pods("geo-index"):
        place.event(
            "Pod",
            "platform",
            pod["metadata"]["name"],
            "Preempted",
            f"Preempted by pod 91c0-4f on node {NODES[0]}",
            count=1,
            source="default-scheduler",
        )
    place.pending(
        "geo-index",
        f"0/12 nodes are available: {TAINTS}, 9 Insufficient cpu. preemption: 0/12 nodes are available: 12 No preemption victims found for incoming pod.",
    )


def pod_series(
    name: str,
    metric: str,
    value: float,
    before: float,
    kind: str = "level",
    marks: str = "",
    /,
    **labels: str,
) -> Make:
    def make(place: Place) -> None:
        for pod in place.pods(name):
            worn = {
                "namespace": pod["metadata"]["namespace"],
                "pod": pod["metadata"]["name"],
                "container": pod["spec"]["containers"][0]["name"],
                **labels,
            }
            if kind == "grows":
                place.grows(metric, worn, before, value)
            elif kind == "count":
                place.count(metric, worn, value, before)
            else:
                place.level(metric, worn, value, before)
        if marks:
            place.own.setdefault(name, set()).add(marks)

    return make


def all_of(*makes: Make) -> Make:
    def make(place: Place) -> None:
        for one in makes:
            one(place)

    return make


def says(name: str, *lines: str, every: float = 20, container: str = "") -> Make:
    return lambda place: place.says(name, *lines, every=every, container=container)


def fires(name: str, expr: str, words: str, /, **labels: str) -> Make:
    return lambda place: place.fires(name, expr, words, **labels)


def zero(place: Place) -> None:
    place.no_pods("fx-rates", "")
    place.owner("fx-rates")["spec"]["replicas"] = 0
    place.owner("fx-rates")["status"] = {
        "observedGeneration": 8,
        "conditions": [{"type": "Available", "status": "True"}],
    }
    place.event(
        "Deployment",
        "payments",
        "fx-rates",
        "ScalingReplicaSet",
        f"Scaled down replica set {place.lists_replica('fx-rates')} to 0 from 2",
        at=place.onset,
        count=1,
        level="Normal",
        source="deployment-controller",
    )


def at_most(place: Place) -> None:
    scaler = place.get("horizontalpodautoscalers", "voyages", "booking")
    scaler["spec"]["maxReplicas"] = 3
    scaler["status"] = {"currentReplicas": 3, "desiredReplicas": 3, "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 141}}}],
                        "conditions": [{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}, {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "message": "the desired replica count is more than the maximum replica count", "lastTransitionTime": stamp(place.onset)}]}  # fmt: skip


def no_metrics(place: Place) -> None:
    scaler = place.get("horizontalpodautoscalers", "login", "people")
    words = "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API"
    scaler["status"]["conditions"] = [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
        {
            "type": "ScalingActive",
            "status": "False",
            "reason": "FailedGetResourceMetric",
            "message": words,
            "lastTransitionTime": stamp(place.onset),
        },
    ]
    place.event(
        "HorizontalPodAutoscaler",
        "people",
        "login",
        "FailedGetResourceMetric",
        words,
        count=81,
        source="horizontal-pod-autoscaler",
    )
    place.fires(
        "KubernetesHPAMetricsUnavailability",
        'kube_horizontalpodautoscaler_status_condition{status="false", condition="ScalingActive"} == 1',
        "HPA people/login is unable to collect metrics",
        horizontalpodautoscaler="login",
        namespace="people",
    )


def stuck(place: Place) -> None:
    owner = place.owner("loyalty")
    owner["status"] = {
        "replicas": 3,
        "updatedReplicas": 1,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "unavailableReplicas": 1,
        "conditions": [
            {
                "type": "Progressing",
                "status": "False",
                "reason": "ProgressDeadlineExceeded",
                "message": 'ReplicaSet "loyalty-9cd7" has timed out progressing.',
                "lastTransitionTime": stamp(place.onset),
            }
        ],
    }
    place.fires(
        "KubeDeploymentRolloutStuck",
        'kube_deployment_status_condition{condition="Progressing", status="false",job="kube-state-metrics"} != 0',
        "Rollout of deployment people/loyalty is not progressing for longer than 15 minutes.",
        deployment="loyalty",
        namespace="people",
    )


def budget(place: Place) -> None:
    guard = place.get("poddisruptionbudgets", "voyages", "booking")
    guard["spec"]["minAvailable"] = 3
    guard["status"] = {"disruptionsAllowed": 0, "currentHealthy": 3, "desiredHealthy": 3, "expectedPods": 3}
    node = place.pods("voyages")[0]["spec"]["nodeName"]
    place.get("nodes", node)["spec"] |= {
        "unschedulable": True,
        "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
    }
    place.event(
        "Node",
        "",
        node,
        "FailedDraining",
        f"error when evicting pods/\"{place.pods('voyages')[0]['metadata']['name']}\" -n \"booking\" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.",
        source="node-drainer",
    )
    place.complaint, place.namespace = f"Draining {node} for the kernel update does not finish.", "booking"


def slow_end(place: Place) -> None:
    pod = place.pods("settlement")[0]
    pod["metadata"] |= {"deletionTimestamp": stamp(place.onset), "deletionGracePeriodSeconds": 30}
    for one in place.pods("settlement"):
        place.event(
            "Pod",
            "payments",
            one["metadata"]["name"],
            "FailedKillPod",
            'error killing pod: failed to "KillContainer" for "app" with KillContainerError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded"',
        )
    place.says(
        "settlement",
        "{t} WARN 1 --- [SpringApplicationShutdownHook] o.s.c.support.DefaultLifecycleProcessor : Shutdown phase 2147483647 ends with 1 bean still running after timeout of 30000ms: [webServerGracefulShutdown]",
    )
    place.namespace = "payments"


def batch(reason: str, words: str, **spec: object) -> Make:
    def make(place: Place) -> None:
        name = "tariff-import-28441"
        template = {
            "metadata": {"labels": {"job-name": name}},
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "import", "image": "registry.harbour.example/booking/import:2"}],
            },
        }
        status = {
            "failed": 4,
            "startTime": stamp(place.onset - timedelta(minutes=10)),
            "conditions": [
                {
                    "type": "Failed",
                    "status": "True",
                    "reason": reason,
                    "message": words,
                    "lastTransitionTime": stamp(place.onset),
                }
            ],
        }
        place.put(
            "jobs",
            "Job",
            name,
            "booking",
            metadata={"age": place.since + timedelta(minutes=10)},
            spec={"backoffLimit": 3, "template": template, **spec},
            status=status,
        )
        place.event("Job", "booking", name, reason, words, at=place.onset, count=1, source="job-controller")
        place.fires(
            "KubeJobFailed",
            'kube_job_failed{job="kube-state-metrics"} > 0',
            f"Job booking/{name} failed to complete. Removing failed job after investigation should clear this alert.",
            job_name=name,
            namespace="booking",
        )

    return make


def cron(suspend: bool, words: str) -> Make:
    def make(place: Place) -> None:
        last = stamp(NOW - timedelta(hours=9))
        place.put(
            "cronjobs",
            "CronJob",
            "tariff-import",
            "booking",
            spec={
                "schedule": "*/10 * * * *",
                "suspend": suspend,
                "startingDeadlineSeconds": 20,
                "jobTemplate": {
                    "spec": {"template": {"spec": {"containers": [{"name": "import", "image": "x"}]}}}
                },
            },
            status={"lastScheduleTime": last, "lastSuccessfulTime": last},
        )
        place.complaint, place.namespace = (
            "tariff-import has not brought new tariffs since this morning.",
            "booking",
        )
        if words:
            place.event(
                "CronJob",
                "booking",
                "tariff-import",
                "MissSchedule",
                words,
                source="cronjob-controller",
                count=31,
            )

    return make


def terminating(place: Place) -> None:
    told: Any = {"metadata": {"deletionTimestamp": stamp(NOW - timedelta(hours=2))}, "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Terminating", "conditions": [{"type": "NamespaceContentRemaining", "status": "True", "reason": "SomeResourcesRemain", "message": "Some resources are remaining: kafkatopics.kafka.strimzi.io has 4 resource instances"},
                                                              {"type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain", "message": "Some content in the namespace has finalizers remaining: strimzi.io/topic-operator in 4 resource instances"}]}}  # fmt: skip
    place.put("namespaces", "Namespace", "preview-812", **told)
    place.complaint, place.namespace = "The namespace preview-812 cannot be removed.", "preview-812"


LISTEN = "{t} INFO Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)"
GO_UP = '{"level":"info","ts":{ts},"msg":"listening","addr":":8080"}'
NET_UP = "{t} info: Microsoft.Hosting.Lifetime[14] Now listening on: http://[::]:5000"

FAULTS = (
    Fault("missing_service_account", ("quotes",), refused("quotes", 'pods "quotes-7d9f-" is forbidden: error looking up service account booking/quotes-sa: serviceaccount "quotes-sa" not found'), "quotes"),
    Fault("namespace_cpu_quota_exceeded", ("platform",), refused("render", 'pods "render-55c-x" is forbidden: exceeded quota: fair-share, requested: limits.cpu=2, used: limits.cpu=40, limited: limits.cpu=40', quota("platform", "limits.cpu", "40", "40")), "render"),
    Fault("namespace_memory_quota_exceeded", ("platform",), refused("render", 'pods "render-55c-x" is forbidden: exceeded quota: fair-share, requested: requests.memory=512Mi, used: requests.memory=64Gi, limited: requests.memory=64Gi', quota("platform", "requests.memory", "64Gi", "64Gi")), "render"),
    Fault("namespace_pod_quota_exceeded", ("platform",), refused("render", 'pods "render-55c-x" is forbidden: exceeded quota: fair-share, requested: pods=1, used: pods=16, limited: pods=16', quota("platform", "pods", "16", "16")), "render"),
    Fault("namespace_storage_quota_exceeded", ("data",), refused("cargo-es", 'create Claim data-cargo-es-2 for Pod cargo-es-2 in StatefulSet cargo-es failed error: persistentvolumeclaims "data-cargo-es-2" is forbidden: exceeded quota: fair-share, requested: requests.storage=100Gi, used: requests.storage=1Ti, limited: requests.storage=1Ti', quota("data", "requests.storage", "1Ti", "1Ti")), "cargo-search"),
    Fault("limit_range_violation", ("quotes",), refused("quotes", 'pods "quotes-7d9f-x" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi', lambda place: (place.put("limitranges", "LimitRange", "sizes", "booking", spec={"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]}), None)[1]), "quotes"),
    Fault("pod_security_violation", ("quotes",), refused("quotes", 'pods "quotes-7d9f-x" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true), hostPort (container "quotes" uses hostPort 8080)'), "quotes"),
    Fault("admission_policy_denied", ("quotes",), refused("quotes", 'admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/booking/quotes-7d9f-x was blocked due to the following policies verify-images: check-signature: image verification failed for registry.harbour.example/booking/quotes:v3.18.2: signature not found'), "quotes"),
    Fault("rbac_permission_denied", ("events-relay",), says("events-relay", '{t} ERROR relay kubernetes.client.exceptions.ApiException: (403) Reason: Forbidden HTTP response body: {"kind":"Status","status":"Failure","message":"leases.coordination.k8s.io \\"relay\\" is forbidden: User \\"system:serviceaccount:platform:default\\" cannot update resource \\"leases\\" in API group \\"coordination.k8s.io\\" in the namespace \\"platform\\"","reason":"Forbidden","code":403}'), "events-relay"),
    Fault("cpu_capacity_mismatch", ("render",), placing("render", "9 Insufficient cpu", asks("render", cpu="24", memory="1Gi")), "render"),
    Fault("memory_capacity_mismatch", ("render",), placing("render", "9 Insufficient memory", asks("render", cpu="1", memory="120Gi")), "render"),
    Fault("node_selector_mismatch", ("render",), placing("render", "9 node(s) didn't match Pod's node affinity/selector", nodeSelector={"karpenter.sh/nodepool": "graphics"}), "render"),
    Fault("node_affinity_mismatch", ("render",), placing("render", "9 node(s) didn't match Pod's node affinity/selector", affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1a"]}]}]}}}), "render"),
    Fault("pod_anti_affinity_conflict", ("render",), placing("render", "9 node(s) didn't match pod anti-affinity rules", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchExpressions": [{"key": "app.kubernetes.io/part-of", "operator": "Exists"}]}, "topologyKey": "kubernetes.io/hostname"}]}}), "render"),
    Fault("topology_spread_conflict", ("render",), placing("render", "9 node(s) didn't match pod topology spread constraints", topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 5, "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "render"}}}]), "render"),
    Fault("taint_toleration_mismatch", ("render",), placing("render", "9 node(s) had untolerated taint {dedicated: freight}", tainted), "render"),
    Fault("node_cordon_mismatch", ("render",), placing("render", "9 node(s) were unschedulable", cordoned), "render"),
    Fault("pod_evicted", ("weather",), gone("weather", "The node was low on resource: memory. Threshold quantity: 100Mi, available: 71Mi. Container weather was using 3Gi, request is 512Mi, has larger consumption of memory. "), "weather"),
    Fault("priority_preemption", ("geo-index",), preempted, "geo-index"),
    Fault("incorrect_image_reference", ("antifraud",), pulls("antifraud", 'rpc error: code = NotFound desc = failed to pull and unpack image "registry.harbour.example/payments/antifraud:2024.11.4": failed to resolve reference "registry.harbour.example/payments/antifraud:2024.11.4": registry.harbour.example/payments/antifraud:2024.11.4: not found'), "antifraud"),
    Fault("image_registry_dns_failure", ("antifraud",), pulls("antifraud", 'failed to do request: Head "https://registry.harbour.example/v2/payments/antifraud/manifests/2024.11.4": dial tcp: lookup registry.harbour.example on 10.20.0.2:53: server misbehaving'), "antifraud"),
    Fault("image_registry_unreachable", ("antifraud",), pulls("antifraud", 'failed to do request: Head "https://registry.harbour.example/v2/payments/antifraud/manifests/2024.11.4": net/http: TLS handshake timeout'), "antifraud"),
    Fault("image_registry_rate_limited", ("antifraud",), pulls("antifraud", "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/x/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit."), "antifraud"),
    Fault("missing_image_pull_secret", ("antifraud",), pulls("antifraud", "failed to resolve reference: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"), "antifraud"),
    Fault("image_architecture_mismatch", ("antifraud",), crash("antifraud", 1, "exec /opt/java/openjdk/bin/java: exec format error"), "antifraud"),
    Fault("missing_secret_binding", ("antifraud",), waits("antifraud", "CreateContainerConfigError", 'secret "antifraud-db" not found', env_from("antifraud", secretKeyRef={"name": "antifraud-db", "key": "password"})), "antifraud"),
    Fault("missing_config_map", ("antifraud",), all_of(lambda place: place.stopped("antifraud", "ContainerCreating"), lambda place: place.on_pods("antifraud", "FailedMount", 'MountVolume.SetUp failed for volume "rules" : configmap "antifraud-rules" not found'), lambda place: place.respec("antifraud", volumes=[{"name": "rules", "configMap": {"name": "antifraud-rules"}}])), "antifraud"),
    Fault("missing_config_key", ("antifraud",), waits("antifraud", "CreateContainerConfigError", "couldn't find key threshold in ConfigMap payments/antifraud-rules", env_from("antifraud", configMapKeyRef={"name": "antifraud-rules", "key": "threshold"}), config("antifraud-rules", "payments", limit="3")), "antifraud"),
    Fault("container_command_not_found", ("antifraud",), crash("antifraud", 128, reason="StartError", message='failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/opt/run.sh": stat /opt/run.sh: no such file or directory: unknown'), "antifraud"),
    Fault("container_permission_denied", ("antifraud",), crash("antifraud", 126, reason="StartError", message='failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/opt/run.sh": permission denied: unknown'), "antifraud"),
    Fault("container_config_invalid", ("antifraud",), waits("antifraud", "CreateContainerConfigError", "container's runAsUser breaks non-root policy (pod: \"antifraud-6b_payments(1)\", container: app)"), "antifraud"),
    Fault("application_startup_crash", ("preferences",), crash("preferences", 134, "Unhandled exception. System.InvalidOperationException: Unable to resolve service for type 'Harbour.IClock' while attempting to activate 'Harbour.Preferences.Store'.", "   at Microsoft.Extensions.DependencyInjection.ServiceProvider.GetService(Type serviceType)", "   at Program.<Main>$(String[] args) in /src/Program.cs:line 31"), "preferences"),
    Fault("application_startup_crash", ("voyages",), crash("voyages", 2, "panic: invalid configuration: PORT must be a number", "goroutine 1 [running]:", "main.main()", "\t/src/cmd/voyages/main.go:41 +0x1d4"), "voyages", form="go"),
    Fault("init_container_failure", ("documents",), init_fails, "documents"),
    Fault("sidecar_failure", ("availability",), sidecar, "availability"),
    Fault("service_sidecar_port_conflict", ("wallet",), port_conflict, "wallet"),
    Fault("oom_killed", ("render",), oom, "render"),
    Fault("memory_leak", ("ledger-api",), all_of(pod_series("ledger-api", "container_memory_working_set_bytes", 1.05e9, 4.1e8, "grows", "memory", job="kubelet"), pod_series("ledger-api", "jvm_memory_used_bytes", 9.0e8, 2e8, "grows", area="heap", id="G1 Old Gen"), fires("ContainerMemoryNearLimit", "container_memory_working_set_bytes / on (namespace, pod, container) kube_pod_container_resource_limits{resource=\"memory\"} > 0.9", "Memory of container app in ledger-api keeps growing.", namespace="payments", container="app")), "ledger-api", "slow"),
    Fault("file_descriptor_exhaustion", ("voyages",), all_of(says("voyages", '{"level":"error","ts":{ts},"msg":"http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s"}'), pod_series("voyages", "process_open_fds", 1024, 90), pod_series("voyages", "process_max_fds", 1024, 1024)), "voyages"),
    Fault("thread_pool_exhaustion", ("ledger-api",), all_of(says("ledger-api", "{t} ERROR 1 --- [http-nio-8081-Acceptor] o.a.t.util.net.Acceptor : java.util.concurrent.RejectedExecutionException: Task org.apache.tomcat rejected from org.apache.tomcat.util.threads.ThreadPoolExecutor[Running, pool size = 200, active threads = 200, queued tasks = 100]"), pod_series("ledger-api", "tomcat_threads_busy_threads", 200, 8), pod_series("ledger-api", "tomcat_threads_config_max_threads", 200, 200)), "ledger-api", "slow"),
    Fault("garbage_collection_pressure", ("ledger-api",), all_of(pod_series("ledger-api", "jvm_gc_pause_seconds_sum", 0.71, 0.004, "count", action="end of major GC", cause="G1 Compaction Pause"), pod_series("ledger-api", "jvm_gc_overhead", 0.71, 0.004)), "ledger-api", "slow"),
    Fault("ephemeral_storage_exceeded", ("render",), gone("render", "Container render exceeded its local ephemeral storage limit \"2Gi\". "), "render"),
    Fault("pod_cpu_overload", ("render",), all_of(pod_series("render", "container_cpu_usage_seconds_total", 1.99, 0.3, "count", "cpu", job="kubelet"), pod_series("render", "kube_pod_container_resource_limits", 2, 2, resource="cpu", job="kube-state-metrics")), "render", "slow"),
    Fault("cpu_throttling", ("fx-rates",), all_of(pod_series("fx-rates", "container_cpu_cfs_throttled_periods_total", 8.8, 0.1, "count", job="kubelet"), pod_series("fx-rates", "container_cpu_cfs_periods_total", 10, 10, "count", job="kubelet"), pod_series("fx-rates", "container_cpu_usage_seconds_total", 0.098, 0.09, "count", "cpu", job="kubelet"), lambda place: place.recontain("fx-rates", resources={"limits": {"cpu": "100m"}, "requests": {"cpu": "50m"}})), "fx-rates", "slow"),
    Fault("liveness_probe_incorrect_port", ("preferences",), probed("preferences", "liveness", 'Get "http://10.44.0.31:5001/health/live": dial tcp 10.44.0.31:5001: connect: connection refused', NET_UP, kills=True, httpGet={"path": "/health/live", "port": 5001}), "preferences"),
    Fault("liveness_probe_incorrect_path", ("preferences",), probed("preferences", "liveness", "HTTP probe failed with statuscode: 404", NET_UP, kills=True, httpGet={"path": "/alive", "port": 5000}), "preferences"),
    Fault("liveness_probe_incorrect_protocol", ("preferences",), probed("preferences", "liveness", 'Get "https://10.44.0.31:5000/health/live": http: server gave HTTP response to HTTPS client', NET_UP, kills=True, httpGet={"path": "/health/live", "port": 5000, "scheme": "HTTPS"}), "preferences"),
    Fault("liveness_probe_incorrect_timing", ("ledger-api",), probed("ledger-api", "liveness", 'Get "http://10.44.0.31:8081/actuator/health/liveness": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', "{t} INFO 1 --- [main] c.h.Ledger : Starting Ledger using Java 21", "{t} INFO 1 --- [main] o.h.jpa.internal : HHH000204: Processing PersistenceUnitInfo", kills=True, httpGet={"path": "/actuator/health/liveness", "port": 8081}, initialDelaySeconds=1, periodSeconds=1, timeoutSeconds=1, failureThreshold=1), "ledger-api"),
    Fault("readiness_probe_incorrect_port", ("voyages",), probed("voyages", "readiness", 'Get "http://10.44.0.31:8079/readyz": dial tcp 10.44.0.31:8079: connect: connection refused', GO_UP, httpGet={"path": "/readyz", "port": 8079}), "voyages"),
    Fault("readiness_probe_incorrect_path", ("voyages",), probed("voyages", "readiness", "HTTP probe failed with statuscode: 404", GO_UP, httpGet={"path": "/ready", "port": 8080}), "voyages"),
    Fault("readiness_probe_incorrect_protocol", ("voyages",), probed("voyages", "readiness", 'Get "https://10.44.0.31:8080/readyz": http: server gave HTTP response to HTTPS client', GO_UP, httpGet={"path": "/readyz", "port": 8080, "scheme": "HTTPS"}), "voyages"),
    Fault("startup_probe_too_short", ("ledger-api",), probed("ledger-api", "startup", 'Get "http://10.44.0.31:8081/actuator/health": dial tcp 10.44.0.31:8081: connect: connection refused', "{t} INFO 1 --- [main] c.h.Ledger : Starting Ledger using Java 21", "{t} INFO 1 --- [main] liquibase : Reading from databasechangelog", kills=True, httpGet={"path": "/actuator/health", "port": 8081}, failureThreshold=2, periodSeconds=5), "ledger-api"),
    Fault("deployment_zero_replicas", ("fx-rates",), zero, "fx-rates"),
    Fault("hpa_at_maximum", ("voyages",), at_most, "voyages", "slow"),
    Fault("hpa_metrics_unavailable", ("login",), no_metrics),
    Fault("rollout_stuck", ("loyalty",), stuck),
    Fault("pdb_blocks_eviction", ("voyages",), budget),
    Fault("graceful_shutdown_timeout", ("settlement",), slow_end),
    Fault("job_backoff_exceeded", ("tariff-import-28441",), batch("BackoffLimitExceeded", "Job has reached the specified backoff limit")),
    Fault("job_deadline_exceeded", ("tariff-import-28441",), batch("DeadlineExceeded", "Job was active longer than specified deadline", activeDeadlineSeconds=600)),
    Fault("cronjob_suspended", ("tariff-import",), cron(True, "")),
    Fault("cronjob_missed_schedule", ("tariff-import",), cron(False, "Missed scheduled time to start a job: Tue, 09 Feb 2027 13:50:00 UTC")),
    Fault("namespace_terminating_stuck", ("preview-812",), terminating),
)  # fmt: skip
