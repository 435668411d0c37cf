"""What every pod of a cluster leans on: cluster DNS, the network plugin, addresses.

Words: CoreDNS and resolvers (`no such host`, `server misbehaving`, `lookup x on 10.96.0.10:53: … i/o timeout`), the kubelet's
`FailedCreatePodSandBox … network: …` and host-local IPAM (`no IP addresses available in range set`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.control_plane import CLUSTER
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import component_pods, pod_is_down, ready_of
from sre_agent.catalogue.words import Said, brief, is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.containers import is_live, is_ready
from sre_agent.picture.events import EventView
from sre_agent.picture.world import Picture

_DNS_DOWN = re.compile(
    r"server misbehaving|lookup \S+ on \S+:53: .{0,120}(?:i/o timeout|connection refused)|Temporary failure in name resolution|EAI_AGAIN|SERVFAIL|dns.{0,30}(?:timed? ?out|timeout)|connection timed out; no servers could be reached",
    re.I,
)
_SANDBOX = re.compile(
    r"failed to set ?up (?:pod |sandbox )?(?:container |.{0,40}for )?network|setup network for sandbox|NetworkPlugin|networkPlugin cni|cni (?:plugin|config)|plugin type=|network plugin is not ready|CNI failed",
    re.I,
)
_RUNTIME_GONE = re.compile(
    r"(?:containerd|crio|cri-o|docker|dockershim|cri-dockerd|k3s)\.sock|^(?!.*plugin type=).*(?:\.sock|transport: Error|connection error: desc)",
    re.I | re.S,
)
"""The runtime's own socket; a network plugin that misses its agent's socket is the plugin's affair."""
_NO_ADDRESS = re.compile(
    r"no (?:more )?IP addresses? available|no IPs? available|failed to (?:allocate|assign an IP address)|no available IP|address pool.*exhausted|CIDRNotAvailable|InsufficientFreeAddresses|range is full",
    re.I,
)


def _dns(picture: Picture) -> Iterable[Lead]:
    pods = [pod for name in ("coredns", "kube-dns") for pod in component_pods(picture, name)]
    pods = list({id(pod): pod for pod in pods}.values())
    down = bool(pods) and all(pod_is_down(pod) for pod in pods)
    empty = [
        one
        for one in picture.inventory.of("Deployment")
        if one.name in ("coredns", "kube-dns") and one.dig("spec", "replicas") == 0
    ]
    found = list(heard(picture, _DNS_DOWN))
    speakers = {one[0].speaker.ref for one in found}
    if not down and not empty and len(speakers) < 2:
        return
    yield Lead(
        cause="coredns_unavailable",
        entity=CLUSTER,
        weight=(DECISIVE if down or empty else STRONG)
        + (SLIGHT if speakers else 0.0)
        - (least_doubt(found) if found else 0.0),
        statement="Cluster DNS does not answer"
        + (
            f": {len(speakers)} workloads cannot look up names."
            if speakers
            else ": none of its pods is ready."
        ),
        citations=(
            *(pod.quote("status", "phase") for pod in pods[:2] if down and pod.dig("status", "phase")),
            *(one.quote("spec", "replicas") for one in empty),
            *quotes(found, 3),
        ),
    )


def _sandbox_words(picture: Picture) -> Iterator[tuple[str, EventView]]:
    """(node, event) of each pod that got no network."""
    for event in picture.events:
        if event.reason in (
            "FailedCreatePodSandBox",
            "FailedCreatePodSandbox",
            "NetworkNotReady",
        ) and is_timely(picture, event):
            kind, namespace, name = event.about
            pod = picture.inventory.get("Pod", name, namespace)
            if pod is not None and (not is_live(pod) or is_ready(pod)):
                continue
            node = (
                str(pod.dig("spec", "nodeName") or "") if pod else str(event.obj.dig("source", "host") or "")
            )
            if kind == "Pod" and node:
                yield node, event


def _cni(picture: Picture) -> Iterable[Lead]:
    said: dict[str, list[Said]] = {}
    for node, event in _sandbox_words(picture):
        other = _NO_ADDRESS.search(event.message) or _RUNTIME_GONE.search(event.message)
        if _SANDBOX.search(event.message) and not other:
            said.setdefault(node, []).append(Said(event.message, event.quote()))
    for obj in picture.inventory.of("Node"):
        message = str(ready_of(picture, obj.name).get("message") or "")
        if ready_of(picture, obj.name).get("status") == "False" and _SANDBOX.search(message):
            said.setdefault(obj.name, []).append(Said(message, obj.source.quote(message)))
    for node, words in said.items():
        yield _of_node(
            "cni_plugin_failure",
            node,
            words,
            f"Pods on node {node} get no network: {brief(words[-1].text, 180)}",
        )


def _addresses(picture: Picture) -> Iterable[Lead]:
    said: dict[str, list[Said]] = {}
    for node, event in _sandbox_words(picture):
        if _NO_ADDRESS.search(event.message):
            said.setdefault(node, []).append(Said(event.message, event.quote()))
    for event in picture.events:
        if event.about[0] == "Node" and event.reason == "CIDRNotAvailable" and is_timely(picture, event):
            said.setdefault(event.about[2], []).append(Said(event.message, event.quote()))
    for node, words in said.items():
        yield _of_node(
            "pod_cidr_exhausted",
            node,
            words,
            f"Node {node} has no pod addresses left: {brief(words[-1].text, 180)}",
        )


def _of_node(cause: str, node: str, words: list[Said], statement: str) -> Lead:
    return Lead(
        cause,
        EntityRef(kind="Node", name=node),
        DECISIVE,
        statement,
        tuple(one.citation for one in words[-3:]),
        hints={"node": node},
    )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE)
_CL, _NO = ("Cluster",), ("Node",)
ENTRIES = (
    Entry(
        _cause(
            code="coredns_unavailable", entity_kinds=_CL, title="Cluster DNS is down", description="Cluster DNS is down or overloaded: no workload can look up names.",
            supports=("none of its pods is ready", "several workloads fail to look up names"), rules_out=("others look up the same names",),
            neighbours=(Neighbour("service_dns_resolution_failure", "one workload alone cannot resolve"), Neighbour("kube_proxy_unavailable", "names fail on one node only")),
            remedies=("mend_dns_by_hand",),
        ),
        _dns,
    ),
    Entry(
        _cause(
            code="cni_plugin_failure", entity_kinds=_NO, title="Pods get no network", description="The network plugin of the node fails, so that its new pods get no network.",
            supports=("FailedCreatePodSandBox with words of the network plugin", "'NetworkPluginNotReady' in the Ready condition"), rules_out=("what is missing is a free address",),
            neighbours=(Neighbour("pod_cidr_exhausted", "the plugin works, and has no address left"), Neighbour("containerd_unavailable", "the runtime itself does not answer")),
            remedies=("restart_network_plugin_by_hand",),
        ),
        _cni,
    ),
    Entry(
        _cause(
            code="pod_cidr_exhausted", entity_kinds=_NO, title="No pod addresses are left", description="The node's range of pod addresses is used up.",
            supports=("'no IP addresses available in range set'",), rules_out=("addresses are free",),
            neighbours=(Neighbour("cni_plugin_failure", "the plugin fails for another reason"),), remedies=("restart_network_plugin_by_hand",),
        ),
        _addresses,
    ),
)  # fmt: skip
