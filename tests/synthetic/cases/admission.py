"""What is refused before it exists, and what it refers to that does not."""

from __future__ import annotations

from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import workload

HEAD = 'Error creating: pods "ledger-r1-" is forbidden: '
MEMORY = {"resources": {"requests": {"memory": "2Gi"}}}


def refused(message: str, **main: Any) -> Cluster:
    cluster = shop(**main)
    cluster.without_pods("ledger", "FailedCreate", message and f"{HEAD}{message}")
    cluster.alert("KubeDeploymentReplicasMismatch", workload("ledger"))
    return cluster


def quota(cluster: Cluster, hard: dict[str, str], used: dict[str, str]) -> Cluster:
    cluster.named(
        "resourcequotas", "ResourceQuota", "fair", spec={"hard": hard}, status={"hard": hard, "used": used}
    )
    return cluster


def over(key: str, requested: str, used: str, limit: str) -> Cluster:
    text = f"exceeded quota: fair, requested: {key}={requested}, used: {key}={used}, limited: {key}={limit}"
    return quota(refused(text), {key: limit}, {key: used})


def over_memory() -> Cluster:
    return over("requests.memory", "2Gi", "8Gi", "8Gi")


def over_memory_untold() -> Cluster:
    cluster = quota(refused("", **MEMORY), {"requests.memory": "8Gi"}, {"requests.memory": "7Gi"})
    cluster.absent.add("events")
    return cluster


def room_left() -> Cluster:
    """The quota would have room; something else keeps the pods from being made."""
    return quota(refused("", **MEMORY), {"requests.memory": "64Gi"}, {"requests.memory": "7Gi"})


def over_cpu() -> Cluster:
    return over("limits.cpu", "500m", "4", "4")


def over_pods() -> Cluster:
    return over("pods", "1", "10", "10")


def full_and_content() -> Cluster:
    """A quota that is used up to the last, and nobody wants more."""
    return quota(shop(), {"pods": "6"}, {"pods": "6"})


def over_services() -> Cluster:
    cluster = shop()
    text = 'services "ledger-2" is forbidden: exceeded quota: fair, requested: services.loadbalancers=1, used: services.loadbalancers=2, limited: services.loadbalancers=2'
    cluster.event("Service", "ledger", "SyncFailed", text)
    cluster.alert("Complaint", workload("ledger"))
    return quota(cluster, {"services.loadbalancers": "2"}, {"services.loadbalancers": "2"})


def over_storage() -> Cluster:
    cluster = shop()
    cluster.stateful_set("store", claim="data-store-0")
    cluster.without_pods(
        "store",
        "FailedCreate",
        'create Claim data-store-0 for Pod store-0 in StatefulSet store failed error: persistentvolumeclaims "data-store-0" is forbidden: exceeded quota: fair, requested: requests.storage=10Gi, used: requests.storage=5Gi, limited: requests.storage=12Gi',
    )
    cluster.alert("KubeStatefulSetReplicasMismatch", workload("store", "StatefulSet"))
    return quota(cluster, {"requests.storage": "12Gi"}, {"requests.storage": "5Gi"})


def no_account() -> Cluster:
    cluster = refused('error looking up service account acme/teller: serviceaccount "teller" not found')
    cluster.change("ledger", serviceAccountName="teller")
    return cluster


def no_account_untold() -> Cluster:
    cluster = refused("")
    cluster.change("ledger", serviceAccountName="teller")
    cluster.absent.add("events")
    return cluster


def account_of_running_pods() -> Cluster:
    """The account is gone, and the pods that run do not need it to be made again."""
    cluster = shop()
    cluster.change("ledger", serviceAccountName="teller")
    return cluster


def too_large_for_range() -> Cluster:
    return refused("maximum memory usage per Container is 1Gi, but limit is 2Gi")


def insecure() -> Cluster:
    return refused(
        'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false)'
    )


def denied_by_policy() -> Cluster:
    cluster = refused("")
    cluster.event(
        "ReplicaSet",
        "ledger-r1",
        "FailedCreate",
        'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/acme/ledger was blocked: require-labels',
    )
    return cluster


def webhook_down() -> Cluster:
    cluster = refused("")
    cluster.event(
        "ReplicaSet",
        "ledger-r1",
        "FailedCreate",
        'Error creating: Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate?timeout=10s": no endpoints available for service "kyverno-svc"',
    )
    return cluster


def unmade(message: str, *, list_it: bool = True, **main: Any) -> Cluster:
    cluster = shop(**main)
    cluster.waiting("ledger", "CreateContainerConfigError", message)
    if not list_it:
        cluster.absent |= {"secrets", "configmaps"}
    cluster.alert("KubeContainerWaiting", workload("ledger"))
    return cluster


SECRET_ENV = {"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "bank", "key": "token"}}}]}
MAP_ENV = {"env": [{"name": "RATE", "valueFrom": {"configMapKeyRef": {"name": "rates", "key": "rate"}}}]}


def no_secret() -> Cluster:
    return unmade('secret "bank" not found', list_it=False)


def no_secret_untold() -> Cluster:
    return unmade("", **SECRET_ENV)


def no_secret_key() -> Cluster:
    cluster = unmade("couldn't find key token in Secret acme/bank", **SECRET_ENV)
    cluster.named("secrets", "Secret", "bank", data={"password": ""})
    return cluster


def no_secret_volume() -> Cluster:
    cluster = shop()
    cluster.change("ledger", volumes=[{"name": "bank", "secret": {"secretName": "bank"}}])
    cluster.waiting("ledger", "ContainerCreating")
    cluster.on_pods(
        "ledger", "FailedMount", 'MountVolume.SetUp failed for volume "bank" : secret "bank" not found'
    )
    cluster.alert("KubeContainerWaiting", workload("ledger"))
    return cluster


def no_map() -> Cluster:
    return unmade('configmap "rates" not found', **MAP_ENV)


def no_map_key() -> Cluster:
    cluster = unmade("couldn't find key rate in ConfigMap acme/rates", **MAP_ENV)
    cluster.config_map("rates", {"fee": "3"})
    return cluster


def optional_reference() -> Cluster:
    """It runs: what it refers to is optional."""
    return shop(
        env=[
            {
                "name": "TOKEN",
                "valueFrom": {"secretKeyRef": {"name": "bank", "key": "token", "optional": True}},
            }
        ]
    )


CASES = (
    Case("namespace_memory_quota_exceeded", "acme", over_memory, over_cpu, "namespace_cpu_quota_exceeded"),
    Case("namespace_memory_quota_exceeded", "acme", over_memory_untold, room_left),
    Case("namespace_cpu_quota_exceeded", "acme", over_cpu, over_memory, "namespace_memory_quota_exceeded"),
    Case("namespace_pod_quota_exceeded", "acme", over_pods, full_and_content),
    Case(
        "namespace_service_quota_exceeded", "acme", over_services, over_pods, "namespace_pod_quota_exceeded"
    ),
    Case(
        "namespace_storage_quota_exceeded",
        "acme",
        over_storage,
        over_memory,
        "namespace_memory_quota_exceeded",
    ),
    Case("missing_service_account", "ledger", no_account, account_of_running_pods),
    Case("missing_service_account", "ledger", no_account_untold, over_pods, "namespace_pod_quota_exceeded"),
    Case(
        "limit_range_violation", "ledger", too_large_for_range, over_memory, "namespace_memory_quota_exceeded"
    ),
    Case("pod_security_violation", "ledger", insecure, denied_by_policy, "admission_policy_denied"),
    Case("admission_policy_denied", "ledger", denied_by_policy, webhook_down),
    Case("missing_secret_binding", "ledger", no_secret, no_map, "missing_config_map"),
    Case("missing_secret_binding", "ledger", no_secret_untold, optional_reference),
    Case("missing_secret_binding", "ledger", no_secret_key, no_map_key, "missing_config_key"),
    Case("missing_secret_binding", "ledger", no_secret_volume, no_map, "missing_config_map"),
    Case("missing_config_map", "ledger", no_map, no_map_key, "missing_config_key"),
    Case("missing_config_key", "ledger", no_map_key, no_map, "missing_config_map"),
)
