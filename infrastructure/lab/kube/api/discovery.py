"""Which groups, versions and resources there are."""

from __future__ import annotations

from functools import lru_cache

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.kinds import KINDS, REVIEWS, Kind, api_versions

VERSION: Obj = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.4",
    "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335",
    "gitTreeState": "clean",
    "buildDate": "2025-04-22T16:02:27Z",
    "goVersion": "go1.23.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}
"""The release whose behaviour is followed."""

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_SUB_VERBS = {
    "status": ["get", "patch", "update"],
    "scale": ["get", "patch", "update"],
    "log": ["get"],
    "eviction": ["create"],
    "binding": ["create"],
    "finalize": ["update"],
    "token": ["create"],
}
_SUB_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}


def groups() -> dict[str, str]:
    """Group → version, without the core."""
    return {
        version.partition("/")[0]: version.partition("/")[2] for version in api_versions() if "/" in version
    }


def api(server: str) -> Obj:
    address = {"clientCIDR": "0.0.0.0/0", "serverAddress": server}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}


def group_list() -> Obj:
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in groups()]}


def group(name: str) -> Obj | None:
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name)} if name in groups() else None


def _group(name: str) -> Obj:
    version = {"groupVersion": f"{name}/{groups()[name]}", "version": groups()[name]}
    return {"name": name, "versions": [version], "preferredVersion": version}


@lru_cache(maxsize=64)
def resource_list(api_version: str) -> Obj | None:
    if api_version not in api_versions():
        return None
    resources: list[Obj] = []
    for kind in KINDS:
        if kind.api_version == api_version:
            resources.append(_resource(kind))
            resources.extend(_subresource(kind, name) for name in kind.subresources)
    for (version, plural), kind_name in REVIEWS.items():
        if version == api_version:
            namespaced = kind_name.startswith("Local")
            entry = {"name": plural, "singularName": kind_name.lower(), "namespaced": namespaced}
            resources.append({**entry, "kind": kind_name, "verbs": ["create"]})
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": resources,
    }


def _resource(kind: Kind) -> Obj:
    entry: Obj = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": _VERBS,
    }
    if kind.short:
        entry["shortNames"] = list(kind.short)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    return entry


def _subresource(kind: Kind, name: str) -> Obj:
    entry: Obj = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
    if name in _SUB_KINDS:
        entry["group"], entry["version"], entry["kind"] = _SUB_KINDS[name]
    else:
        entry["kind"] = kind.kind
    return {**entry, "verbs": _SUB_VERBS[name]}


def aggregated(*, core: bool) -> Obj:
    """apidiscovery.k8s.io/v2: everything below /api or /apis in one answer."""
    versions = [version for version in api_versions() if ("/" not in version) is core]
    items = [_aggregated_group(version) for version in versions]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated_group(api_version: str) -> Obj:
    name, _, version = api_version.rpartition("/")
    resources = [_aggregated_resource(kind) for kind in KINDS if kind.api_version == api_version]
    for (home, plural), review in REVIEWS.items():
        if home == api_version:
            resources.append(_aggregated_review(plural, review, name, version))
    meta: Obj = {"creationTimestamp": None}
    if name:
        meta["name"] = name
    return {
        "metadata": meta,
        "versions": [{"version": version, "resources": resources, "freshness": "Current"}],
    }


def _aggregated_review(plural: str, review: str, group_name: str, version: str) -> Obj:
    return {
        "resource": plural,
        "responseKind": {"group": group_name, "version": version, "kind": review},
        "scope": "Namespaced" if review.startswith("Local") else "Cluster",
        "singularResource": review.lower(),
        "verbs": ["create"],
    }


def _aggregated_resource(kind: Kind) -> Obj:
    entry: Obj = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": _VERBS,
        "shortNames": list(kind.short),
        "categories": list(kind.categories),
    }
    entry["subresources"] = [_aggregated_subresource(kind, name) for name in kind.subresources]
    return {key: value for key, value in entry.items() if value}


def _aggregated_subresource(kind: Kind, name: str) -> Obj:
    group_name, version, kind_name = _SUB_KINDS.get(name, (kind.group, kind.version, kind.kind))
    shown = {"group": group_name, "version": version, "kind": kind_name}
    return {"subresource": name, "responseKind": shown, "verbs": _SUB_VERBS[name]}
