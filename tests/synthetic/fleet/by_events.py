"""Faults that events and the state of objects tell, in the words of other runtimes, clouds and distributions; imports no rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.synthetic.fleet.seen import Make, Seen, both
from tests.synthetic.fleet.town import Town
from tests.worlds import NOW, stamp


def waits(name: str, reason: str, message: str, event: str = "Failed") -> Make:
    """The container waits, and the kubelet says why in an event."""

    def make(town: Town) -> None:
        town.waiting(name, reason, message)
        town.on_pods(name, event, message)

    return make


def only_events(name: str, reason: str, message: str) -> Make:
    """Nobody listed pods: events about them are all there is."""

    def make(town: Town) -> None:
        town.on_pods(name, reason, message)
        town.absent.update(("pods", "replicasets", "endpoints"))

    return make


def placing(name: str, message: str, *nodes: Callable[[Town], None], **spec: object) -> Make:
    def make(town: Town) -> None:
        for change in nodes:
            change(town)
        town.change(name, **spec)
        town.unschedulable(name, message)

    return make


def refused(name: str, message: str, *more: Make) -> Make:
    """Its controller may not make pods."""

    def make(town: Town) -> None:
        for one in more:
            one(town)
        town.without_pods(name, "FailedCreate", message)

    return make


def mounting(name: str, message: str, reason: str = "FailedMount") -> Make:
    def make(town: Town) -> None:
        town.waiting(name, "ContainerCreating")
        town.on_pods(name, reason, message)

    return make


def crash(name: str, code: int, message: str = "", *lines: str, reason: str = "Error") -> Make:
    def make(town: Town) -> None:
        town.crashing(name, code, reason, message=message)
        for pod in town.pods_of(name) if lines else ():
            town.log(pod["metadata"]["name"], [f"{stamp(NOW)} {line}" for line in lines], previous=True)

    return make


def probe(
    name: str,
    kind: str,
    words: str,
    kills: bool = False,
    lines: tuple[str, ...] = ("Listening on 0.0.0.0:8080",),
    **handler: object,
) -> Make:
    """A probe that is written otherwise, and what the kubelet says of it."""

    def make(town: Town) -> None:
        field = f"{kind}Probe"
        for container in town.main(name):
            container[field] = {
                **{
                    key: told
                    for key, told in container.get(field, {}).items()
                    if key in ("periodSeconds", "failureThreshold", "timeoutSeconds")
                },
                **handler,
            }
        if kills:
            town.crashing(name, 137, "Error", restarts=7)
            town.on_pods(name, "Killing", f"Container main failed {kind} probe, will be restarted")
        else:
            town.break_pods(name, restartCount=0)
        town.on_pods(name, "Unhealthy", f"{kind.capitalize()} probe {words}")
        for pod in town.pods_of(name):
            town.log(
                pod["metadata"]["name"],
                [f"{stamp(NOW - timedelta(minutes=1))} {line}" for line in lines],
                previous=kills,
            )

    return make


def quota(resource: str, hard: str, used: str) -> Make:
    def make(town: Town) -> None:
        status = {"hard": {resource: hard}, "used": {resource: used}}
        town.named("resourcequotas", "ResourceQuota", "fair", spec={"hard": status["hard"]}, status=status)

    return make


def env_from(name: str, **source: object) -> Make:
    def make(town: Town) -> None:
        for container in town.main(name):
            container.setdefault("env", []).append({"name": "TOLD", "valueFrom": source})

    return make


def well_cpu(town: Town) -> None:
    for container in town.main("pricing"):
        container["resources"] = {"requests": {"cpu": "24", "memory": "256Mi"}}


def service_port(town: Town) -> None:
    town.find("services", "pricing")["spec"]["ports"] = [{"port": 80, "targetPort": 8081}]
    town.attempt("pricing", 80, False, "Connection Failed: connect: connection refused")


def selector(town: Town) -> None:
    town.find("services", "pricing")["spec"]["selector"] = {"app": "pricing-v2"}


def misroute(town: Town) -> None:
    town.named("ingresses", "Ingress", "front", spec={"rules": [{"host": "shop.example", "http": {"paths": [
        {"path": "/orders", "pathType": "Prefix", "backend": {"service": {"name": "order-api", "port": {"number": 80}}}}]}}]})  # fmt: skip
    town.event("Ingress", "front", "Rejected", 'service "market/order-api" not found')


def http_route(town: Town) -> None:
    rules = [{"matches": [{"path": {"type": "PathPrefix", "value": "/orders"}}], "backendRefs": [{"name": "catalog", "port": 80}]},
             {"matches": [{"path": {"type": "PathPrefix", "value": "/catalog"}}], "backendRefs": [{"name": "catalog", "port": 80}]}]  # fmt: skip
    town.named("httproutes", "HTTPRoute", "shop", spec={"parentRefs": [{"name": "public"}], "rules": rules})
    town.says("catalog", "WARN 404 POST /orders no route")


def gateway_variable(town: Town) -> None:
    for container in town.main("edge-gateway"):
        for one in container["env"]:
            if one["name"] == "ORDERS_ADDR":
                one["value"] = "http://catalog.market.svc.cluster.local:80"
    town.says("catalog", "WARN 404 POST /orders: no such route")


def no_class(town: Town) -> None:
    town.named("ingresses", "Ingress", "front", spec={"ingressClassName": "nginx-internal", "rules": [{"http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web-ui", "port": {"number": 80}}}}]}}]})  # fmt: skip
    town.named(
        "ingressclasses",
        "IngressClass",
        "nginx",
        namespaced=False,
        spec={"controller": "k8s.io/ingress-nginx"},
    )


def denied_by_policy(town: Town) -> None:
    spec = {"podSelector": {"matchLabels": {"app": "stock"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "warehouse"}}}]}]}  # fmt: skip
    town.named("networkpolicies", "NetworkPolicy", "stock-only", spec=spec)
    for caller in ("catalog", "basket", "orders"):
        town.says(
            caller,
            "dial tcp 10.96.8.8:80: i/o timeout calling http://stock.market.svc.cluster.local:80/levels",
        )


def cilium_policy(town: Town) -> None:
    spec = {
        "endpointSelector": {"matchLabels": {"app": "stock"}},
        "ingress": [{"fromEndpoints": [{"matchLabels": {"app": "warehouse"}}]}],
    }
    town.named("ciliumnetworkpolicies", "CiliumNetworkPolicy", "stock-only", spec=spec)
    for caller in ("catalog", "basket", "orders"):
        town.says(caller, "Error: connect ETIMEDOUT stock.market.svc.cluster.local:80")


def port_conflict(town: Town) -> None:
    sidecar = {"name": "envoy", "image": "envoyproxy/envoy:v1.31", "ports": [{"containerPort": 8080}]}
    for holder in [town.any_workload("geo")["spec"]["template"], *town.pods_of("geo")]:
        holder["spec"]["containers"] = [*holder["spec"]["containers"], sidecar]
    for pod in town.pods_of("geo"):
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
        ended = {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW)}
        pod["status"]["containerStatuses"].append({"name": "envoy", "ready": False, "restartCount": 6, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}})  # fmt: skip
        town.log(
            pod["metadata"]["name"],
            [
                f"{stamp(NOW)} [critical] error initializing configuration: cannot bind '0.0.0.0:8080': Address in use"
            ],
            container="envoy",
        )


def finalizers(town: Town) -> None:
    told = {"metadata": {"deletionTimestamp": stamp(NOW - timedelta(hours=3))}, "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Terminating", "conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain", "message": "Some content in the namespace has finalizers remaining: widgets.example.com/cleanup in 3 resource instances"}]}}  # fmt: skip
    town.named("namespaces", "Namespace", "old-space", namespaced=False, **told)


def preempted(town: Town) -> None:
    town.on_pods("reports", "Preempted", "Preempted by pod 7c9e1 on node worker-d")
    town.unschedulable(
        "reports",
        "0/11 nodes are available: 11 Insufficient cpu. preemption: 0/11 nodes are available: 11 No preemption victims found for incoming pod.",
    )
    town.named("priorityclasses", "PriorityClass", "urgent", namespaced=False, value=100000)


def evicted(town: Town) -> None:
    for pod in town.pods_of("reports"):
        pod["status"] = {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 71328Ki. Container main was using 901Mi, request is 256Mi, has larger consumption of memory.",
        }
        town.event("Pod", pod["metadata"]["name"], "Evicted", pod["status"]["message"])


def ephemeral(town: Town) -> None:
    for pod in town.pods_of("reports"):
        pod["status"] = {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
        }
        town.event("Pod", pod["metadata"]["name"], "Evicted", pod["status"]["message"])


def cron_missed(town: Town) -> None:
    town.cron_job("settle", "*/5 * * * *", status={"lastScheduleTime": stamp(NOW - timedelta(hours=30))})
    town.event(
        "CronJob",
        "settle",
        "TooManyMissedTimes",
        "too many missed start times: 361. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    )


def cron_suspended(town: Town) -> None:
    town.cron_job(
        "settle", "*/5 * * * *", suspend=True, status={"lastScheduleTime": stamp(NOW - timedelta(hours=30))}
    )
    town.complaint = "The settle job has not run since yesterday."


def job_backoff(town: Town) -> None:
    town.job(
        "closing",
        status={
            "failed": 7,
            "conditions": [
                {
                    "type": "Failed",
                    "status": "True",
                    "reason": "BackoffLimitExceeded",
                    "message": "Job has reached the specified backoff limit",
                }
            ],
        },
    )
    town.job_pod("closing", "closing-a")
    town.event("Job", "closing", "BackoffLimitExceeded", "Job has reached the specified backoff limit")


def job_deadline(town: Town) -> None:
    town.job(
        "closing",
        activeDeadlineSeconds=600,
        status={
            "failed": 1,
            "conditions": [
                {
                    "type": "Failed",
                    "status": "True",
                    "reason": "DeadlineExceeded",
                    "message": "Job was active longer than specified deadline",
                }
            ],
        },
    )
    town.event("Job", "closing", "DeadlineExceeded", "Job was active longer than specified deadline")


def slow_start(town: Town) -> None:
    probe(
        "search",
        "startup",
        "failed: HTTP probe failed with statuscode: 503",
        True,
        ("Loading index 41 %", "Loading index 67 %"),
        httpGet={"path": "/healthz", "port": 8080},
        failureThreshold=3,
        periodSeconds=5,
    )(town)


def balancer(message: str) -> Make:
    def make(town: Town) -> None:
        service = town.find("services", "web-ui")
        service["spec"]["type"] = "LoadBalancer"
        service["status"] = {"loadBalancer": {}}
        town.event("Service", "web-ui", "SyncLoadBalancerFailed", message)

    return make


def seen(cause: str, entity: str, make: Make, form: str = "events") -> Seen:
    return Seen(cause, entity, form, make)


SEEN = (
    seen("incorrect_image_reference", "media", waits("media", "ErrImagePull", 'rpc error: code = NotFound desc = failed to pull and unpack image "ghcr.io/market/media:2.15": failed to resolve reference "ghcr.io/market/media:2.15": ghcr.io/market/media:2.15: not found')),
    seen("incorrect_image_reference", "media", waits("media", "ImagePullBackOff", 'Back-off pulling image "ghcr.io/market/media:2.15": ErrImagePull: initializing source docker://ghcr.io/market/media:2.15: reading manifest 2.15 in ghcr.io/market/media: manifest unknown'), "crio"),
    seen("incorrect_image_reference", "media", only_events("media", "Failed", 'Failed to pull image "nginx:9.99": Error response from daemon: manifest for nginx:9.99 not found: manifest unknown: manifest unknown'), "docker-only-events"),
    seen("missing_image_pull_secret", "media", waits("media", "ErrImagePull", 'failed to pull and unpack image "ghcr.io/market/media:2.15": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized')),
    seen("image_registry_unreachable", "media", waits("media", "ErrImagePull", 'failed to do request: Head "https://harbor.corp.example/v2/media/manifests/2.15": dial tcp 10.20.0.9:443: i/o timeout')),
    seen("image_registry_unreachable", "media", waits("media", "ErrImagePull", 'pinging container registry harbor.corp.example: Get "https://harbor.corp.example/v2/": dial tcp 10.20.0.9:443: connect: no route to host'), "crio"),
    seen("image_registry_unreachable", "media", waits("media", "ErrImagePull", 'Head "https://harbor.corp.example/v2/media/manifests/2.15": received unexpected HTTP status: 503 Service Unavailable'), "503"),
    seen("image_registry_rate_limited", "media", waits("media", "ErrImagePull", 'reading manifest 2.15 in docker.io/market/media: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit')),
    seen("image_registry_rate_limited", "media", waits("media", "ErrImagePull", 'failed to resolve reference "public.ecr.aws/x/media:2": unexpected status from HEAD request: 429 Too Many Requests'), "ecr"),
    seen("image_registry_dns_failure", "media", waits("media", "ErrImagePull", 'pinging container registry harbor.corp.exmple: Get "https://harbor.corp.exmple/v2/": dial tcp: lookup harbor.corp.exmple on 169.254.169.254:53: no such host'), "crio"),
    seen("image_architecture_mismatch", "media", crash("media", 255, "", "exec /usr/local/bin/media: exec format error")),
    seen("image_architecture_mismatch", "media", waits("media", "ErrImagePull", 'choosing image instance: no image found in image index for architecture arm64, variant "v8", OS linux'), "crio-index"),
    seen("missing_secret_binding", "billing", both(env_from("billing", secretKeyRef={"name": "pay-keys", "key": "token"}), waits("billing", "CreateContainerConfigError", 'secret "pay-keys" not found'))),
    seen("missing_secret_binding", "billing", mounting("billing", 'MountVolume.SetUp failed for volume "keys" : references non-existent secret key: tls.key'), "key"),
    seen("missing_secret_binding", "billing", only_events("billing", "FailedMount", 'MountVolume.SetUp failed for volume "keys" : secret "pay-keys" not found'), "only-events"),
    seen("missing_config_map", "geo", only_events("geo", "FailedMount", 'MountVolume.SetUp failed for volume "maps" : configmap "geo-maps" not found'), "only-events"),
    seen("missing_config_map", "geo", both(env_from("geo", configMapKeyRef={"name": "geo-maps", "key": "zoom"}), waits("geo", "CreateContainerConfigError", 'configmap "geo-maps" not found'))),
    seen("missing_config_key", "geo", both(env_from("geo", configMapKeyRef={"name": "geo-maps", "key": "zoom"}), lambda town: town.config_map("geo-maps", {"scale": "3"}), waits("geo", "CreateContainerConfigError", "couldn't find key zoom in ConfigMap market/geo-maps"))),
    seen("container_command_not_found", "tax", crash("tax", 127, 'OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "taxd": executable file not found in $PATH: unknown', reason="ContainerCannotRun")),
    seen("container_command_not_found", "tax", waits("tax", "RunContainerError", 'failed to create containerd task: failed to create shim task: OCI runtime create failed: exec: "/app/taxd": stat /app/taxd: no such file or directory: unknown'), "containerd"),
    seen("container_command_not_found", "tax", waits("tax", "CreateContainerError", 'container create failed: executable file `taxd` not found in $PATH: No such file or directory'), "crun"),
    seen("container_permission_denied", "tax", waits("tax", "CreateContainerError", 'container create failed: open executable: Permission denied'), "crun"),
    seen("container_permission_denied", "tax", waits("tax", "RunContainerError", 'exec: "/app/taxd": permission denied: unknown')),
    seen("container_config_invalid", "tax", waits("tax", "CreateContainerConfigError", "container has runAsNonRoot and image will run as root (pod: \"tax-r1-0_market(1)\", container: main)")),
    seen("application_startup_crash", "texter", crash("texter", 1, "", "Error: Cannot find module '/app/dist/main.js'", "Node.js v20.11.1")),
    seen("application_startup_crash", "texter", crash("texter", 1, "", "***************************", "APPLICATION FAILED TO START", "Description: Parameter 0 of constructor in shop.Texts required a bean of type 'shop.Sender' that could not be found."), "spring"),
    seen("oom_killed", "search", crash("search", 137, reason="OOMKilled")),
    seen("liveness_probe_incorrect_port", "media", probe("media", "liveness", 'failed: Get "http://10.2.3.4:9000/healthz": dial tcp 10.2.3.4:9000: connect: connection refused', True, httpGet={"path": "/healthz", "port": 9000})),
    seen("liveness_probe_incorrect_port", "media", probe("media", "liveness", "failed: dial tcp 10.2.3.4:9000: connect: connection refused", True, tcpSocket={"port": 9000}), "tcp"),
    seen("liveness_probe_incorrect_path", "media", probe("media", "liveness", "failed: HTTP probe failed with statuscode: 404", True, httpGet={"path": "/livez", "port": 8080})),
    seen("liveness_probe_incorrect_protocol", "media", probe("media", "liveness", 'failed: Get "https://10.2.3.4:8080/healthz": http: server gave HTTP response to HTTPS client', True, httpGet={"path": "/healthz", "port": 8080, "scheme": "HTTPS"})),
    seen("liveness_probe_incorrect_protocol", "media", probe("media", "liveness", 'failed: timeout: failed to connect service "10.2.3.4:8080" within 1s: context deadline exceeded', True, grpc={"port": 8080}), "grpc"),
    seen("readiness_probe_incorrect_path", "media", probe("media", "readiness", "failed: HTTP probe failed with statuscode: 404", httpGet={"path": "/ready-check", "port": 8080})),
    seen("readiness_probe_incorrect_port", "media", probe("media", "readiness", "failed: dial tcp 10.2.3.4:9001: connect: connection refused", tcpSocket={"port": 9001}), "tcp"),
    seen("readiness_probe_incorrect_timing", "media", probe("media", "readiness", 'failed: Get "http://10.2.3.4:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', lines=("Listening on 0.0.0.0:8080", "GET /healthz 200 1480ms"), httpGet={"path": "/healthz", "port": 8080}, timeoutSeconds=1, periodSeconds=1, failureThreshold=1)),
    seen("startup_probe_too_short", "search", slow_start),
    seen("namespace_cpu_quota_exceeded", "market", refused("pricing", 'pods "pricing-r1-x" is forbidden: exceeded quota: fair, requested: requests.cpu=100m, used: requests.cpu=20, limited: requests.cpu=20', quota("requests.cpu", "20", "20"))),
    seen("namespace_cpu_quota_exceeded", "market", refused("pricing", 'pods "pricing-r1-x" is forbidden: failed quota: fair: must specify limits.cpu for: main', quota("limits.cpu", "20", "3")), "must-specify"),
    seen("namespace_service_quota_exceeded", "market", both(quota("services", "30", "30"), lambda town: town.event("Service", "new-api", "FailedCreate", 'services "new-api" is forbidden: exceeded quota: fair, requested: services=1, used: services=30, limited: services=30'))),
    seen("limit_range_violation", "pricing", refused("pricing", 'pods "pricing-r1-x" is forbidden: [maximum cpu usage per Container is 500m, but limit is 1, maximum memory usage per Container is 256Mi, but limit is 512Mi]')),
    seen("pod_security_violation", "pricing", refused("pricing", 'pods "pricing-r1-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false)')),
    seen("pod_security_violation", "pricing", refused("pricing", 'pods "pricing-r1-" is forbidden: unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000660000, 1000669999]]'), "openshift-scc"),
    seen("admission_policy_denied", "pricing", refused("pricing", 'admission webhook "validation.gatekeeper.sh" denied the request: [required-labels] you must provide labels: {"owner"}')),
    seen("admission_policy_denied", "pricing", refused("pricing", 'admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/market/pricing-r1-x was blocked due to the following policies disallow-latest-tag: require-image-tag: validation error: An image tag is required.'), "kyverno"),
    seen("admission_policy_denied", "pricing", refused("pricing", 'pods "pricing-r1-x" is forbidden: ValidatingAdmissionPolicy \'need-owner\' with binding \'all\' denied request: every pod needs an owner'), "vap"),
    seen("admission_policy_denied", "pricing", refused("pricing", 'admission webhook "warden-validating.common-webhooks.networking.gke.io" denied the request: GKE Warden rejected the request because it violates one or more constraints. Violations details: {"[denied by autogke-disallow-hostnamespaces]":["enabling hostPID is not allowed in Autopilot."]}'), "gke"),
    seen("admission_webhook_unavailable", "", refused("pricing", 'Internal error occurred: failed calling webhook "sidecar-injector.example.io": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"')),
    seen("missing_service_account", "pricing", refused("pricing", 'pods "pricing-r1-" is forbidden: error looking up service account market/pricer: serviceaccount "pricer" not found')),
    seen("cpu_capacity_mismatch", "pricing", both(well_cpu, placing("pricing", "0/11 nodes are available: 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 8 Insufficient cpu. preemption: 0/11 nodes are available: 3 Preemption is not helpful for scheduling, 8 No preemption victims found for incoming pod."))),
    seen("pod_anti_affinity_conflict", "pricing", placing("pricing", "0/11 nodes are available: 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 8 node(s) didn't match pod anti-affinity rules.", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": {"tier": "back"}}, "topologyKey": "kubernetes.io/hostname"}]}})),
    seen("topology_spread_conflict", "pricing", placing("pricing", "0/11 nodes are available: 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 8 node(s) didn't match pod topology spread constraints (missing required label).", topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "pricing"}}}])),
    seen("pod_evicted", "reports", evicted),
    seen("ephemeral_storage_exceeded", "reports", ephemeral),
    seen("priority_preemption", "reports", preempted),
    seen("volume_attach_failed", "mongo-docs", mounting("mongo-docs", 'AttachVolume.Attach failed for volume "pv-mongo-docs" : rpc error: code = Internal desc = Could not attach volume "vol-0ab" to node "i-09f": attachment of disk failed, expected device to be attached but was attaching', "FailedAttachVolume")),
    seen("volume_attach_failed", "mongo-docs", mounting("mongo-docs", 'Multi-Attach error for volume "pv-mongo-docs" Volume is already exclusively attached to one node and can\'t be attached to another', "FailedAttachVolume"), "multi"),
    seen("volume_mount_failed", "mongo-docs", mounting("mongo-docs", 'MountVolume.MountDevice failed for volume "pv-mongo-docs" : rpc error: code = Internal desc = mount failed: exit status 32 mounting arguments: -t ext4: wrong fs type, bad option, bad superblock on /dev/nvme1n1')),
    seen("volume_mount_failed", "media", mounting("media", 'MountVolume.SetUp failed for volume "shared" : mount failed: exit status 32 mount.nfs: Connection timed out for 10.0.5.5:/export/media'), "nfs"),
    seen("cni_plugin_failure", "worker-c", lambda town: (town.on("worker-c", "geo"), mounting("geo", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9a": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running', "FailedCreatePodSandBox")(town))[0]),
    seen("cni_plugin_failure", "worker-c", lambda town: (town.on("worker-c", "geo"), mounting("geo", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create pod network sandbox k8s_geo: error adding pod market_geo to CNI network "multus-cni-network": plugin type="multus-shim" failed (add): CmdAdd (shim): CNI request failed with status 400', "FailedCreatePodSandBox")(town))[0], "openshift-multus"),
    seen("pod_cidr_exhausted", "worker-c", lambda town: (town.on("worker-c", "geo"), mounting("geo", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9a": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container', "FailedCreatePodSandBox")(town))[0], "eks"),
    seen("pod_cidr_exhausted", "worker-c", lambda town: (town.on("worker-c", "geo"), mounting("geo", 'Failed to create pod sandbox: plugin type="host-local" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.4.3.1-10.4.3.254', "FailedCreatePodSandBox")(town))[0]),
    seen("init_container_failure", "promos", lambda town: _init(town)),
    seen("sidecar_failure", "promos", lambda town: _sidecar(town)),
    seen("service_sidecar_port_conflict", "geo", port_conflict),
    seen("deployment_zero_replicas", "stock", lambda town: (town.any_workload("stock")["spec"].update(replicas=0), town.without_pods("stock"))[0]),
    seen("rollout_stuck", "returns", lambda town: _stuck(town)),
    seen("pdb_blocks_eviction", "stock", lambda town: town.event("Pod", "stock-r1-0", "EvictionBlocked", "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget stock needs 2 healthy pods and has 2 currently")),
    seen("graceful_shutdown_timeout", "returns", lambda town: _slow_end(town)),
    seen("job_backoff_exceeded", "closing", job_backoff),
    seen("job_deadline_exceeded", "closing", job_deadline),
    seen("cronjob_suspended", "settle", cron_suspended),
    seen("cronjob_missed_schedule", "settle", cron_missed),
    seen("namespace_terminating_stuck", "old-space", finalizers),
    seen("service_selector_mismatch", "pricing", selector),
    seen("service_port_mapping_mismatch", "pricing", service_port),
    seen("ingress_misconfigured", "front", misroute),
    seen("gateway_misroute", "", http_route, "http-route"),
    seen("gateway_misroute", "edge-gateway", gateway_variable, "variable"),
    seen("ingress_class_missing", "front", no_class),
    seen("network_policy_blocking", "stock", denied_by_policy),
    seen("network_policy_blocking", "stock", cilium_policy, "cilium"),
    seen("load_balancer_provisioning_failed", "web-ui", balancer("Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB")),
    seen("load_balancer_provisioning_failed", "web-ui", balancer("Error syncing load balancer: failed to ensure load balancer: Retriable: false, HTTPStatusCode: 403, RawError: AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.Network/loadBalancers/write'"), "aks"),
    seen("cloud_quota_exceeded", "", balancer("Error syncing load balancer: googleapi: Error 403: QUOTA_EXCEEDED - Quota 'FORWARDING_RULES' exceeded. Limit: 15.0 globally."), "gke"),
    seen("hpa_metrics_unavailable", "search", lambda town: _scaler(town, "ScalingActive", "False", "FailedGetResourceMetric", "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)")),
    seen("hpa_at_maximum", "search", lambda town: _scaler(town, "ScalingLimited", "True", "TooManyReplicas", "the desired replica count is more than the maximum replica count")),
    seen("storage_provisioner_unavailable", "", lambda town: _claim(town, "waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.")),
    seen("kubelet_unavailable", "worker-c", lambda town: _lost(town, "Kubelet stopped posting node status.")),
    seen("certificate_expired", "", lambda town: town.says("warehouse", 'Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-03-01T11:59:00Z is after 2026-02-27T08:00:00Z (https://10.96.0.1:443/api)')),
    seen("node_disk_pressure", "worker-c", lambda town: town.condition("worker-c", "DiskPressure", "True", "kubelet has disk pressure", "KubeletHasDiskPressure")),
    seen("node_not_ready", "worker-c", lambda town: town.condition("worker-c", "Ready", "False", "container runtime status check may not have completed yet", "KubeletNotReady")),
    seen("containerd_unavailable", "worker-c", lambda town: town.condition("worker-c", "Ready", "False", "[container runtime is down, PLEG is not healthy: pleg was last seen active 12m3s ago; threshold is 3m0s]", "KubeletNotReady"), "pleg"),
    seen("cni_plugin_failure", "worker-c", lambda town: town.condition("worker-c", "Ready", "False", "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized", "KubeletNotReady"), "node"),
)  # fmt: skip


def _init(town: Town) -> None:
    for holder in [town.any_workload("promos")["spec"]["template"], *town.pods_of("promos")]:
        holder["spec"]["initContainers"] = [{"name": "fetch", "image": "ghcr.io/market/fetch:1"}]
    for pod in town.pods_of("promos"):
        state = {
            "waiting": {
                "reason": "CrashLoopBackOff",
                "message": "back-off 5m0s restarting failed container=fetch",
            }
        }
        ended = {"terminated": {"exitCode": 2, "reason": "Error", "finishedAt": stamp(NOW)}}
        pod["status"] = {
            "phase": "Pending", "conditions": [{"type": "Initialized", "status": "False"}, {"type": "Ready", "status": "False"}],
            "initContainerStatuses": [{"name": "fetch", "ready": False, "restartCount": 9, "state": state, "lastState": ended}],
            "containerStatuses": [{"name": "main", "ready": False, "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}}],
        }  # fmt: skip


def _sidecar(town: Town) -> None:
    side = {"name": "linkerd-proxy", "image": "cr.l5d.io/linkerd/proxy:edge-24.11.1"}
    for holder in [town.any_workload("promos")["spec"]["template"], *town.pods_of("promos")]:
        holder["spec"]["containers"] = [side, *holder["spec"]["containers"]]
    for pod in town.pods_of("promos"):
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
        ended = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW)}}
        pod["status"]["containerStatuses"].insert(0, {"name": "linkerd-proxy", "ready": False, "restartCount": 11, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended})  # fmt: skip
        town.log(
            pod["metadata"]["name"],
            [f"{stamp(NOW)} ERROR ThreadId(01) linkerd_app: failed to load trust anchors"],
            container="linkerd-proxy",
            previous=True,
        )


def _stuck(town: Town) -> None:
    owner = town.any_workload("returns")
    owner["status"] = {"replicas": 3, "updatedReplicas": 1, "availableReplicas": 2, "unavailableReplicas": 1, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": 'ReplicaSet "returns-r2" has timed out progressing.'}]}  # fmt: skip


def _slow_end(town: Town) -> None:
    for pod in town.pods_of("returns"):
        pod["metadata"] |= {
            "deletionTimestamp": stamp(NOW - timedelta(minutes=9)),
            "deletionGracePeriodSeconds": 30,
        }
    town.on_pods("returns", "Killing", "Stopping container main")
    town.on_pods(
        "returns",
        "ExceededGracePeriod",
        "Container runtime did not kill the pod within specified grace period.",
    )


def _scaler(town: Town, kind: str, status: str, reason: str, message: str) -> None:
    told = [{"type": kind, "status": status, "reason": reason, "message": message}]
    town.named(
        "horizontalpodautoscalers", "HorizontalPodAutoscaler", "search",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "search"}, "minReplicas": 1, "maxReplicas": 2},
        status={"currentReplicas": 2, "desiredReplicas": 2, "conditions": told},
    )  # fmt: skip


def _claim(town: Town, message: str) -> None:
    town.find("persistentvolumeclaims", "data-mongo-docs-0").update(
        spec={"storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}, status={"phase": "Pending"}
    )  # fmt: skip
    town.named("storageclasses", "StorageClass", "fast", namespaced=False, provisioner="ebs.csi.aws.com")
    town.event("PersistentVolumeClaim", "data-mongo-docs-0", "ExternalProvisioning", message)
    town.unschedulable(
        "mongo-docs", "0/11 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    )


def _lost(town: Town, message: str) -> None:
    for kind in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure"):
        town.condition("worker-c", kind, "Unknown", message, "NodeStatusUnknown")
