"""The node a kubelet reports: what it is, how it does, and its lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.kube.api.discovery import VERSION
from infrastructure.lab.kube.objects import conditions, moments
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

LEASES = "leases.coordination.k8s.io"
LEASE_NAMESPACE = "kube-node-lease"
_HEALTHY = (
    Condition(
        "MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"
    ),
    Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


@dataclass(frozen=True)
class Shape:
    """How big a node says it is."""

    cpu: str = "4"
    memory: str = "8Gi"
    pods: str = "110"
    storage: str = "100Gi"

    def resources(self) -> Obj:
        return {"cpu": self.cpu, "ephemeral-storage": self.storage, "memory": self.memory, "pods": self.pods}


USUAL_SHAPE = Shape()


class NodeReporter:
    def __init__(self, registry: Registry, name: str, address: str, network: str, shape: Shape) -> None:
        self._registry = registry
        self._name = name
        self._address = address
        self._network = network
        self._shape = shape

    def register(self) -> bool:
        """Make the Node object, as `--register-node` does; False when there is one."""
        if self._registry.store.get("nodes", "", self._name) is not None:
            return False
        labels = {
            "kubernetes.io/hostname": self._name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
        }
        body = {
            "metadata": {"name": self._name, "labels": labels},
            "spec": {"podCIDR": self._network, "podCIDRs": [self._network]},
        }
        self._registry.create(BY_RESOURCE["nodes"], body)
        return True

    def is_seen_ready(self) -> bool:
        """What the API says; it may have lost sight of a node that is well."""
        node = self._registry.store.get("nodes", "", self._name)
        return node is None or conditions.is_true(node.get("status", {}), "Ready")

    def report(self) -> bool:
        """Write the node's status; the answer says whether it has just become ready."""
        node = self._registry.store.get("nodes", "", self._name)
        if node is None:
            return False  # somebody deleted it: only a restart registers again
        before = conditions.is_true(node.get("status", {}), "Ready")
        self._registry.set_status("nodes", node, self._status(node, self._registry.clock()))
        return not before

    def _status(self, node: Obj, now: datetime) -> Obj:
        held = node.get("status", {}).get("conditions", [])
        for one in _HEALTHY:
            held = conditions.put(held, one, now, lastHeartbeatTime=moments.stamp(now))
        return {
            "addresses": [
                {"type": "InternalIP", "address": self._address},
                {"type": "Hostname", "address": self._name},
            ],
            "allocatable": self._shape.resources(),
            "capacity": self._shape.resources(),
            "conditions": held,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": _info(self._name),
        }

    def renew_lease(self, duration: float) -> None:
        now = moments.micro_stamp(self._registry.clock())
        current = self._registry.store.get(LEASES, LEASE_NAMESPACE, self._name)
        if current is not None:
            self._registry.store.put(LEASES, {**current, "spec": {**current["spec"], "renewTime": now}})
            return
        spec = {"holderIdentity": self._name, "leaseDurationSeconds": int(duration), "renewTime": now}
        body = {"metadata": {"name": self._name, "namespace": LEASE_NAMESPACE}, "spec": spec}
        try:
            self._registry.create(BY_RESOURCE[LEASES], body)
        except ApiError as error:
            if error.code != 404:
                raise


def _info(name: str) -> Obj:
    return {
        "architecture": "amd64",
        "bootID": "",
        "containerRuntimeVersion": "containerd://1.7.24",
        "kernelVersion": "6.1.0-31-amd64",
        "kubeProxyVersion": VERSION["gitVersion"],
        "kubeletVersion": VERSION["gitVersion"],
        "machineID": "",
        "operatingSystem": "linux",
        "osImage": "Debian GNU/Linux 12 (bookworm)",
        "systemUUID": "",
    }
