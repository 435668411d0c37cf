"""What every pod of a cluster leans on: cluster DNS, the network plugin, addresses, admission webhooks, certificates.

Words: CoreDNS and resolvers (`no such host`, `server misbehaving`, `lookup x on 10.96.0.10:53: … i/o timeout`), the kubelet's
`FailedCreatePodSandBox … network: …`, host-local IPAM (`no IP addresses available in range set`), the API server's
`failed calling webhook "x"`, and Go's `x509: certificate has expired or is not yet valid`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.control_plane import CLUSTER
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import component_pods, pod_is_down, ready_of
from sre_agent.catalogue.subjects import subjects
from sre_agent.catalogue.words import Said, brief, is_timely, of_making
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
_RUNTIME_GONE = re.compile(r"\.sock|transport: Error|connection error: desc", re.I)
_NO_ADDRESS = re.compile(
    r"no (?:more )?IP addresses? available|no IPs? available|failed to (?:allocate|assign an IP address)|no available IP|address pool.*exhausted|CIDRNotAvailable|InsufficientFreeAddresses|range is full",
    re.I,
)
_WEBHOOK = re.compile(r"failed calling webhook \"([^\"]+)\"", re.I)
_WEBHOOK_SERVICE = re.compile(r"https://([\w-]+)\.([\w-]+)\.svc|service \"([\w-]+)\"", re.I)
_EXPIRED = re.compile(
    r"x509: certificate has expired|certificate (?:has )?expired|client certificate.{0,30}expired|part of the existing bootstrap client certificate.{0,40}expired|the server has asked for the client to provide credentials",
    re.I,
)
_CLUSTER_SPEAKER = re.compile(
    r"kube-|kubelet|apiserver|etcd|controller-manager|scheduler|konnectivity|:6443|:10250|kubernetes\.default",
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


def _webhook(picture: Picture) -> Iterable[Lead]:
    said = [
        one
        for subject in subjects(picture)
        for one in of_making(picture, subject)
        if _WEBHOOK.search(one.text)
    ]
    said += [
        Said(event.message, event.quote())
        for event in picture.events
        if event.reason != "FailedCreate" and is_timely(picture, event) and _WEBHOOK.search(event.message)
    ]
    found = list(heard(picture, _WEBHOOK))
    text = said[-1].text if said else found[-1][0].text if found else ""
    if match := _WEBHOOK.search(text):
        service = _WEBHOOK_SERVICE.search(text)
        yield Lead(
            cause="admission_webhook_unavailable",
            entity=CLUSTER,
            weight=DECISIVE if said else STRONG - least_doubt(found),
            statement=f"Webhook {match.group(1)} does not answer, and what it judges is refused: {brief(text[-160:], 160)}",
            citations=(*(one.citation for one in said[-3:]), *quotes(found, 2)),
            hints={
                "webhook": match.group(1),
                "service": (service.group(1) or service.group(3)) if service else None,
            },
        )


def _certificates(picture: Picture) -> Iterable[Lead]:
    said = [
        Said(event.message, event.quote())
        for event in picture.events
        if _EXPIRED.search(event.message) and is_timely(picture, event) and _is_of_cluster(event)
    ]
    for node in picture.inventory.of("Node"):
        message = str(ready_of(picture, node.name).get("message") or "")
        if _EXPIRED.search(message):
            said.append(Said(message, node.source.quote(message)))
    found = [
        one
        for one in heard(picture, _EXPIRED)
        if _CLUSTER_SPEAKER.search(f"{one[0].speaker.ref.name} {one[0].text}")
    ]
    ends = [
        series
        for series in picture.series
        if re.search(
            r"certificate.*expiration|client_expiration_seconds|server_expiration_seconds", series.name
        )
        and series.last is not None
        and 1e9 < series.last < picture.frame.now.timestamp()
    ]
    if said or found or ends:
        yield Lead(
            cause="certificate_expired",
            entity=CLUSTER,
            weight=(DECISIVE if said or ends else STRONG + SLIGHT)
            - (least_doubt(found) if found and not said else 0.0),
            statement=f"A certificate of the control plane or a kubelet has run out: {brief((said[-1].text if said else found[-1][0].text if found else ends[0].name), 160)}",
            citations=(
                *(one.citation for one in said[-3:]),
                *quotes(found, 2),
                *(series.quote() for series in ends[:2]),
            ),
        )


def _is_of_cluster(event: EventView) -> bool:
    return (
        event.about[0] in ("Node", "Lease", "CertificateSigningRequest")
        or event.about[1] == "kube-system"
        or bool(_CLUSTER_SPEAKER.search(event.message))
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
    Entry(
        _cause(
            code="admission_webhook_unavailable", entity_kinds=_CL, title="A webhook does not answer", description="An admission webhook fails or is slow, and every write that it judges is refused.",
            supports=("'failed calling webhook'",), rules_out=("the webhook answered, and said no",),
            neighbours=(Neighbour("admission_policy_denied", "the webhook answers, and refuses"),), remedies=("mend_webhook_by_hand",),
        ),
        _webhook,
    ),
    Entry(
        _cause(
            code="certificate_expired", entity_kinds=_CL, title="A certificate of the cluster has run out", description="A control-plane or kubelet certificate has run out.",
            supports=("'x509: certificate has expired' among components of the cluster",), rules_out=("the certificate is of an ingress or of an application",),
            neighbours=(Neighbour("tls_certificate_invalid", "the certificate is the front door's"), Neighbour("node_clock_skew", "the certificate is good, and the clock is wrong")),
            remedies=("renew_cluster_certificates_by_hand",),
        ),
        _certificates,
    ),
)  # fmt: skip
