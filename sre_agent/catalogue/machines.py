"""Nodes by any name that a series or a log gives them, the units that run on them, and how sound they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from sre_agent.catalogue.once import once
from sre_agent.catalogue.placing import has_role_of_control_plane
from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

UNITS = ("node_systemd_unit_state", "node_units")
RUNS = ("active", "reloading", "refreshing", "maintenance")
"""States of a systemd unit in which its processes run; node_exporter sets 1 for the state a unit is in."""
_NODE_LABELS = (
    "node",
    "nodename",
    "kubernetes_node",
    "kubernetes_io_hostname",
    "host",
    "hostname",
    "instance",
)
PARTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
SERVERS = ("k3s", "rke2-server")
"""Units that hold all parts in one process; those of other nodes are called otherwise (`k3s-agent`)."""
SYSTEM = (
    "kube-system",
    "openshift-kube-apiserver",
    "calico-system",
    "kube-flannel",
    "cilium",
    "tigera-operator",
)


@once
def names_of_nodes(picture: Picture) -> Mapping[str, str]:
    """Any name or address of a node → its name."""
    found: dict[str, str] = {}
    for node in picture.inventory.of("Node"):
        for address in node.items("status", "addresses"):
            found[str(address.get("address"))] = node.name
        found[node.name] = node.name
    return found


def node_of(picture: Picture, series: Series) -> str:
    """The node a series is about; empty where nodes are known and it is none of them."""
    return node_named(picture, series.labels)


def node_named(picture: Picture, labels: Mapping[str, str]) -> str:
    """The node that labels name by any of its names; empty where nodes are known and it is none of them."""
    known = names_of_nodes(picture)
    for label in _NODE_LABELS:
        value = labels.get(label, "")
        host = value.rsplit(":", 1)[0]
        for name in (value, host):
            if name and (name in known or not known):
                return known.get(name, host)
    return ""


@once
def units(picture: Picture) -> Mapping[tuple[str, str], tuple[Series, bool]]:
    """(node, unit) → the series that tells its present state, and whether it runs."""
    found: dict[tuple[str, str], tuple[Series, bool]] = {}
    for series in picture.series_named(*UNITS):
        node, unit = node_of(picture, series), series.labels.get("name", "").removesuffix(".service")
        state = series.labels.get("state", "")
        if not node or not unit or not series.last or not state:
            continue
        runs = state in RUNS
        if (node, unit) not in found or runs:
            found[(node, unit)] = (series, runs)
    return found


def unit_down(picture: Picture, node: str, *names: str) -> Series | None:
    """The series of one of these units that does not run; None where one of them does, or none was told."""
    told = [units(picture)[(node, name)] for name in names if (node, name) in units(picture)]
    if not told or any(runs for _, runs in told):
        return None
    return told[0][0]


def unit_runs(picture: Picture, node: str, *names: str) -> bool:
    """Whether one of these units is known to run."""
    return any(units(picture).get((node, name), (None, False))[1] for name in names)


def all_nodes(picture: Picture) -> list[str]:
    """Nodes of the API, and those that only series tell of."""
    return sorted({node.name for node in picture.inventory.of("Node")} | {node for node, _ in units(picture)})


@once
def control_plane_nodes(picture: Picture) -> tuple[str, ...]:
    """By the label or taint of their role, by the static pods that run there, and by the units that do.

    Managed clusters show none of them; then there is none to name.
    """
    nodes = picture.inventory.of("Node")
    marked = {node.name for node in nodes if has_role_of_control_plane(node)}
    marked |= {node for pod in picture.inventory.pods if (node := _home_of_part(pod, nodes))}
    return tuple(sorted(marked | _with_units_of_parts(picture)))


def _home_of_part(pod: Obj, nodes: tuple[Obj, ...]) -> str:
    """The node of a static pod of the control plane, which is named for it; empty for every other pod."""
    part = next((one for one in PARTS if pod.name.startswith(f"{one}-")), "")
    named = pod.name.removeprefix(f"{part}-")
    if not part:
        return ""
    return next((node.name for node in nodes if node.name == named), "")


def _with_units_of_parts(picture: Picture) -> set[str]:
    """Nodes on which a part of the control plane is a systemd unit; one that runs nowhere is at home wherever it is known."""
    told = {key: runs for key, (_, runs) in units(picture).items() if key[1] in (*PARTS, *SERVERS)}
    running = {node for (node, _), runs in told.items() if runs}
    return running or {node for node, _ in told}


def component_pods(picture: Picture, name: str) -> Iterator[Obj]:
    """Pods of a system component, by their name or label."""
    for pod in picture.inventory.pods:
        labels = (
            pod.labels.get("component"),
            pod.labels.get("k8s-app"),
            pod.labels.get("app.kubernetes.io/name"),
        )
        if pod.name == name or pod.name.startswith(f"{name}-") or name in labels:
            yield pod


def pod_is_down(pod: Obj) -> bool:
    """A system pod that certainly does not work; what was not told is not held against it."""
    if pod.dig("status", "phase") in ("Failed", "Pending", "Unknown"):
        return True
    ready = condition(pod, "Ready").get("status")
    told = [one.get("ready") for one in pod.items("status", "containerStatuses")]
    return ready == "False" or (ready is None and bool(told) and not any(told))


def ready_of(picture: Picture, node: str) -> Mapping[str, object]:
    """The node's Ready condition; empty where none is known."""
    obj = picture.inventory.get("Node", node)
    return condition(obj, "Ready") if obj else {}


def pods_on(picture: Picture, node: str) -> list[JsonValue]:
    """Live pods of a node that something makes anew elsewhere: not those of DaemonSets, not bare ones."""
    found: list[JsonValue] = []
    for pod in picture.inventory.pods:
        owner = picture.inventory.top_owner(pod)
        if (
            pod.dig("spec", "nodeName") == node
            and is_live(pod)
            and owner.kind not in ("DaemonSet", "Pod", "Node")
        ):
            found.append({"namespace": pod.namespace, "name": pod.name, "owner": owner.kind})
    return found
