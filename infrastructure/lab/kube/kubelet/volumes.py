"""Volumes with content: ConfigMaps, Secrets, projections and the ServiceAccount's token, as files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from infrastructure.lab.kube.kubelet.configuration import MountFailed, Surroundings, contents, pod_field
from infrastructure.lab.kube.objects.tree import Obj, dig, namespace_of

_KINDS = {"configMap": ("configmaps", "configmap", "name"), "secret": ("secrets", "secret", "secretName")}


def files_of(pod: Obj, container: Obj, pod_ip: str, around: Surroundings) -> dict[str, bytes]:
    """Absolute path → content of all a container mounts. Raises MountFailed."""
    volumes = {volume["name"]: volume for volume in dig(pod, "spec", "volumes", default=[])}
    found: dict[str, bytes] = {}
    for mount in container.get("volumeMounts", ()):
        volume = volumes.get(mount["name"])
        if volume is None:
            continue
        for path, data in volume_files(pod, volume, pod_ip, around).items():
            found.update(_placed(mount, path, data))
    return found


def _placed(mount: Obj, path: str, data: bytes) -> dict[str, bytes]:
    part = mount.get("subPath", "")
    if not part:
        return {posixpath.join(mount["mountPath"], path): data}
    if path == part:
        return {mount["mountPath"]: data}
    if path.startswith(f"{part}/"):
        return {posixpath.join(mount["mountPath"], path[len(part) + 1 :]): data}
    return {}


def check(pod: Obj, pod_ip: str, around: Surroundings) -> None:
    """Raises MountFailed for the first volume that cannot be set up."""
    for volume in dig(pod, "spec", "volumes", default=[]):
        volume_files(pod, volume, pod_ip, around)


def volume_files(pod: Obj, volume: Obj, pod_ip: str, around: Surroundings) -> dict[str, bytes]:
    if "persistentVolumeClaim" in volume:
        _check_claim(pod, volume, around)
    if "projected" in volume:
        found: dict[str, bytes] = {}
        for source in volume["projected"].get("sources", ()):
            found.update(_projected(pod, volume["name"], source, pod_ip, around))
        return found
    if "downwardAPI" in volume:
        return dict(_downward(pod, volume["downwardAPI"], pod_ip))
    for field in _KINDS:
        if field in volume:
            return _keys(pod, volume["name"], field, volume[field], around)
    return {}


def _projected(pod: Obj, volume: str, source: Obj, pod_ip: str, around: Surroundings) -> dict[str, bytes]:
    if "serviceAccountToken" in source:
        account = dig(pod, "spec", "serviceAccountName", default="default")
        token = around.tokens.token_for(namespace_of(pod), account)
        return {source["serviceAccountToken"]["path"]: token.encode()}
    if "downwardAPI" in source:
        return dict(_downward(pod, source["downwardAPI"], pod_ip))
    field = "configMap" if "configMap" in source else "secret"
    return _keys(pod, volume, field, {**source[field], "secretName": source[field].get("name")}, around)


def _downward(pod: Obj, source: Obj, pod_ip: str) -> Iterator[tuple[str, bytes]]:
    for item in source.get("items", ()):
        if "fieldRef" in item:
            yield item["path"], pod_field(pod, item["fieldRef"]["fieldPath"], pod_ip).encode()


def _keys(pod: Obj, volume: str, field: str, source: Obj, around: Surroundings) -> dict[str, bytes]:
    resource, word, name_field = _KINDS[field]
    name, optional = source.get(name_field) or "", source.get("optional", False)
    obj = around.store.get(resource, namespace_of(pod), name)
    if obj is None and not optional:
        raise MountFailed(volume, f'{word} "{name}" not found')
    data = contents(obj)
    if not source.get("items"):
        return data
    found = {}
    for item in source["items"]:
        if item["key"] in data:
            found[item["path"]] = data[item["key"]]
        elif not optional:
            raise MountFailed(volume, f"references non-existent config key: {item['key']}")
    return found


def _check_claim(pod: Obj, volume: Obj, around: Surroundings) -> None:
    name = volume["persistentVolumeClaim"]["claimName"]
    claim = around.store.get("persistentvolumeclaims", namespace_of(pod), name)
    if claim is None:
        raise MountFailed(volume["name"], f'persistentvolumeclaim "{name}" not found')
    if dig(claim, "status", "phase") != "Bound":
        raise MountFailed(volume["name"], f"PVC {namespace_of(pod)}/{name} is not bound")
