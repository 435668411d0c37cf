"""Faults of machines, networks, volumes and the control plane; imports no rule."""

from __future__ import annotations

from datetime import timedelta

from tests.synthetic.harbour.fault import Fault, Make
from tests.synthetic.harbour.place import NOW, Place, stamp
from tests.synthetic.harbour.services import MASTERS, NODES, address_of

ILL = NODES[4]
IP = address_of(ILL)


def on_ill(place: Place) -> list[dict]:  # type: ignore[type-arg]
    return [pod for pod in place.lists["pods"] if pod["spec"].get("nodeName") == ILL]


def lost(place: Place, *, scraped: bool = True) -> None:
    """What the node controller does when a kubelet is silent; pods of render stand there."""
    for pod in place.pods("render"):
        pod["spec"]["nodeName"] = ILL
    since = stamp(place.onset)
    node = place.get("nodes", ILL)
    for one in node["status"]["conditions"]:
        one |= {
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": since,
        }
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": since}
    ]
    place.event(
        "Node",
        "",
        ILL,
        "NodeNotReady",
        f"Node {ILL} status is now: NodeNotReady",
        count=1,
        level="Normal",
        source="node-controller",
    )
    for pod in on_ill(place):
        for one in pod["status"]["conditions"]:
            if one["type"] == "Ready":
                one |= {"status": "False", "lastTransitionTime": since}
        place.event(
            "Pod",
            pod["metadata"]["namespace"],
            pod["metadata"]["name"],
            "NodeNotReady",
            "Node is not ready",
            count=1,
            source="node-controller",
        )
    if scraped:
        _unscraped(place)


def _unscraped(place: Place) -> None:
    place.level("up", {"job": "kubelet", "instance": f"{IP}:10250", "node": ILL}, 0.0, 1.0)
    for node in NODES:
        place.level("up", {"job": "node-exporter", "instance": f"{address_of(node)}:9100", "node": node}, 1.0)


def kubelet(place: Place) -> None:
    lost(place)
    place.level(
        "node_systemd_unit_state",
        {"job": "node-exporter", "instance": f"{IP}:9100", "name": "kubelet.service", "state": "failed"},
        1.0,
        0.0,
    )
    place.level(
        "node_systemd_unit_state",
        {"job": "node-exporter", "instance": f"{IP}:9100", "name": "kubelet.service", "state": "active"},
        0.0,
        1.0,
    )
    place.fires(
        "KubeletDown",
        'absent(up{job="kubelet", metrics_path="/metrics"} == 1)',
        f"Kubelet on {ILL} has disappeared from Prometheus target discovery.",
        node=ILL,
    )


def containerd(place: Place) -> None:
    words = "container runtime is down, PLEG is not healthy: pleg was last seen active 6m12.9s ago; threshold is 3m0s"
    for one in place.get("nodes", ILL)["status"]["conditions"]:
        if one["type"] == "Ready":
            one |= {
                "status": "False",
                "reason": "KubeletNotReady",
                "message": f"[{words}]",
                "lastTransitionTime": stamp(place.onset),
            }
    place.event(
        "Node",
        "",
        ILL,
        "ContainerGCFailed",
        'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
    )
    place.fires(
        "KubeNodeNotReady",
        'kube_node_status_condition{condition="Ready",status="true"} == 0',
        f"{ILL} has been unready for more than 15 minutes.",
        node=ILL,
        condition="Ready",
    )


def proxy(place: Place) -> None:
    pod = next(pod for pod in place.pods("kube-proxy") if pod["spec"]["nodeName"] == ILL)
    ended = {
        "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - timedelta(seconds=50))}
    }
    place.unready(
        pod,
        state={
            "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
        },
        lastState=ended,
        restartCount=7,
    )
    place.lines[("kube-system", pod["metadata"]["name"], "kube-proxy", True)] = [
        (
            NOW - timedelta(seconds=50),
            'E0209 14:19:10.118231       1 server.go:494] "Error running ProxyServer" err="can\'t set sysctl net/netfilter/nf_conntrack_max to 524288: open /proc/sys/net/netfilter/nf_conntrack_max: permission denied"',
        )
    ]
    place.event(
        "Pod",
        "kube-system",
        pod["metadata"]["name"],
        "BackOff",
        "Back-off restarting failed container kube-proxy in pod " + pod["metadata"]["name"],
    )
    place.fires(
        "KubePodCrashLooping",
        'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
        "Pod kube-system/kube-proxy is in waiting state (reason: CrashLoopBackOff).",
        namespace="kube-system",
        pod=pod["metadata"]["name"],
        container="kube-proxy",
    )
    place.namespace = "kube-system"


def scheduler(place: Place) -> None:
    for master in MASTERS:
        place.level("up", {"job": "kube-scheduler", "instance": f"{address_of(master)}:10259"}, 0.0, 1.0)
        place.level("up", {"job": "kube-controller-manager", "instance": f"{address_of(master)}:10257"}, 1.0)
    for pod in place.pods("documents"):
        pod["spec"].pop("nodeName", None)
        pod["status"] = {"phase": "Pending", "conditions": [], "qosClass": "Burstable"}
        place.young(pod)
    place.lists["events"] = [one for one in place.lists["events"] if one["reason"] != "FailedScheduling"]


def manager(place: Place) -> None:
    for master in MASTERS:
        place.level(
            "up", {"job": "kube-controller-manager", "instance": f"{address_of(master)}:10257"}, 0.0, 1.0
        )
        place.level("up", {"job": "kube-scheduler", "instance": f"{address_of(master)}:10259"}, 1.0)
    place.fires(
        "KubeControllerManagerDown",
        'absent(up{job="kube-controller-manager"} == 1)',
        "KubeControllerManager has disappeared from Prometheus target discovery.",
    )


def apiserver(place: Place) -> None:
    for master in MASTERS:
        place.level("up", {"job": "apiserver", "instance": f"{address_of(master)}:6443"}, 0.0, 1.0)
    place.says(
        "coredns",
        '[ERROR] plugin/kubernetes: Unhandled Error: failed to list *v1.Service: Get "https://172.20.0.1:443/api/v1/services": dial tcp 172.20.0.1:443: connect: connection refused',
    )
    place.says(
        "cilium",
        'level=error msg="Unable to contact k8s api-server" error="Get \\"https://172.20.0.1:443/api/v1/namespaces/kube-system\\": dial tcp 172.20.0.1:443: connect: connection refused" subsys=k8s-client',
    )
    place.fires(
        "KubeAPIDown",
        'absent(up{job="apiserver"} == 1)',
        "KubeAPI has disappeared from Prometheus target discovery.",
    )


def etcd(place: Place) -> None:
    for number, master in enumerate(MASTERS):
        worn = {"job": "kube-etcd", "instance": f"{address_of(master)}:2381"}
        place.level("etcd_server_has_leader", worn, 0.0 if number else 1.0, 1.0)
        place.count("etcd_server_proposals_failed_total", worn, 0.6, 0)
    place.fires(
        "etcdInsufficientMembers",
        'sum(up{job=~".*etcd.*"} == bool 1) without (instance) < ((count(up{job=~".*etcd.*"}) without (instance) + 1) / 2)',
        'etcd cluster "kube-etcd": insufficient members (1).',
        job="kube-etcd",
    )


def throttled(place: Place) -> None:
    place.count(
        "apiserver_flowcontrol_rejected_requests_total",
        {
            "job": "apiserver",
            "flow_schema": "service-accounts",
            "priority_level": "workload-low",
            "reason": "queue-full",
        },
        31,
        0,
    )
    place.says(
        "ebs-csi-controller",
        "I0209 14:11:02.331201       1 request.go:700] Waited for 14.203181s due to client-side throttling, not priority and fairness, request: GET:https://172.20.0.1:443/apis/storage.k8s.io/v1/volumeattachments",
    )
    place.says(
        "istiod",
        "{t}\twarn\tk8s.io/client-go/rest: Too many requests: the server has received too many requests and has asked us to try again later (get pods)",
    )
    place.fires(
        "KubeClientErrors",
        '(sum(rate(rest_client_requests_total{job="apiserver",code=~"429"}[5m])) by (cluster, instance, job, namespace)) > 0.01',
        "Kubernetes API server client is experiencing 41% errors (429).",
        job="apiserver",
    )


def dns(place: Place) -> None:
    for pod in place.pods("coredns"):
        place.unready(pod, restartCount=0)
    place.says(
        "coredns",
        "[ERROR] plugin/errors: 2 charges.payments.svc.cluster.local. A: read udp 10.44.1.30:41002->10.20.0.2:53: i/o timeout",
    )
    place.on_pods("coredns", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
    for name, line in (
        (
            "voyages",
            '{"level":"error","ts":{ts},"msg":"call failed","error":"dial tcp: lookup availability.booking.svc.cluster.local on 172.20.0.10:53: read udp 10.44.0.12:39211->172.20.0.10:53: i/o timeout"}',
        ),
        (
            "charges",
            "{t} ERROR 1 --- [nio-8081-exec-7] c.h.p.Client : java.net.UnknownHostException: antifraud.payments.svc.cluster.local: Temporary failure in name resolution",
        ),
        (
            "login",
            "{t} fail: Harbour.Login.Client[0] System.Net.Sockets.SocketException (00000001, 11): Resource temporarily unavailable (members.people.svc.cluster.local:5000) Name or service not known",
        ),
        ("events-relay", "{t} ERROR relay socket.gaierror: [Errno -3] Temporary failure in name resolution"),
    ):
        place.says(name, line)


def cni(place: Place) -> None:
    words = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "71bd": plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory. Is the agent running?'
    for name in ("documents", "render"):
        for pod in place.pods(name):
            pod["spec"]["nodeName"] = ILL
        place.stopped(name, "ContainerCreating")
        place.on_pods(name, "FailedCreatePodSandBox", words)


def addresses(place: Place) -> None:
    words = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0a12": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container'
    for pod in place.pods("documents"):
        pod["spec"]["nodeName"] = ILL
    place.stopped("documents", "ContainerCreating")
    place.on_pods("documents", "FailedCreatePodSandBox", words)


def webhook(place: Place) -> None:
    place.put(
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        "istio-sidecar-injector",
        webhooks=[
            {
                "name": "namespace.sidecar-injector.istio.io",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"namespace": "istio-system", "name": "istiod", "port": 443}},
            }
        ],
    )
    words = 'Error creating: Internal error occurred: failed calling webhook "namespace.sidecar-injector.istio.io": failed to call webhook: Post "https://istiod.istio-system.svc:443/inject?timeout=10s": context deadline exceeded'
    place.no_pods("quotes", "FailedCreate", words)
    place.no_pods("berths", "FailedCreate", words)


def control_certificate(place: Place) -> None:
    place.says(
        "ebs-csi-controller",
        'E0209 14:12:00.120391       1 reflector.go:150] failed to list *v1.Node: Get "https://172.20.0.1:443/api/v1/nodes": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-02-09T14:12:00Z is after 2027-02-09T14:00:00Z',
    )
    place.says(
        "metrics-server",
        'E0209 14:13:00.110301       1 scraper.go:149] "Failed to scrape node" err="Get \\"https://10.20.4.63:10250/metrics/resource\\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-02-09T14:13:00Z is after 2027-02-09T14:00:00Z"',
    )
    place.fires(
        "KubeClientCertificateExpiration",
        'apiserver_client_certificate_expiration_seconds_count{job="apiserver"} > 0 and on (job) histogram_quantile(0.01, sum by (job, le) (rate(apiserver_client_certificate_expiration_seconds_bucket{job="apiserver"}[5m]))) < 86400',
        "A client certificate used to authenticate to kubernetes apiserver is expiring in less than 24.0 hours.",
        job="apiserver",
    )


def not_ready(place: Place) -> None:
    lost(place, scraped=False)
    for one in place.get("nodes", ILL)["status"]["conditions"]:
        if one["type"] == "Ready":
            one |= {"status": "False", "reason": "KubeletNotReady", "message": "node is shutting down"}


def pressure(kind: str, words: str, event: str) -> Make:
    def make(place: Place) -> None:
        for one in place.get("nodes", ILL)["status"]["conditions"]:
            if one["type"] == kind:
                one |= {
                    "status": "True",
                    "message": words,
                    "reason": f"KubeletHas{event}",
                    "lastTransitionTime": stamp(place.onset),
                }
        place.event(
            "Node",
            "",
            ILL,
            f"NodeHas{event}",
            f"Node {ILL} status is now: NodeHas{event}",
            count=1,
            level="Normal",
        )
        resource = {"MemoryPressure": "memory", "DiskPressure": "ephemeral-storage", "PIDPressure": "pids"}[
            kind
        ]
        place.event("Node", "", ILL, "EvictionThresholdMet", f"Attempting to reclaim {resource}")
        for pod in [one for one in on_ill(place) if one["metadata"]["namespace"] in ("platform", "people")][
            :2
        ]:
            pod["status"] |= {
                "phase": "Failed",
                "reason": "Evicted",
                "message": f"The node was low on resource: {resource}. Threshold quantity: 100Mi, available: 8120Ki. ",
            }
            place.event(
                "Pod",
                pod["metadata"]["namespace"],
                pod["metadata"]["name"],
                "Evicted",
                pod["status"]["message"],
                count=1,
            )

    return make


def per_node(metric: str, ill: float, well: float, *, counted: bool = False, **labels: str) -> Make:
    def make(place: Place) -> None:
        for pod in place.pods("render"):
            pod["spec"]["nodeName"] = ILL
        for node in NODES:
            worn = {"job": "node-exporter", "instance": f"{address_of(node)}:9100", **labels}
            value = ill if node == ILL else well
            if counted:
                place.count(metric, worn, value, well)
            else:
                place.level(metric, worn, value, well)

    return make


def cpu(place: Place) -> None:
    for node in NODES:
        for core in range(2):
            worn = {"job": "node-exporter", "instance": f"{address_of(node)}:9100", "cpu": str(core)}
            place.count("node_cpu_seconds_total", {**worn, "mode": "idle"}, 0.01 if node == ILL else 0.7, 0.7)
            place.count(
                "node_cpu_seconds_total", {**worn, "mode": "user"}, 0.97 if node == ILL else 0.25, 0.25
            )
    place.fires(
        "NodeCPUHighUsage",
        'sum without(mode) (avg without (cpu) (rate(node_cpu_seconds_total{job="node-exporter", mode!~"idle|iowait"}[2m]))) * 100 > 90',
        f"CPU usage at {IP}:9100 has been above 90% for the last 15 minutes, is currently at 99.01%.",
        instance=f"{IP}:9100",
        job="node-exporter",
    )


def io(place: Place) -> None:
    per_node("node_disk_io_time_seconds_total", 0.999, 0.03, counted=True, device="nvme1n1")(place)
    per_node("node_disk_io_time_weighted_seconds_total", 61, 0.05, counted=True, device="nvme1n1")(place)
    place.fires(
        "NodeDiskIOSaturation",
        'rate(node_disk_io_time_weighted_seconds_total{job="node-exporter", device=~"(nvme.+)"}[5m]) > 10',
        f"Disk IO queue (aqu-sq) is high on nvme1n1 at {IP}:9100",
        instance=f"{IP}:9100",
        device="nvme1n1",
    )


def cut_off(place: Place) -> None:
    for pod in place.pods("render"):
        pod["spec"]["nodeName"] = ILL
    place.get("nodes", ILL)["status"]["conditions"].append(
        {
            "type": "NetworkUnavailable",
            "status": "True",
            "reason": "CiliumIsNotUp",
            "message": "Cilium agent is not ready",
            "lastTransitionTime": stamp(place.onset),
        }
    )
    place.get("nodes", ILL)["spec"]["taints"] = [
        {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}
    ]


def mounting(name: str, reason: str, words: str) -> Make:
    def make(place: Place) -> None:
        place.stopped(name, "ContainerCreating")
        place.on_pods(name, reason, words)

    return make


def full(place: Place) -> None:
    claim = "data-members-mongo-0"
    worn = {
        "namespace": "data",
        "persistentvolumeclaim": claim,
        "job": "kubelet",
        "node": NODES[0],
        "instance": "10.20.3.41:10250",
    }
    place.grows("kubelet_volume_stats_available_bytes", worn, 2.1e10, 40960)
    place.level("kubelet_volume_stats_capacity_bytes", worn, 1.05e11)
    place.fires(
        "KubePersistentVolumeFillingUp",
        "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.15 and kubelet_volume_stats_used_bytes > 0 and predict_linear(kubelet_volume_stats_available_bytes[6h], 4 * 24 * 3600) < 0",
        f"Based on recent sampling, the PersistentVolume claimed by {claim} in Namespace data is expected to fill up within four days. Currently 0% is available.",
        namespace="data",
        persistentvolumeclaim=claim,
        job="kubelet",
    )


def unwritable(place: Place) -> None:
    place.crashing("cargo-es", 1)
    place.says(
        "cargo-es",
        "java.lang.IllegalStateException: failed to obtain node locks, tried [/usr/share/elasticsearch/data]; maybe these locations are not writable",
        "Likely root cause: java.nio.file.AccessDeniedException: /data/node.lock",
        previous=True,
    )


def claim(**change: object) -> Make:
    """A StatefulSet's new claim stays pending."""

    def make(place: Place) -> None:
        words = str(change["words"])
        one = place.get("persistentvolumeclaims", "data-tariff-redis-0")
        one["status"] = {"phase": "Pending"}
        one["metadata"]["creationTimestamp"] = stamp(place.onset)
        one["spec"].pop("volumeName")
        one["spec"] |= change.get("spec", {})  # type: ignore[arg-type]
        place.lists["persistentvolumes"] = [
            pv
            for pv in place.lists["persistentvolumes"]
            if pv["spec"]["claimRef"]["name"] != "data-tariff-redis-0"
        ]
        for pv in change.get("volumes", ()):  # type: ignore[attr-defined]
            place.put("persistentvolumes", "PersistentVolume", **pv)
        if words:
            place.event(
                "PersistentVolumeClaim",
                "data",
                "data-tariff-redis-0",
                str(change.get("reason", "ProvisioningFailed")),
                words,
                source="persistentvolume-controller",
            )
        place.pending(
            "tariff-redis",
            "0/12 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.",
        )

    return make


def static(**fields: object) -> dict:  # type: ignore[type-arg]
    spec = {
        "capacity": {"storage": "100Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "local",
        "local": {"path": "/mnt/disks/1"},
        **fields,
    }
    return {"name": "local-disk-7", "spec": spec, "status": {"phase": "Available"}}


def provisioner(place: Place) -> None:
    place.crashing("ebs-csi-controller", 1)
    place.says(
        "ebs-csi-controller",
        "F0209 14:15:00.001001       1 main.go:128] failed to get AWS region: EC2 instance metadata is not available",
        previous=True,
    )
    claim(
        words="Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
        reason="ExternalProvisioning",
    )(place)


def cloud(words: str, reason: str = "SyncLoadBalancerFailed") -> Make:
    def make(place: Place) -> None:
        service = place.get("services", "front-proxy", "edge")
        service["spec"]["type"] = "LoadBalancer"
        service["status"] = {"loadBalancer": {}}
        place.event("Service", "edge", "front-proxy", reason, words, source="service-controller")
        place.complaint, place.namespace = "The public address of the booking site does not come up.", "edge"

    return make


REDIS = '{"level":"error","ts":{ts},"caller":"redis/pool.go:31","msg":"get tariff","error":"dial tcp 172.20.33.17:6379: connect: connection refused"}'


def with_redis(make: Make) -> Make:
    def both(place: Place) -> None:
        make(place)
        place.says("tariffs", REDIS)
        place.says("berths", REDIS)

    return both


def skewed(place: Place) -> None:
    per_node("node_timex_offset_seconds", 31.0, 0.00002)(place)
    per_node("node_timex_sync_status", 0.0, 1.0)(place)
    expr = 'min_over_time(node_timex_sync_status{job="node-exporter"}[5m]) == 0 and node_timex_maxerror_seconds{job="node-exporter"} >= 16'
    place.fires(
        "NodeClockNotSynchronising",
        expr,
        f"Clock at {IP}:9100 is not synchronising. Ensure NTP is configured on this host.",
        instance=f"{IP}:9100",
    )


FAULTS = (
    Fault("kubelet_unavailable", (ILL,), kubelet),
    Fault("containerd_unavailable", (ILL,), containerd),
    Fault("kube_proxy_unavailable", (ILL,), proxy),
    Fault("kube_scheduler_unavailable", (), scheduler, "documents"),
    Fault("kube_controller_manager_unavailable", (), manager),
    Fault("kube_apiserver_unavailable", (), apiserver),
    Fault("etcd_unhealthy", (), etcd),
    Fault("api_server_throttling", (), throttled),
    Fault("coredns_unavailable", (), dns, "availability"),
    Fault("cni_plugin_failure", (ILL,), cni, "documents"),
    Fault("pod_cidr_exhausted", (ILL,), addresses, "documents"),
    Fault("admission_webhook_unavailable", (), webhook, "quotes"),
    Fault("certificate_expired", (), control_certificate),
    Fault("node_not_ready", (ILL,), not_ready, "render", alert=True),
    Fault("node_memory_pressure", (ILL,), pressure("MemoryPressure", "kubelet has insufficient memory available", "InsufficientMemory"), "reports"),
    Fault("node_disk_pressure", (ILL,), pressure("DiskPressure", "kubelet has disk pressure", "DiskPressure"), "reports"),
    Fault("node_pid_pressure", (ILL,), pressure("PIDPressure", "kubelet has insufficient PID available", "InsufficientPID"), "reports"),
    Fault("node_cpu_saturation", (ILL,), cpu),
    Fault("node_network_unavailable", (ILL,), cut_off, "render"),
    Fault("node_network_packet_loss", (ILL,), per_node("node_netstat_Tcp_RetransSegs", 240, 1, counted=True), "render", "slow"),
    Fault("node_clock_skew", (ILL,), skewed),
    Fault("disk_io_saturation", (ILL,), io),
    Fault("volume_attach_failed", ("tariff-redis",), with_redis(mounting("tariff-redis", "FailedAttachVolume", 'AttachVolume.Attach failed for volume "pvc-2f" : rpc error: code = Internal desc = Could not attach volume "vol-0a" to node "i-09": could not attach volume "vol-0a" to node "i-09": operation error EC2: AttachVolume, https response error StatusCode: 400, RequestID: 91, api error VolumeInUse')), "tariffs"),
    Fault("volume_mount_failed", ("tariff-redis",), with_redis(mounting("tariff-redis", "FailedMount", 'MountVolume.MountDevice failed for volume "pvc-2f" : rpc error: code = Internal desc = could not format "/dev/nvme2n1" and mount it at "/var/lib/kubelet/plugins/kubernetes.io/csi/ebs.csi.aws.com/6a/globalmount": mount failed: exit status 32')), "tariffs"),
    Fault("volume_mount_permission_denied", ("cargo-es",), unwritable, "cargo-search"),
    Fault("volume_full", ("members-mongo",), full),
    Fault("pvc_storage_class_mismatch", ("tariff-redis",), with_redis(claim(words='storageclass.storage.k8s.io "gp4" not found', spec={"storageClassName": "gp4"})), "tariffs"),
    Fault("pvc_capacity_mismatch", ("tariff-redis",), with_redis(claim(words="", spec={"storageClassName": "local", "resources": {"requests": {"storage": "400Gi"}}}, volumes=(static(),))), "tariffs"),
    Fault("pvc_access_mode_mismatch", ("tariff-redis",), with_redis(claim(words="", spec={"storageClassName": "local", "accessModes": ["ReadWriteMany"]}, volumes=(static(),))), "tariffs"),
    Fault("pvc_selector_mismatch", ("tariff-redis",), with_redis(claim(words="", spec={"storageClassName": "local", "selector": {"matchLabels": {"tier": "fast"}}}, volumes=(static(),))), "tariffs"),
    Fault("pv_binding_occupied", ("tariff-redis",), with_redis(claim(words='volume "local-disk-7" already bound to a different claim.', reason="FailedBinding", spec={"storageClassName": "local", "volumeName": "local-disk-7"}, volumes=({**static(claimRef={"namespace": "data", "name": "other"}), "status": {"phase": "Bound"}},))), "tariffs"),
    Fault("storage_provisioner_unavailable", (), with_redis(provisioner), "tariffs"),
    Fault("load_balancer_provisioning_failed", ("front-proxy",), cloud("Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB")),
    Fault("cloud_quota_exceeded", (), cloud("Error syncing load balancer: failed to ensure load balancer: TooManyLoadBalancers: Exceeded quota of account 1234")),
)  # fmt: skip
