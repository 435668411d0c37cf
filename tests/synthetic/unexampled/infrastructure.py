"""Faults of nodes, network, disks and the control plane; imports no rule."""

from __future__ import annotations

from tests.synthetic.harbour.place import stamp
from tests.synthetic.unexampled.fault import fault
from tests.synthetic.unexampled.makes import (
    claimed,
    dotnet,
    ev,
    go,
    held_on,
    ill,
    java,
    level,
    measured,
    node,
    on,
    on_node,
    pend,
    placed_on,
    put,
    py,
    refuse,
    run,
    says,
    silent,
    stuck,
)  # fmt: skip
from tests.synthetic.unexampled.shop import SPACE, Shop


def _system(prefix: str, phase: str, waiting: str = "") -> object:
    def change(shop: Shop) -> None:
        for one in shop.lists["pods"]:
            if one["metadata"]["name"].startswith(prefix):
                one["status"]["phase"] = phase
                if waiting:
                    one["status"]["containerStatuses"] = [
                        {
                            "name": prefix,
                            "ready": False,
                            "restartCount": 7,
                            "state": {"waiting": {"reason": waiting}},
                        }
                    ]

    return run(change)


def _stale(shop: Shop) -> None:
    """The controllers do nothing: a Deployment was changed and nobody has seen it, and a deleted pod was not replaced."""
    for name in ("stock", "pricing"):
        shop.owner(name)["metadata"]["generation"] = 9
        shop.owner(name)["status"]["observedGeneration"] = 8
        gone = shop.pods(name)
        shop.lists["pods"] = [one for one in shop.lists["pods"] if one not in gone]
        shop.owner(name)["status"] |= {"replicas": 2, "readyReplicas": 2}


FAULTS = (
    fault("kube_controller_manager_unavailable", "kn-cp",
        run(_stale), _system("kube-controller-manager", "Running", "CrashLoopBackOff"), hurts="stock pricing", how="down"),
    fault("coredns_unavailable", "", _system("coredns", "Pending", "ImagePullBackOff"),
        says("basket", go("dial tcp: lookup basket-redis on 10.96.0.10:53: read udp 10.244.1.31:48123->10.96.0.10:53: i/o timeout")),
        says("catalog", java("HikariPool-1 - Exception during pool initialization. java.net.UnknownHostException: catalog-pg: Temporary failure in name resolution", "com.zaxxer.hikari.pool.HikariPool")),
        says("shopfront", node("getaddrinfo EAI_AGAIN catalog")), says("reviews", py("pymongo.errors.ServerSelectionTimeoutError: reviews-mongo:27017: [Errno -3] Temporary failure in name resolution")),
        says("orders", dotnet("System.Net.Sockets.SocketException (00000001, 11): Resource temporarily unavailable orders-mysql")), hurts="basket catalog reviews orders"),
    fault("coredns_unavailable", "",
        says("basket", go("dial tcp: lookup basket-redis on 10.96.0.10:53: server misbehaving")), says("catalog", java("java.net.UnknownHostException: catalog-pg: Temporary failure in name resolution")),
        says("shopfront", node("getaddrinfo EAI_AGAIN search")), says("fulfil", go("dial tcp: lookup delivery on 10.96.0.10:53: read udp 10.244.2.9:33412->10.96.0.10:53: i/o timeout")),
        run(lambda shop: shop.lines.setdefault(("kube-system", "coredns-7c65d6cfc9-4kzqx", "coredns", False), []).extend((shop.onset, "[ERROR] plugin/errors: 2 catalog-pg.larder.svc.cluster.local. A: read udp 10.244.1.3:51710->192.168.40.2:53: i/o timeout") for _ in range(30))),
        hurts="basket catalog", form="overloaded"),
    fault("cni_plugin_failure", "kn-03",
        held_on("kn-03", "FailedCreatePodSandBox", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "8b3f0d9c1e4a": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized'), how="quiet"),
    fault("pod_cidr_exhausted", "kn-02",
        held_on("kn-02", "FailedCreatePodSandBox", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "5f1c77ab02": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.254'), how="quiet"),
    fault("admission_webhook_unavailable", "",
        refuse("pricing", 'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": dial tcp 10.96.88.3:443: connect: connection refused'),
        refuse("search", 'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": dial tcp 10.96.88.3:443: connect: connection refused'), hurts="pricing search", how="down"),
    fault("certificate_expired", "", silent("kn-04"),
        ev("Node", "kn-04", "NodeRegistrationFailed", "part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2027-02-09 14:02:11 +0000 UTC", space="default"), hurts="reviews"),
    fault("node_not_ready", "kn-04", ill("kn-04", "Ready", "False", "KubeletNotReady", "[PLEG is not healthy: pleg was last seen active 4m12.8s ago; threshold is 3m0s]"), on_node("kn-04", "NodeNotReady", "Node is not ready"), how="quiet"),
    fault("node_memory_pressure", "kn-02", ill("kn-02", "MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
        ev("Node", "kn-02", "EvictionThresholdMet", "Attempting to reclaim memory", space="default"), measured("kn-02", node_memory_utilization_percent=97.1),
        run(lambda shop: [one["status"].update(phase="Failed", reason="Evicted", message="The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi. Container server was using 402Mi, request is 256Mi, has larger consumption of memory.") or shop.unready(one, phase="Failed", state={"terminated": {"exitCode": 137, "reason": "Error"}}) for one in placed_on(shop, "kn-02")[:3]]), hurts="basket"),
    fault("node_disk_pressure", "kn-01", ill("kn-01", "DiskPressure", "True", "KubeletHasDiskPressure", "kubelet has disk pressure"),
        ev("Node", "kn-01", "FreeDiskSpaceFailed", "Failed to garbage collect required amount of images. Attempted to free 9321148416 bytes, but only found 0 bytes eligible to free.", space="default"),
        ev("Node", "kn-01", "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage", space="default"), how="quiet"),
    fault("node_pid_pressure", "kn-03", ill("kn-03", "PIDPressure", "True", "KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
        says("search", "OSError: [Errno 11] Resource temporarily unavailable", "OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 8: Resource temporarily unavailable"), hurts="search"),
    fault("node_cpu_saturation", "kn-02", measured("kn-02", node_cpu_utilization_percent=99.4), run(lambda shop: [shop.slower.__setitem__(one["metadata"]["labels"]["app"], 14.0) for one in placed_on(shop, "kn-02")]), how="slow"),
    fault("node_network_unavailable", "kn-03", silent("kn-03"), ill("kn-03", "NetworkUnavailable", "True", "NoRouteCreated", "RouteController failed to create a route"), hurts="images", how="down"),
    fault("disk_io_saturation", "kn-01",
        level("node_disk_io_time_weighted_rate", 41.0, 0.4, node="kn-01", device="nvme1n1"), level("node_disk_io_utilization", 0.997, 0.08, node="kn-01", device="nvme1n1"), level("node_pressure_io_waiting_ratio", 0.88, 0.01, node="kn-01"),
        says("catalog-pg", "{pg} [27] LOG:  checkpoint complete: wrote 1840 buffers (11.2%); write=269.721 s, sync=41.204 s, total=311.118 s"), hurts="catalog", how="slow"),
    fault("volume_attach_failed", "reviews-mongo", claimed("reviews-mongo", "data-reviews-mongo-0"), stuck("reviews-mongo", "ContainerCreating"),
        on("reviews-mongo", "FailedAttachVolume", 'Multi-Attach error for volume "pvc-data-reviews-mongo-0" Volume is already exclusively attached to one node and can\'t be attached to another', source="attachdetach-controller"),
        says("reviews", py("pymongo.errors.ServerSelectionTimeoutError: reviews-mongo:27017: [Errno 111] Connection refused (configured timeouts: socketTimeoutMS: 20000.0ms, connectTimeoutMS: 20000.0ms)")), hurts="reviews"),
    fault("volume_mount_failed", "search-es", claimed("search-es", "data-search-es-0"), stuck("search-es", "ContainerCreating"),
        on("search-es", "FailedMount", 'MountVolume.MountDevice failed for volume "pvc-data-search-es-0" : rpc error: code = Internal desc = could not format "/dev/nvme2n1" and mount it at "/var/lib/kubelet/plugins/kubernetes.io/csi/globalmount": exit status 32: mount: wrong fs type, bad option, bad superblock on /dev/nvme2n1'),
        says("search", py("elastic_transport.ConnectionError: Connection error caused by: ConnectionError(Connection error caused by: NewConnectionError(<urllib3.connection.HTTPConnection object at 0x7f3a>: Failed to establish a new connection: [Errno 111] Connection refused))")), hurts="search"),
    fault("volume_full", "images", claimed("images", "media", "/usr/share/nginx/html"),
        says("images", '{n} [crit] 31#31: *4182 pwrite() "/usr/share/nginx/html/upload/0000004182" failed (28: No space left on device), client: 10.244.1.9, request: "PUT /media/pear.webp HTTP/1.1"'), hurts="images"),
    fault("storage_provisioner_unavailable", "", _system("ebs-csi-controller", "Pending"),
        put("persistentvolumeclaims", "PersistentVolumeClaim", "data-reviews-mongo-0", spec={"storageClassName": "standard", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}, status={"phase": "Pending"}),
        put("persistentvolumeclaims", "PersistentVolumeClaim", "data-search-es-0", spec={"storageClassName": "standard", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}, status={"phase": "Pending"}),
        *(ev("PersistentVolumeClaim", one, "ExternalProvisioning", "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.", level="Normal", source="persistentvolume-controller", count=62) for one in ("data-reviews-mongo-0", "data-search-es-0")),
        pend("reviews-mongo", "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data-reviews-mongo-0"}}]),
        pend("search-es", "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data-search-es-0"}}]), hurts="search reviews"),
    fault("load_balancer_provisioning_failed", "edge-gate", run(lambda shop: shop.get("services", "edge-gate")["spec"].update(type="LoadBalancer") or shop.get("services", "edge-gate").update(status={"loadBalancer": {}})),
        ev("Service", "edge-gate", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB", source="service-controller"), how="quiet"),
    fault("cloud_quota_exceeded", "", pend("catalog", "0/5 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 4 Insufficient cpu."),
        on("catalog", "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up", source="cluster-autoscaler", level="Normal"),
        ev("ConfigMap", "cluster-autoscaler-status", "ScaleUpTimedOut", "Nodes added to group larder-workers failed to register within 15m0s", space="kube-system", source="cluster-autoscaler"),
        ev("ConfigMap", "cluster-autoscaler-status", "FailedToScaleUpGroup", "Scale-up failed for group larder-workers: VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to.", space="kube-system", source="cluster-autoscaler"), hurts="catalog", how="down"),
    fault("etcd_unhealthy", "", _system("etcd", "Running"), ev("Pod", "etcd-kn-cp", "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503", space="kube-system"),
        run(lambda shop: shop.lines.setdefault(("kube-system", "etcd-kn-cp", "etcd", False), []).extend((shop.onset, line) for _ in range(20) for line in ('{"level":"warn","ts":"{t}","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"4.912s","expected-duration":"100ms","prefix":"read-only range ","request":"key:\\"/registry/leases/kube-system/kube-scheduler\\"","error":"etcdserver: request timed out"}', '{"level":"warn","ts":"{t}","caller":"wal/wal.go:805","msg":"slow fdatasync","took":"3.1s","expected-duration":"1s"}'))),
        ev("Pod", "kube-apiserver-kn-cp", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", space="kube-system"), how="quiet"),
    fault("api_server_throttling", "",
        says("fulfil", 'I{klog}       1 request.go:700] Waited for 11.482s due to client-side throttling, not priority and fairness, request: GET:https://10.96.0.1:443/api/v1/namespaces/larder/configmaps/routes', 'E{klog}       1 leaderelection.go:332] error retrieving resource lock larder/fulfil: the server has received too many requests and has asked us to try again later (get leases.coordination.k8s.io fulfil)'),
        says("delivery", node("HTTP-Code: 429 Message: Too many requests, please try again later. (apiserver)")), level("apiserver_flowcontrol_rejected_requests_rate", 44.0, 0.0, priority_level="workload-low", reason="queue-full"), hurts="fulfil", how="slow"),
    fault("node_clock_skew", "kn-01", level("node_timex_sync_status", 0.0, 1.0, node="kn-01"), level("node_timex_offset_seconds", 214.0, 0.001, node="kn-01"),
        says("accounts", dotnet("Microsoft.IdentityModel.Tokens.SecurityTokenNotYetValidException: IDX10222: Lifetime validation failed. The token is not yet valid. ValidFrom (UTC): '2/9/2027 2:23:51 PM', Current time (UTC): '2/9/2027 2:20:17 PM'.")), hurts="accounts"),
    fault("node_network_delay", "kn-04", run(lambda shop: [shop.slower.__setitem__(one["metadata"]["labels"]["app"], 9.0) for one in placed_on(shop, "kn-04")]),
        run(lambda shop: shop.attempts.extend({"at": stamp(shop.onset), "from": origin, "to": {"namespace": SPACE, "service": one, "port": 8080}, "ok": True, "detail": f"open, rtt {'212.4' if origin == 'kn-04' else '0.6'} ms"} for origin in ("kn-01", "kn-02", "kn-03", "kn-04") for one in ("checkout", "basket"))),
        level("node_ping_rtt_milliseconds", 214.0, 0.5, node="kn-04"), how="slow"),
)  # fmt: skip
