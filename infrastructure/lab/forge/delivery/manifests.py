"""Manifests of a commit → the objects to apply: images, version and change cause filled in. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from infrastructure.lab.forge.options import DEPLOY_FOLDER
from infrastructure.lab.forge.registry import Registry

VERSION = "app.kubernetes.io/version"
CHANGE_CAUSE = "kubernetes.io/change-cause"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "ServiceAccount",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "Service",
)

Object = dict[str, Any]


class ManifestWrong(Exception):
    """A manifest cannot be applied; the message names the file."""


def read_manifests(files: Mapping[str, str]) -> list[tuple[str, Object]]:
    """(path, object) of every document under `deploy/`, what others lean on first."""
    found: list[tuple[str, Object]] = []
    for path, text in sorted(files.items()):
        if path.startswith(f"{DEPLOY_FOLDER}/") and path.endswith((".yaml", ".yml")):
            found += [(path, document) for document in _documents(path, text)]
    return sorted(found, key=lambda pair: _rank(pair[1]["kind"]))


def _documents(path: str, text: str) -> list[Object]:
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        raise ManifestWrong(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    for document in documents:
        if not isinstance(document, dict) or not document.get("kind") or not document.get("apiVersion"):
            raise ManifestWrong(f"{path}: a document lacks apiVersion or kind")
        if not (document.get("metadata") or {}).get("name"):
            raise ManifestWrong(f"{path}: a {document['kind']} has no metadata.name")
    return documents


def _rank(kind: str) -> int:
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def pod_template(manifest: Mapping[str, Any]) -> Object | None:
    """The pod template of a workload or CronJob."""
    spec = manifest.get("spec") or {}
    if manifest.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template")
    return template if isinstance(template, dict) else None


def services_of(manifest: Mapping[str, Any], registry: Registry) -> list[str]:
    """The services whose images the object runs."""
    found = [registry.split(str(container.get("image", "")))[0] for container in _containers(manifest)]
    return [service for service in found if service]


def fill(manifest: Object, *, registry: Registry, cause: str) -> Object:
    """The object as it is applied: the last built tag where none is written, version, change cause."""
    filled = copy.deepcopy(manifest)
    versions = [_fill_image(container, registry) for container in _containers(filled)]
    version = next((version for version in versions if version), None)
    template = pod_template(filled)
    if version and template is not None:
        for metadata in (filled["metadata"], template.setdefault("metadata", {})):
            metadata.setdefault("labels", {})[VERSION] = version
            metadata.setdefault("annotations", {})[VERSION] = version
    if filled["kind"] in WORKLOADS and cause:
        filled["metadata"].setdefault("annotations", {})[CHANGE_CAUSE] = cause
    return filled


def _containers(manifest: Mapping[str, Any]) -> list[Object]:
    spec = (pod_template(manifest) or {}).get("spec") or {}
    return [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]


def _fill_image(container: Object, registry: Registry) -> str | None:
    service, tag = registry.split(str(container.get("image", "")))
    if service is None:
        return None
    if tag is None:
        tag = registry.latest(service)
        if tag is None:
            raise ManifestWrong(f"no image of {service} was ever built")
        container["image"] = registry.image_of(service, tag)
    return tag
