"""Tables of Services and what stands behind and before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.api.tables.cells import NONE, UNSET, plain_selector, since
from infrastructure.lab.kube.objects import selectors
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of

_SHOWN = 3


def service(obj: Obj, now: datetime) -> Sequence[Any]:
    spec = obj.get("spec", {})
    return [
        name_of(obj),
        spec.get("type", ""),
        spec.get("clusterIP") or NONE,
        _external(spec),
        ",".join(_service_port(port) for port in spec.get("ports") or ()) or NONE,
        since(obj, now),
        plain_selector(spec.get("selector")),
    ]


def _external(spec: Obj) -> str:
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", NONE))
    if spec.get("type") == "LoadBalancer":
        return "<pending>"
    return ",".join(spec.get("externalIPs") or ()) or NONE


def _service_port(port: Obj) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def endpoints(obj: Obj, now: datetime) -> Sequence[Any]:
    found = [
        f"{address['ip']}:{port['port']}" if port else address["ip"]
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or [None]
        for address in subset.get("addresses") or ()
    ]
    return [name_of(obj), _few(found), since(obj, now)]


def _few(values: list[str]) -> str:
    if len(values) <= _SHOWN:
        return ",".join(values) or NONE
    return f"{','.join(values[:_SHOWN])} + {len(values) - _SHOWN} more..."


def endpoint_slice(obj: Obj, now: datetime) -> Sequence[Any]:
    ports = [str(port.get("port", "*")) for port in obj.get("ports") or ()]
    addresses = [one for endpoint in obj.get("endpoints") or () for one in endpoint["addresses"]]
    return [
        name_of(obj),
        obj.get("addressType", ""),
        _few(ports) if ports else UNSET,
        _few(addresses) if addresses else UNSET,
        since(obj, now),
    ]


def ingress(obj: Obj, now: datetime) -> Sequence[Any]:
    spec = obj.get("spec", {})
    hosts = [rule["host"] for rule in spec.get("rules") or () if rule.get("host")]
    addresses = [
        one.get("ip") or one.get("hostname", "")
        for one in dig(obj, "status", "loadBalancer", "ingress", default=[])
    ]
    return [
        name_of(obj),
        spec.get("ingressClassName") or NONE,
        ",".join(hosts) or "*",
        ",".join(addresses),
        "80, 443" if spec.get("tls") else "80",
        since(obj, now),
    ]


def network_policy(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), selectors.text(dig(obj, "spec", "podSelector")) or NONE, since(obj, now)]


PRINTERS = {
    "services": ("Name Type Cluster-IP External-IP Port(s) Age (Selector)", service),
    "endpoints": ("Name Endpoints Age", endpoints),
    "endpointslices.discovery.k8s.io": ("Name AddressType Ports Endpoints Age", endpoint_slice),
    "ingresses.networking.k8s.io": ("Name Class Hosts Address Ports Age", ingress),
    "networkpolicies.networking.k8s.io": ("Name Pod-Selector Age", network_policy),
}
