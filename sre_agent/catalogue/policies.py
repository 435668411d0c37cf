"""NetworkPolicies as the API defines them: which traffic between two workloads none of them allows.

A pod that no policy selects for a direction may do everything; once one selects it, only what some rule
allows (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sre_agent.catalogue.custom import of_kind
from sre_agent.catalogue.once import once
from sre_agent.catalogue.policy_dialects import as_network_policy
from sre_agent.picture.objects import Obj, Raw, items, mapping
from sre_agent.picture.world import Picture


@dataclass(frozen=True, eq=False)
class Side:
    """One end of a connection: labels, namespace with its labels, addresses."""

    labels: Mapping[str, str]
    namespace: str
    namespace_labels: Mapping[str, str]
    ips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """The port at the receiving pod: number, its name there, protocol."""

    port: int
    name: str = ""
    protocol: str = "TCP"


def side_of(picture: Picture, workload: Obj) -> Side:
    space = picture.inventory.get("Namespace", workload.namespace)
    told = {"kubernetes.io/metadata.name": workload.namespace, **(space.labels if space else {})}
    ips = [
        str(pod.dig("status", "podIP"))
        for pod in picture.inventory.live_pods_of(workload)
        if pod.dig("status", "podIP")
    ]
    return Side(workload.template_labels() or workload.labels, workload.namespace, told, tuple(ips))


def selects(selector: Raw, labels: Mapping[str, str]) -> bool:
    """Label selector semantics: everything must match; an empty selector matches all."""
    if not mapping(selector, "matchLabels").items() <= labels.items():
        return False
    return all(_expression(one, labels) for one in items(selector, "matchExpressions"))


def _expression(one: Any, labels: Mapping[str, str]) -> bool:
    key, values, operator = one.get("key"), one.get("values") or [], one.get("operator")
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return bool((key in labels) == (operator == "Exists"))


@dataclass(frozen=True, eq=False)
class Policy:
    """A policy of any plugin, its spec told as a NetworkPolicy's."""

    obj: Obj
    spec: Raw

    @property
    def types(self) -> list[str]:
        told = self.spec.get("policyTypes")
        if isinstance(told, list) and told:
            return told
        return ["Ingress", "Egress"] if self.spec.get("egress") is not None else ["Ingress"]


@once
def known_policies(picture: Picture) -> Mapping[str, tuple[Policy, ...]]:
    """Namespace → policies in it."""
    found: dict[str, list[Policy]] = {}
    for obj in _all_policies(picture):
        if (spec := as_network_policy(obj)) is not None:
            found.setdefault(obj.namespace, []).append(Policy(obj, spec))
    return {namespace: tuple(several) for namespace, several in found.items()}


def _all_policies(picture: Picture) -> tuple[Obj, ...]:
    return (
        *picture.inventory.of("NetworkPolicy"),
        *of_kind(picture, "CiliumNetworkPolicy", "ciliumnetworkpolicies"),
    )


def policies_for(picture: Picture, side: Side, direction: str) -> list[Policy]:
    """Policies that select these pods for `Ingress` or `Egress`."""
    return [
        policy
        for policy in known_policies(picture).get(side.namespace, ())
        if direction in policy.types and selects(mapping(policy.spec, "podSelector"), side.labels)
    ]


def blocking(picture: Picture, own: Side, other: Side, target: Target, direction: str) -> list[Obj]:
    """The policies that select `own` in that direction, where none of them allows the traffic; empty where it may pass."""
    found = policies_for(picture, own, direction)
    if any(_allows(policy, own, other, target, direction) for policy in found):
        return []
    return [policy.obj for policy in found]


def _allows(policy: Policy, own: Side, other: Side, target: Target, direction: str) -> bool:
    key, peers = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return any(
        _port_fits(rule, target) and _peer_fits(items(rule, peers), rule.get(peers), other, own.namespace)
        for rule in items(policy.spec, key)
    )


def _port_fits(rule: Any, target: Target) -> bool:
    ports = items(rule, "ports")
    return not ports or any(_one_port(one, target) for one in ports)


def _one_port(one: Any, target: Target) -> bool:
    if (one.get("protocol") or "TCP") != target.protocol:
        return False
    port, end = one.get("port"), one.get("endPort")
    if port in (None, 0, "0"):
        return True
    if isinstance(port, str) and not port.isdigit():
        return port == target.name
    return int(port) <= target.port <= int(end or port)


def _peer_fits(peers: list[Any], told: Any, other: Side, namespace: str) -> bool:
    return not told or any(_one_peer(one, other, namespace) for one in peers)


def _one_peer(one: Any, other: Side, namespace: str) -> bool:
    if block := mapping(one, "ipBlock"):
        return _in_block(block, other.ips)
    spaces, pods = one.get("namespaceSelector"), one.get("podSelector")
    same = other.namespace == namespace if spaces is None else selects(spaces, other.namespace_labels)
    return same and (pods is None or selects(pods, other.labels))


def _in_block(block: Raw, ips: tuple[str, ...]) -> bool:
    """Where the pod's address is not known, only a block of everything is sure to hold it."""
    try:
        network = ipaddress.ip_network(str(block.get("cidr")), strict=False)
        outside = [ipaddress.ip_network(str(one), strict=False) for one in block.get("except") or ()]
        addresses = [ipaddress.ip_address(one) for one in ips]
    except ValueError:
        return False
    if not addresses:
        return network.prefixlen == 0
    return any(one in network and not any(one in hole for hole in outside) for one in addresses)


ANY_DNS = Side({}, "kube-system", {"kubernetes.io/metadata.name": "kube-system"})


def dns_blocked(picture: Picture, own: Side) -> list[Obj]:
    """Egress policies under which these pods may ask no resolver, whatever its labels and address are."""
    found = policies_for(picture, own, "Egress")
    for policy in found:
        for rule in items(policy.spec, "egress"):
            if any(
                _port_fits(rule, Target(53, protocol=protocol)) for protocol in ("UDP", "TCP")
            ) and _beyond(rule):
                return []
    return [policy.obj for policy in found]


def _beyond(rule: Any) -> bool:
    """Whether a rule leads out of the namespace, where the resolver is."""
    peers = items(rule, "to")
    return not rule.get("to") or any(
        one.get("namespaceSelector") is not None or one.get("ipBlock") for one in peers
    )
