"""What a container is given: environment variables and files, resolved from the objects they name."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from infrastructure.lab.kube.objects import podstate, quantity
from infrastructure.lab.kube.objects.tree import (
    Obj,
    annotations_of,
    dig,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from infrastructure.lab.kube.store.store import Store

_REFERENCE = re.compile(r"\$(\$|\([-._a-zA-Z][-._a-zA-Z0-9]*\))")
_MAPPED = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class ConfigMissing(Exception):
    """An object or key that the container needs is not there; the message is the kubelet's."""


class MountFailed(Exception):
    """A volume cannot be set up."""

    def __init__(self, volume: str, why: str) -> None:
        super().__init__(f'MountVolume.SetUp failed for volume "{volume}" : {why}')


class TokenSource(Protocol):
    def token_for(self, namespace: str, name: str) -> str:
        """A token of a ServiceAccount."""


@dataclass(frozen=True)
class Surroundings:
    """What a kubelet knows besides the pod."""

    store: Store
    tokens: TokenSource
    api_host: str
    api_port: int


def environment(pod: Obj, container: Obj, pod_ip: str, around: Surroundings) -> dict[str, str]:
    """In the order later wins: API server's address, envFrom, env. Raises ConfigMissing."""
    found = {"KUBERNETES_SERVICE_HOST": around.api_host, "KUBERNETES_SERVICE_PORT": str(around.api_port)}
    found["HOSTNAME"] = dig(pod, "spec", "hostname", default=name_of(pod))
    for source in container.get("envFrom", ()):
        found.update(_from_all(pod, source, around.store))
    for variable in container.get("env", ()):
        value = _value(pod, container, variable, pod_ip, around.store)
        if value is not None:
            found[variable["name"]] = expand(value, found) if "value" in variable else value
    return found


def expand(text: str, known: Mapping[str, str]) -> str:
    """`$(NAME)` from what is known; an unknown one stays as it is, `$$` is a dollar."""

    def replaced(match: re.Match[str]) -> str:
        inner = match.group(1)
        return "$" if inner == "$" else known.get(inner[1:-1], match.group(0))

    return _REFERENCE.sub(replaced, text)


def _from_all(pod: Obj, source: Obj, store: Store) -> dict[str, str]:
    prefix = source.get("prefix", "")
    for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
        if field not in source:
            continue
        name, optional = source[field].get("name", ""), source[field].get("optional", False)
        obj = store.get(resource, namespace_of(pod), name)
        if obj is None and not optional:
            raise ConfigMissing(f'{resource[:-1]} "{name}" not found')
        return {f"{prefix}{key}": value.decode() for key, value in contents(obj).items()}
    return {}


def contents(obj: Obj | None) -> dict[str, bytes]:
    """The keys of a ConfigMap or Secret."""
    if obj is None:
        return {}
    if obj["kind"] == "Secret":
        return {key: base64.b64decode(value) for key, value in (obj.get("data") or {}).items()}
    binary = {key: base64.b64decode(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {key: value.encode() for key, value in (obj.get("data") or {}).items()} | binary


def _value(pod: Obj, container: Obj, variable: Obj, pod_ip: str, store: Store) -> str | None:
    source = variable.get("valueFrom")
    if source is None:
        return str(variable.get("value", ""))
    for field, resource, kind in (
        ("configMapKeyRef", "configmaps", "ConfigMap"),
        ("secretKeyRef", "secrets", "Secret"),
    ):
        if field in source:
            return _key(pod, source[field], (resource, kind), store)
    if "fieldRef" in source:
        return pod_field(pod, source["fieldRef"]["fieldPath"], pod_ip)
    return _resource(container, source.get("resourceFieldRef", {}))


def _key(pod: Obj, reference: Obj, what: tuple[str, str], store: Store) -> str | None:
    resource, kind = what
    name, key, optional = reference.get("name", ""), reference["key"], reference.get("optional", False)
    obj = store.get(resource, namespace_of(pod), name)
    if obj is None:
        if optional:
            return None
        raise ConfigMissing(f'{resource[:-1]} "{name}" not found')
    value = contents(obj).get(key)
    if value is None:
        if optional:
            return None
        raise ConfigMissing(f"couldn't find key {key} in {kind} {namespace_of(pod)}/{name}")
    return value.decode()


def pod_field(pod: Obj, path: str, pod_ip: str) -> str:
    """The downward API."""
    if match := _MAPPED.fullmatch(path):
        return (labels_of(pod) if match.group(1) == "labels" else annotations_of(pod)).get(match.group(2), "")
    reader = _FIELDS.get(path)
    if reader is not None:
        return reader(pod)
    return pod_ip if path in ("status.podIP", "status.podIPs") else ""


def _pairs(found: Mapping[str, str]) -> str:
    return "\n".join(f'{key}="{value}"' for key, value in sorted(found.items()))


_FIELDS: Mapping[str, Callable[[Obj], str]] = {
    "metadata.name": name_of,
    "metadata.namespace": namespace_of,
    "metadata.uid": uid_of,
    "metadata.labels": lambda pod: _pairs(labels_of(pod)),
    "metadata.annotations": lambda pod: _pairs(annotations_of(pod)),
    "spec.nodeName": podstate.node_of,
    "spec.serviceAccountName": lambda pod: str(dig(pod, "spec", "serviceAccountName", default="")),
    "status.hostIP": lambda pod: str(dig(pod, "status", "hostIP", default="")),
}


def _resource(container: Obj, reference: Obj) -> str:
    group, _, name = str(reference.get("resource", "")).partition(".")
    value = dig(container, "resources", group, name, default="0")
    divisor = quantity.parse(reference.get("divisor") or "1") or quantity.parse("1")
    return str(-(-quantity.parse(value) // divisor))
