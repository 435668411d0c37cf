"""Policies of network plugins told as the API's own NetworkPolicy: Cilium's and Calico's.

https://docs.cilium.io/en/stable/security/policy/language/ and
https://docs.tigera.io/calico/latest/reference/resources/networkpolicy. What cannot be told so (entities beyond
the cluster, denials by order, selectors of a richer language) is read as allowing, so that no policy is blamed for
what it may let through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sre_agent.picture.objects import Obj, Raw, dig, items, mapping

ANYBODY: Raw = {"namespaceSelector": {}}
NOBODY: Raw = {"podSelector": {"matchExpressions": [{"key": "", "operator": "Exists"}]}}
_SPACE = "io.kubernetes.pod.namespace"
_SPACE_LABELS = "io.cilium.k8s.namespace.labels."
_OWN_NAME = "kubernetes.io/metadata.name"
_INSIDE = frozenset({"all", "cluster"})
_OUTSIDE = frozenset({"world", "world-ipv4", "world-ipv6", "health", "unmanaged", "init"})
_EQUAL = re.compile(r"""^\s*([\w./-]+)\s*==\s*["']([^"']*)["']\s*$""")
_ANY_OF = re.compile(r"^\s*([\w./-]+)\s+in\s*\{([^}]*)\}\s*$")
_HAS = re.compile(r"^\s*has\(([\w./-]+)\)\s*$")


def as_network_policy(policy: Obj) -> Raw | None:
    """The spec of an equivalent NetworkPolicy; None where it cannot be told."""
    if policy.kind == "CiliumNetworkPolicy":
        return _of_cilium(policy.mapping("spec"))
    if isinstance(policy.dig("spec", "selector"), str) or _is_calico(policy):
        return _of_calico(policy.mapping("spec"))
    return policy.mapping("spec")


def _is_calico(policy: Obj) -> bool:
    return "projectcalico.org" in str(policy.dig("apiVersion"))


# --- Cilium


def _of_cilium(spec: Raw) -> Raw | None:
    selector = mapping(spec, "endpointSelector")
    if (
        not isinstance(dig(spec, "endpointSelector"), Mapping)
        or items(spec, "ingressDeny")
        or items(spec, "egressDeny")
    ):
        return None
    own = _cilium_peer(selector).get("podSelector", {})
    ways = [way for way in ("ingress", "egress") if items(spec, way)]
    if not ways:
        return None
    told = {
        way: [one for rule in items(spec, way) if (one := _cilium_rule(rule, way)) is not None]
        for way in ways
    }
    return {"podSelector": own, "policyTypes": [way.capitalize() for way in ways], **told}


def _cilium_rule(rule: Raw, way: str) -> Raw | None:
    """An empty rule allows nothing; it only makes the direction one that is asked about."""
    if not rule:
        return None
    start, key = ("from", "from") if way == "ingress" else ("to", "to")
    told: dict[str, Any] = {}
    if ports := _cilium_ports(rule):
        told["ports"] = ports
    if peers := [
        one
        for name in rule
        if name.startswith(start) and name != "toPorts"
        for one in _cilium_peers(name, rule)
    ]:
        told[key] = peers
    return told


def _cilium_peers(name: str, rule: Raw) -> list[Raw]:
    what = name.removeprefix("from").removeprefix("to")
    if what == "Endpoints":
        return [_cilium_peer(one) for one in items(rule, name)]
    if what == "Entities":
        return [_entity(str(one)) for one in rule.get(name) or ()]
    if what in ("CIDR", "CIDRSet"):
        return [_block(one) for one in rule.get(name) or ()]
    return [NOBODY] if what == "FQDNs" else [ANYBODY]


def _entity(name: str) -> Raw:
    return (
        NOBODY if name in _OUTSIDE or (name not in _INSIDE and name in ("host", "remote-node")) else ANYBODY
    )


def _block(one: Any) -> Raw:
    return {
        "ipBlock": (
            {"cidr": one}
            if isinstance(one, str)
            else {key: one[key] for key in ("cidr", "except") if key in one}
        )
    }


def _cilium_ports(rule: Raw) -> list[Raw]:
    found = [port for one in items(rule, "toPorts") for port in items(one, "ports")]
    return [
        {
            "port": port.get("port"),
            **({} if port.get("protocol") in (None, "ANY") else {"protocol": port["protocol"]}),
        }
        for port in found
    ]


def _cilium_peer(selector: Raw) -> dict[str, Any]:
    """A selector of endpoints as selectors of pods and of their namespace."""
    pods: dict[str, Any] = {}
    spaces: dict[str, Any] = {}
    for key, value in mapping(selector, "matchLabels").items():
        name = str(key).partition(":")[2] or str(key)
        if name == _SPACE:
            spaces[_OWN_NAME] = value
        elif name.startswith(_SPACE_LABELS):
            spaces[name.removeprefix(_SPACE_LABELS)] = value
        elif not name.startswith("io.cilium.") and not str(key).startswith("reserved:"):
            pods[name] = value
    expressions = [
        {**one, "key": str(one.get("key")).partition(":")[2] or str(one.get("key"))}
        for one in items(selector, "matchExpressions")
    ]
    told: dict[str, Any] = {
        "podSelector": {
            "matchLabels": pods,
            "matchExpressions": [one for one in expressions if one["key"] != _SPACE],
        }
    }
    if spaces or any(one["key"] == _SPACE for one in expressions):
        told["namespaceSelector"] = {"matchLabels": spaces}
    return told


# --- Calico


def _of_calico(spec: Raw) -> Raw | None:
    own = _selector(str(spec.get("selector") or "all()"))
    ways = _calico_types(spec)
    told: dict[str, Any] = {}
    for way in ways:
        rules = [_calico_rule(rule, way) for rule in items(spec, way) if rule.get("action") not in ("Log",)]
        if any(rule is None for rule in rules[:-1]):
            return None  # a denial before an allowance: the order decides
        told[way] = [rule for rule in rules if rule is not None]
    return (
        None
        if own is None
        else {"podSelector": own, "policyTypes": [way.capitalize() for way in ways], **told}
    )


def _calico_types(spec: Raw) -> list[str]:
    told = [str(one).lower() for one in spec.get("types") or ()]
    return told or [way for way in ("ingress", "egress") if way in spec] or ["ingress"]


def _calico_rule(rule: Raw, way: str) -> Raw | None:
    """None for a denial."""
    if rule.get("action") == "Deny":
        return None
    side, key = (
        (mapping(rule, "source"), "from") if way == "ingress" else (mapping(rule, "destination"), "to")
    )
    ports = [_calico_port(one, rule) for one in mapping(rule, "destination").get("ports") or ()]
    told: dict[str, Any] = {"ports": ports} if ports else {}
    if peers := _calico_peers(side):
        told[key] = peers
    return told


def _calico_port(one: Any, rule: Raw) -> Raw:
    low, _, high = str(one).partition(":")
    protocol = rule.get("protocol")
    named = {"protocol": protocol} if isinstance(protocol, str) else {}
    return {
        "port": int(low) if low.isdecimal() else low,
        **({"endPort": int(high)} if high.isdecimal() else {}),
        **named,
    }


def _calico_peers(side: Raw) -> list[Raw]:
    if nets := side.get("nets"):
        return [{"ipBlock": {"cidr": one}} for one in nets]
    pods = _selector(str(side["selector"])) if side.get("selector") else {}
    if pods is None or any(
        str(key).startswith("not") or key in ("serviceAccounts", "services") for key in side
    ):
        return [ANYBODY]
    if not side.get("selector") and not side.get("namespaceSelector"):
        return []
    spaces = _selector(str(side["namespaceSelector"])) if side.get("namespaceSelector") else None
    return [{"podSelector": pods, **({"namespaceSelector": spaces} if spaces is not None else {})}]


def _selector(text: str) -> dict[str, Any] | None:
    """`app == 'x' && has(tier)` as label selectors say it; None for what they cannot say."""
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for part in text.split("&&"):
        if part.strip() in ("all()", ""):
            continue
        if equal := _EQUAL.match(part):
            labels[_plain(equal.group(1))] = equal.group(2)
        elif several := _ANY_OF.match(part):
            values = [one.strip(" \"'") for one in several.group(2).split(",")]
            expressions.append({"key": _plain(several.group(1)), "operator": "In", "values": values})
        elif has := _HAS.match(part):
            expressions.append({"key": _plain(has.group(1)), "operator": "Exists"})
        else:
            return None
    return {"matchLabels": labels, "matchExpressions": expressions}


def _plain(key: str) -> str:
    return _OWN_NAME if key == "projectcalico.org/name" else key
