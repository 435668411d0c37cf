"""`kubectl apply`, client side: create what is missing, patch what differs, leave the rest alone."""

from __future__ import annotations

import json
from typing import Any, Literal

from infrastructure.lab.forge.delivery.kube_client import KubernetesClient, KubernetesRefused, Resource
from infrastructure.lab.forge.delivery.three_way import LAST_APPLIED, three_way_patch

Object = dict[str, Any]
Outcome = Literal["created", "configured", "unchanged"]
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
_CONFLICTS = 5


async def apply_object(client: KubernetesClient, manifest: Object, namespace: str) -> tuple[Outcome, Object]:
    """What was done, and the object as the server has it now; raises KubernetesDown or KubernetesRefused."""
    resource = await client.resource(manifest["apiVersion"], manifest["kind"])
    wanted = with_last_applied(in_namespace(manifest, resource, namespace))
    collection = resource.collection(wanted["metadata"].get("namespace", ""))
    path = f"{collection}/{wanted['metadata']['name']}"
    for attempt in range(_CONFLICTS):
        try:
            return await _apply_once(client, resource, (collection, path), wanted)
        except KubernetesRefused as refused:
            if refused.status != 409 or attempt == _CONFLICTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _apply_once(
    client: KubernetesClient, resource: Resource, paths: tuple[str, str], wanted: Object
) -> tuple[Outcome, Object]:
    collection, path = paths
    live = await client.get(path)
    if live is None:
        return "created", await client.create(collection, wanted)
    patch = three_way_patch(last_applied(live), wanted, live, strategic=resource.built_in)
    if not patch:
        return "unchanged", live
    return "configured", await client.patch(path, patch, STRATEGIC if resource.built_in else MERGE)


def in_namespace(manifest: Object, resource: Resource, namespace: str) -> Object:
    if not resource.namespaced or manifest["metadata"].get("namespace"):
        return manifest
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}


def with_last_applied(manifest: Object) -> Object:
    """The manifest carrying itself, as kubectl writes it: compact, sorted, one line."""
    metadata = manifest["metadata"]
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != LAST_APPLIED}
    plain = {**manifest, "metadata": {**metadata, "annotations": annotations}}
    written = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return {**plain, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: written}}}


def last_applied(live: Object) -> Object:
    """What was applied before; empty when nobody applied, or the annotation is not JSON."""
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED, "{}")
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}
