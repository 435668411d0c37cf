"""The rules of Services."""

from __future__ import annotations

from collections.abc import Iterator

from infrastructure.lab.kube.objects.failures import FieldProblem, duplicate, required, unsupported
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.rules.metadata import dns_label, labels
from infrastructure.lab.kube.schema.rules.numbers import port, port_or_name

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_AFFINITY = ("ClientIP", "None")


def service(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    kind = spec.get("type", "ClusterIP")
    if kind not in _TYPES:
        yield unsupported("spec.type", kind, _TYPES)
    if spec.get("sessionAffinity", "None") not in _AFFINITY:
        yield unsupported("spec.sessionAffinity", spec["sessionAffinity"], _AFFINITY)
    yield from labels(spec.get("selector") or {}, "spec.selector")
    ports = spec.get("ports") or []
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from _ports(ports)


def _ports(ports: list[Obj]) -> Iterator[FieldProblem]:
    names: set[str] = set()
    numbers: set[tuple[int, str]] = set()
    for index, one in enumerate(ports):
        here = f"spec.ports[{index}]"
        yield from _port(one, here)
        name = one.get("name", "")
        if not name and len(ports) > 1:
            yield required(f"{here}.name")
        elif name:
            yield from dns_label(name, f"{here}.name")
        if name and name in names:
            yield duplicate(f"{here}.name", name)
        names.add(name)
        number = one.get("port", 0), one.get("protocol", "TCP")
        if number in numbers:
            yield duplicate(here, {"port": number[0], "protocol": number[1]})
        numbers.add(number)


def _port(one: Obj, path: str) -> Iterator[FieldProblem]:
    yield from port(one.get("port", 0), f"{path}.port")
    if one.get("protocol", "TCP") not in _PROTOCOLS:
        yield unsupported(f"{path}.protocol", one["protocol"], _PROTOCOLS)
    if "targetPort" in one and one["targetPort"] != one.get("port"):
        yield from port_or_name(one["targetPort"], f"{path}.targetPort")
