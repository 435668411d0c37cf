"""Cluster services, clouds, roles, scaling, roll-outs, batch work and namespaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cases.admission import denied_by_policy, no_account, webhook_down
from tests.synthetic.cases.starts import own_fault, ready_port
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, ONSET, stamp, workload

LEDGER = workload("ledger")


def says(line: str, *names: str, name: str = "ledger") -> Cluster:
    cluster = shop()
    for each in names or ("ledger",):
        for pod in cluster.pods_of(each):
            cluster.log(pod["metadata"]["name"], [f"{stamp(ONSET)} ERROR {line}"])
        cluster.series("errors", {"service": each}, 0.0, 0.5)
    cluster.alert("HighErrorRate", workload(name))
    return cluster


def dns_down() -> Cluster:
    cluster = says(
        "dial tcp: lookup parcel.acme.svc on 10.96.0.10:53: read udp 10.1.0.4:5->10.96.0.10:53: i/o timeout",
        "portal",
        "ledger",
        "parcel",
    )
    meta = {"name": "coredns-5d78c-abcde", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}
    cluster.add(
        "pods",
        {
            "kind": "Pod",
            "metadata": meta,
            "spec": {"nodeName": "n1", "containers": [{"name": "coredns"}]},
            "status": status,
        },
    )
    return cluster


def one_name_wrong() -> Cluster:
    return says("dial tcp: lookup parcels on 10.96.0.10:53: no such host", "ledger")


def sandboxless(message: str) -> Cluster:
    cluster = shop()
    cluster.waiting("ledger", "ContainerCreating")
    cluster.on_pods("ledger", "FailedCreatePodSandBox", message)
    cluster.alert("KubeContainerWaiting", LEDGER)
    return cluster


def no_plugin() -> Cluster:
    return sandboxless(
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "4f": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory'
    )


def no_addresses() -> Cluster:
    return sandboxless(
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "4f": plugin type="host-local" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.1.1.1-10.1.1.254'
    )


def expired() -> Cluster:
    cluster = shop()
    cluster.condition(
        "n1",
        "Ready",
        "False",
        "Unable to register node with API server: x509: certificate has expired or is not yet valid: current time 2026-03-01T12:00:00Z is after 2026-02-28T00:00:00Z",
    )
    cluster.break_pods("ledger")
    cluster.alert("KubeNodeNotReady", LEDGER)
    return cluster


def client_of_expired() -> Cluster:
    """Somebody else's certificate has run out, not one of the cluster's."""
    return says("POST https://payments.example/charge: x509: certificate has expired or is not yet valid")


def balancer(message: str) -> Cluster:
    cluster = shop()
    service = next(one for one in cluster.lists["services"] if one["metadata"]["name"] == "portal")
    service["spec"]["type"] = "LoadBalancer"
    service["status"] = {"loadBalancer": {}}
    if message:
        cluster.event("Service", "portal", "SyncLoadBalancerFailed", message)
    cluster.alert("Complaint", workload("portal"))
    return cluster


def no_balancer() -> Cluster:
    return balancer(
        "Error syncing load balancer: failed to ensure load balancer: no subnets found for zone b"
    )


def balancer_in_place() -> Cluster:
    cluster = balancer("Error syncing load balancer: failed to ensure load balancer: try again")
    for service in cluster.lists["services"]:
        if service["metadata"]["name"] == "portal":
            service["status"]["loadBalancer"] = {"ingress": [{"ip": "192.0.2.1"}]}
    return cluster


def cloud_says_no() -> Cluster:
    cluster = shop()
    cluster.unschedulable("ledger", "0/4 nodes are available: 4 Too many pods.")
    cluster.on_pods(
        "ledger",
        "FailedScaleUp",
        "Node scale up failed: QUOTA_EXCEEDED: Quota 'CPUS' exceeded. Limit: 24.0 in region eu-1",
    )
    cluster.alert("KubePodNotReady", LEDGER)
    return cluster


def namespace_says_no() -> Cluster:
    cluster = shop()
    cluster.without_pods(
        "ledger",
        "FailedCreate",
        'Error creating: pods "ledger-x" is forbidden: exceeded quota: fair, requested: pods=1, used: pods=9, limited: pods=9',
    )
    cluster.alert("KubeDeploymentReplicasMismatch", LEDGER)
    return cluster


def forbidden() -> Cluster:
    return says(
        'pods is forbidden: User "system:serviceaccount:acme:default" cannot list resource "pods" in API group "" in the namespace "acme"'
    )


def scaler(current: int, most: int, conditions: list[dict[str, str]], use: int = 180) -> Cluster:
    cluster = shop()
    target = {"kind": "Deployment", "name": "ledger"}
    metrics = [{"resource": {"name": "cpu", "target": {"averageUtilization": 80}}}]
    now = [{"resource": {"name": "cpu", "current": {"averageUtilization": use}}}]
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most, "metrics": metrics}
    status = {
        "currentReplicas": current,
        "desiredReplicas": current,
        "currentMetrics": now,
        "conditions": conditions,
    }
    cluster.named("horizontalpodautoscalers", "HorizontalPodAutoscaler", "ledger", spec=spec, status=status)
    cluster.alert("KubeHpaMaxedOut", LEDGER)
    return cluster


CAPPED = {
    "type": "ScalingLimited",
    "status": "True",
    "reason": "TooManyReplicas",
    "message": "the desired replica count is more than the maximum replica count",
}
BLIND = {
    "type": "ScalingActive",
    "status": "False",
    "reason": "FailedGetResourceMetric",
    "message": "the HPA was unable to compute the replica count: unable to get metrics for resource cpu",
}


def capped() -> Cluster:
    return scaler(2, 2, [CAPPED])


def blind() -> Cluster:
    return scaler(1, 8, [BLIND])


def well_scaled() -> Cluster:
    return scaler(2, 8, [{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}], use=60)


def too_few() -> Cluster:
    cluster = shop()
    cluster.lists["pods"].remove(cluster.pods_of("ledger")[0])
    owner = cluster.any_workload("ledger")
    owner["spec"]["replicas"] = 1
    owner["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"replicas":4}}'
    }
    cluster.series("latency", {"service": "ledger"}, 0.05, 0.9)
    cluster.alert("HighLatency", LEDGER)
    return cluster


def few_and_easy() -> Cluster:
    cluster = too_few()
    cluster.answers.pop()
    return cluster


def paused() -> Cluster:
    cluster = shop()
    owner = cluster.any_workload("ledger")
    owner["spec"]["paused"] = True
    owner["status"] = {
        "updatedReplicas": 0,
        "conditions": [
            {
                "type": "Progressing",
                "status": "Unknown",
                "reason": "DeploymentPaused",
                "message": "Deployment is paused",
            }
        ],
    }
    cluster.alert("KubeDeploymentRolloutStuck", LEDGER)
    return cluster


def budget(allowed: int, *, say: bool = True) -> Cluster:
    cluster = shop()
    spec = {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "ledger"}}}
    cluster.named(
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        "ledger",
        spec=spec,
        status={"disruptionsAllowed": allowed},
    )
    if say:
        cluster.cordon("n1")
        cluster.on_pods(
            "ledger",
            "EvictionBlocked",
            "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget ledger needs 2 healthy pods and has 2 currently",
        )
    cluster.alert("DrainDoesNotFinish", LEDGER)
    return cluster


def no_disruption() -> Cluster:
    return budget(0)


def strict_and_calm() -> Cluster:
    """A budget that forbids every disruption, and nobody wants one."""
    return budget(0, say=False)


def undying() -> Cluster:
    cluster = shop()
    pod = cluster.pods_of("ledger")[0]
    pod["metadata"]["deletionTimestamp"] = stamp(NOW - timedelta(minutes=30))
    pod["spec"]["terminationGracePeriodSeconds"] = 30
    cluster.alert("PodTerminatingForLong", LEDGER)
    return cluster


def going() -> Cluster:
    cluster = shop()
    cluster.pods_of("ledger")[0]["metadata"]["deletionTimestamp"] = stamp(NOW - timedelta(seconds=5))
    return cluster


def failed_job(reason: str, message: str, **spec: Any) -> Cluster:
    cluster = shop()
    condition = {
        "type": "Failed",
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp(ONSET),
    }
    cluster.job("billing", status={"failed": 7, "conditions": [condition]}, **spec)
    cluster.job_pod("billing", "billing-x1")
    cluster.alert("KubeJobFailed", workload("billing", "Job"))
    return cluster


def gave_up() -> Cluster:
    return failed_job("BackoffLimitExceeded", "Job has reached the specified backoff limit")


def too_late() -> Cluster:
    return failed_job(
        "DeadlineExceeded", "Job was active longer than specified deadline", activeDeadlineSeconds=600
    )


def done() -> Cluster:
    cluster = shop()
    cluster.job("billing", status={"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]})
    cluster.job_pod("billing", "billing-x1", exit_code=0, reason="Completed")
    return cluster


def suspended() -> Cluster:
    cluster = shop()
    cluster.cron_job("billing", suspend=True)
    cluster.alert("BillingDidNotRun", workload("billing", "CronJob"), cronjob="billing")
    return cluster


def suspended_for_good() -> Cluster:
    cluster = shop()
    cluster.cron_job("billing", suspend=True)
    return cluster


def missed() -> Cluster:
    cluster = shop()
    cluster.cron_job("billing")
    cluster.event(
        "CronJob",
        "billing",
        "FailedNeedsStart",
        "Cannot determine if job needs to be started: too many missed start times (> 100). Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    )
    cluster.alert("BillingDidNotRun", workload("billing", "CronJob"))
    return cluster


def held_namespace() -> Cluster:
    cluster = shop()
    space = cluster.find("namespaces", "acme")
    space["metadata"]["deletionTimestamp"] = stamp(NOW - timedelta(hours=1))
    said = (
        "Some content in the namespace has finalizers remaining: shop.example/cleanup in 1 resource instances"
    )
    space["status"] = {
        "phase": "Terminating",
        "conditions": [
            {
                "type": "NamespaceFinalizersRemaining",
                "status": "True",
                "reason": "SomeFinalizersRemain",
                "message": said,
            }
        ],
    }
    return cluster


CASES = (
    Case("coredns_unavailable", "cluster", dns_down, one_name_wrong),
    Case("cni_plugin_failure", "n1", no_plugin, no_addresses, "pod_cidr_exhausted"),
    Case("pod_cidr_exhausted", "n1", no_addresses, no_plugin, "cni_plugin_failure"),
    Case(
        "admission_webhook_unavailable", "cluster", webhook_down, denied_by_policy, "admission_policy_denied"
    ),
    Case("certificate_expired", "cluster", expired, client_of_expired),
    Case("load_balancer_provisioning_failed", "portal", no_balancer, balancer_in_place),
    Case("cloud_quota_exceeded", "cluster", cloud_says_no, namespace_says_no, "namespace_pod_quota_exceeded"),
    Case("rbac_permission_denied", "ledger", forbidden, no_account, "missing_service_account"),
    Case("hpa_at_maximum", "ledger", capped, blind, "hpa_metrics_unavailable"),
    Case("hpa_metrics_unavailable", "ledger", blind, well_scaled),
    Case("replica_count_insufficient", "ledger", too_few, few_and_easy),
    Case("rollout_stuck", "ledger", paused, ready_port, "readiness_probe_incorrect_port"),
    Case("pdb_blocks_eviction", "ledger", no_disruption, strict_and_calm),
    Case("graceful_shutdown_timeout", "ledger", undying, going),
    Case("job_backoff_exceeded", "billing", gave_up, too_late, "job_deadline_exceeded"),
    Case("job_backoff_exceeded", "billing", gave_up, done),
    Case("job_deadline_exceeded", "billing", too_late, gave_up, "job_backoff_exceeded"),
    Case("cronjob_suspended", "billing", suspended, suspended_for_good),
    Case("cronjob_missed_schedule", "billing", missed, suspended, "cronjob_suspended"),
    Case("namespace_terminating_stuck", "acme", held_namespace, own_fault, "application_startup_crash"),
)
