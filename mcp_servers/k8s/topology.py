"""The read tool for who belongs to whom and who calls whom in a namespace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import Final

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Clusters
from mcp_servers.k8s.answers import Edge, ServiceMap, Topology, Workload
from mcp_servers.k8s.asks import TopologyAsk
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.redaction import redacted_text

WORKLOADS: Final = ("deployments", "statefulsets", "daemonsets", "cronjobs")
_HOST: Final = re.compile(
    r"(?<![A-Za-z0-9_-])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9-]{1,63}){0,5}(?![A-Za-z0-9_-])"
)
_ADDRESS: Final = re.compile(r"://|:\d{2,5}(?!\d)|\.svc(?:\.|$)")
"""What makes a value an address: a scheme, a port, or a name within the cluster."""
_BARE_HOST: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")
_NAMES_A_HOST: Final = re.compile(r"host|addr|url|uri|server|endpoint|upstream|peer", re.IGNORECASE)


class TopologyReading:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def topology(self, ask: TopologyAsk) -> Topology:
        """Workloads with their pods, Services with what they select, and which workload names which Service."""
        look = (await self._clusters.cluster(ask.cluster)).look
        plurals = (*WORKLOADS, "pods", "replicasets", "services", "endpointslices", "configmaps")
        listings = await asyncio.gather(
            *(look.list(kinds.of(plural), ask.namespace, limit=2000) for plural in plurals)
        )
        items = {plural: listing.items for plural, listing in zip(plurals, listings, strict=True)}
        workloads = [item for plural in WORKLOADS for item in items[plural]]
        return Topology(
            workloads=[_workload(item, items["pods"], items["replicasets"]) for item in workloads],
            services=[_service(item, items["pods"], items["endpointslices"]) for item in items["services"]],
            edges=edges(workloads, items["services"], items["configmaps"], ask.namespace),
        )


def _workload(item: Json, pods: list[Json], replica_sets: list[Json]) -> Workload:
    makers = {shape.uid_of(item), *(shape.uid_of(each) for each in replica_sets if _owns(item, each))}
    mine = [pod for pod in pods if any(shape.is_owned_by(pod, uid) for uid in makers)]
    desired = shape.spec(item).get("replicas", shape.status(item).get("desiredNumberScheduled", 0))
    ready = shape.status(item).get("readyReplicas", shape.status(item).get("numberReady", 0))
    return Workload(
        kind=str(item.get("kind", "")),
        name=shape.name_of(item),
        desired=int(desired or 0),
        ready=int(ready or 0),
        pods=sorted(shape.name_of(pod) for pod in mine),
    )


def _owns(item: Json, child: Json) -> bool:
    return shape.is_owned_by(child, shape.uid_of(item))


def _service(item: Json, pods: list[Json], slices: list[Json]) -> ServiceMap:
    selector = shape.spec(item).get("selector") or {}
    return ServiceMap(
        name=shape.name_of(item),
        selector=selector,
        ports=list(shape.spec(item).get("ports") or []),
        pods=sorted(
            shape.name_of(pod) for pod in pods if shape.is_live(pod) and shape.selects(selector, pod)
        ),
        ready_addresses=len(set(_ready_addresses(item, slices))),
    )


def _ready_addresses(service: Json, slices: list[Json]) -> Iterator[str]:
    for each in slices:
        if shape.labels(each).get("kubernetes.io/service-name") != shape.name_of(service):
            continue
        for endpoint in each.get("endpoints") or []:
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                yield from endpoint.get("addresses") or []


def edges(
    workloads: Iterable[Json], services: Iterable[Json], config_maps: Iterable[Json], namespace: str
) -> list[Edge]:
    """Pure: a workload whose configuration holds an address of a Service calls that Service."""
    names = {shape.name_of(service) for service in services}
    configs = {shape.name_of(item): item.get("data") or {} for item in config_maps}
    found: dict[tuple[str, str], str] = {}
    for workload in workloads:
        source = shape.name_of(workload)
        for where, value in _settings(workload, configs):
            bare = _NAMES_A_HOST.search(where) and _BARE_HOST.fullmatch(value)
            if not bare and not _ADDRESS.search(value):
                continue
            for name in _named(value, names, namespace):
                if name != source:
                    found.setdefault((source, name), f"{where}={redacted_text(value)[:200]}")
    return [Edge(source=source, to=name, why=why) for (source, name), why in sorted(found.items())]


def _settings(workload: Json, configs: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """(where it stands, value) of everything a workload's containers are told."""
    spec = shape.spec(workload)
    template = (
        spec.get("template") or ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    )
    for container in shape.containers(template):
        for entry in container.get("env") or []:
            reference = (entry.get("valueFrom") or {}).get("configMapKeyRef") or {}
            value = entry.get(
                "value", configs.get(reference.get("name", ""), {}).get(reference.get("key", ""))
            )
            if value:
                yield f"env {entry.get('name', '')}", str(value)
        for entry in container.get("envFrom") or []:
            name = (entry.get("configMapRef") or {}).get("name", "")
            yield from ((f"ConfigMap {name} {key}", value) for key, value in configs.get(name, {}).items())
        for argument in [*(container.get("command") or []), *(container.get("args") or [])]:
            yield "argument", str(argument)
    for volume in shape.spec(template).get("volumes") or []:
        name = (volume.get("configMap") or {}).get("name", "")
        for key, text in configs.get(name, {}).items():
            yield from ((f"ConfigMap {name} {key}", line.strip()) for line in str(text).splitlines()[:500])


def _named(value: str, names: set[str], namespace: str) -> set[str]:
    """Services of this namespace that an address in the value names."""
    found = set()
    for match in _HOST.finditer(value[:2000]):
        name, _, rest = match[0].partition(".")
        if name in names and (not rest or rest == namespace or rest.startswith(f"{namespace}.svc")):
            found.add(name)
    return found
