"""Services that run on a node itself: kubelet, container runtime, kube-proxy.

State: systemd units by node_exporter; the node's Ready condition in the kubelet's and the node controller's words
(`Kubelet stopped posting node status`, `container runtime is down`, `PLEG is not healthy`); kube-proxy's own pods.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.machines import (
    all_nodes,
    component_pods,
    pod_is_down,
    pods_on,
    ready_of,
    unit_down,
    unit_runs,
)  # fmt: skip
from sre_agent.catalogue.words import is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.world import Picture

RUNTIMES = ("containerd", "crio", "cri-o", "docker", "cri-docker", "k3s", "rke2-agent")
KUBELETS = (
    "kubelet",
    "k3s",
    "k3s-agent",
    "rke2-agent",
    "rke2-server",
    "snap.k8s.kubelet",
    "snap.microk8s.daemon-kubelite",
)
_SILENT = re.compile(r"stopped posting node status", re.I)
_RUNTIME = re.compile(
    r"container runtime is down|PLEG is not healthy: pleg was last seen|(?:containerd|crio|docker|cri-dockerd)\.sock",
    re.I,
)


def ready_words(picture: Picture, node: str) -> tuple[Citation, ...]:
    message = str(ready_of(picture, node).get("message") or "")
    obj = picture.inventory.get("Node", node)
    return (obj.source.quote(message),) if message and obj else ()


def _lead(
    picture: Picture, what: tuple[str, str], weight: float, words: str, cited: Iterable[Citation]
) -> Lead:
    """`what`: the cause and the node."""
    cause, node = what
    hints: dict[str, JsonValue] = {"node": node, "pods": pods_on(picture, node)}
    return Lead(cause, EntityRef(kind="Node", name=node), weight, words, tuple(cited), hints=hints)


def _kubelet(picture: Picture) -> Iterable[Lead]:
    for node in all_nodes(picture):
        down = unit_down(picture, node, *KUBELETS)
        silent = bool(_SILENT.search(str(ready_of(picture, node).get("message") or "")))
        if down is None and (not silent or unit_runs(picture, node, *KUBELETS)):
            continue
        if down is None and unit_down(picture, node, *RUNTIMES):
            continue
        cited = (*((down.quote(),) if down else ()), *(ready_words(picture, node) if silent else ()))
        words = f"The kubelet on node {node} does not run: its pods are no longer looked after."
        yield _lead(picture, ("kubelet_unavailable", node), DECISIVE if down else STRONG, words, cited)


def _containerd(picture: Picture) -> Iterable[Lead]:
    for node in all_nodes(picture):
        down = unit_down(picture, node, *RUNTIMES)
        said = [*_runtime_words(picture, node)]
        if down is None and (not said or unit_runs(picture, node, *RUNTIMES)):
            continue
        cited = (*((down.quote(),) if down else ()), *said[:3])
        words = f"The container runtime on node {node} does not run: no container there starts or is checked."
        yield _lead(picture, ("containerd_unavailable", node), DECISIVE if down else STRONG, words, cited)


_SOCKET = re.compile(
    r"(?:containerd|crio|docker|cri-dockerd)\.sock\S*:? .{0,40}(?:connection refused|no such file)", re.I
)


def _no_socket(picture: Picture) -> Iterable[Lead]:
    """The kubelet of a node tells of its pods that nothing listens on the runtime's socket."""
    found: dict[str, list[Citation]] = {}
    for event in picture.events:
        pod = (
            picture.inventory.get("Pod", event.about[2], event.about[1]) if event.about[0] == "Pod" else None
        )
        node = str(pod.dig("spec", "nodeName") or "") if pod else ""
        if node and is_timely(picture, event) and _SOCKET.search(event.message):
            found.setdefault(node, []).append(event.quote())
    for node, cited in found.items():
        if not unit_runs(picture, node, *RUNTIMES):
            words = f"The container runtime on node {node} does not run: its socket takes no connection."
            yield _lead(picture, ("containerd_unavailable", node), STRONG + SLIGHT, words, cited[:3])


ALSO = (("containerd_unavailable", _no_socket),)


def _runtime_words(picture: Picture, node: str) -> Iterator[Citation]:
    ready = ready_of(picture, node)
    if ready.get("status") == "True":
        return
    if _RUNTIME.search(str(ready.get("message") or "")):
        yield from ready_words(picture, node)
    for event in picture.events:
        about = event.about[0] == "Node" and event.about[2] == node
        if about and is_timely(picture, event) and _RUNTIME.search(event.message):
            yield event.quote()


def _kube_proxy(picture: Picture) -> Iterable[Lead]:
    words = "kube-proxy on node {} does not run: new Services and endpoints are not reached from there."
    for node in all_nodes(picture):
        if down := unit_down(picture, node, "kube-proxy"):
            yield _lead(
                picture, ("kube_proxy_unavailable", node), DECISIVE, words.format(node), (down.quote(),)
            )
    for pod in component_pods(picture, "kube-proxy"):
        node = str(pod.dig("spec", "nodeName") or pod.dig("spec", "nodename") or "")
        if node and pod_is_down(pod) and ready_of(picture, node).get("status") != "Unknown":
            cited = (pod.quote("metadata", "name"), pod.quote("status", "phase"))
            weight = DECISIVE if ready_of(picture, node).get("status") == "True" else SLIGHT
            yield _lead(picture, ("kube_proxy_unavailable", node), weight, words.format(node), cited)


def _cause(
    code: str, title: str, description: str, supports: tuple[str, ...], neighbours: tuple[Neighbour, ...]
) -> Cause:
    return Cause(
        code=code,
        layer=Layer.INFRASTRUCTURE,
        entity_kinds=("Node",),
        title=title,
        description=description,
        supports=supports,
        rules_out=("its unit is active",),
        neighbours=neighbours,
        remedies=(
            ("move_off_node", "restart_unit_by_hand")
            if code != "kube_proxy_unavailable"
            else ("restart_unit_by_hand",)
        ),
    )


ENTRIES = (
    Entry(
        _cause(
            "kubelet_unavailable",
            "The kubelet is down",
            "The kubelet on the node is stopped or failing: the node stops reporting, its pods are lost.",
            ("the kubelet's unit is not active", "'Kubelet stopped posting node status'"),
            (
                Neighbour("containerd_unavailable", "the kubelet runs and says that the runtime is down"),
                Neighbour(
                    "node_network_unavailable", "the kubelet's unit is active, but the node is cut off"
                ),
            ),
        ),
        _kubelet,
    ),
    Entry(
        _cause(
            "containerd_unavailable",
            "The container runtime is down",
            "The container runtime on the node is stopped or failing: containers there neither start nor stop.",
            (
                "no unit of a container runtime is active",
                "'container runtime is down' in the Ready condition",
            ),
            (
                Neighbour("kubelet_unavailable", "the kubelet itself does not report"),
                Neighbour("cni_plugin_failure", "the runtime runs, and its network plugin fails"),
            ),
        ),
        _containerd,
    ),
    Entry(
        _cause(
            "kube_proxy_unavailable",
            "kube-proxy is down",
            "kube-proxy on the node is stopped: addresses of Services fail from there, or lead to pods that are gone.",
            ("kube-proxy's unit is not active", "its pod on the node is not ready"),
            (
                Neighbour(
                    "node_network_unavailable", "addresses of pods fail too, not only those of Services"
                ),
                Neighbour("coredns_unavailable", "addresses work, names do not"),
            ),
        ),
        _kube_proxy,
    ),
)
