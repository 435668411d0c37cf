"""Revisions of a workload: which templates it had, when, and which it has now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Clusters, Look
from mcp_servers.k8s.answers import History
from mcp_servers.k8s.answers import Revision as RevisionAnswer
from mcp_servers.k8s.asks import RolloutHistory
from mcp_servers.k8s.pointers import ABSENT, at, pointer
from mcp_servers.k8s.reading import target
from mcp_servers.k8s.shape import Json

DEPLOYMENT_REVISION: Final = "deployment.kubernetes.io/revision"
TEMPLATE_HASH: Final = "pod-template-hash"


@dataclass(frozen=True)
class Revision:
    """One former or present template of a workload."""

    number: int
    template: Json
    source: Json

    def answer(self) -> RevisionAnswer:
        cause = shape.annotated(self.source).get(shape.CHANGE_CAUSE, "")
        return RevisionAnswer(
            revision=self.number,
            created_at=str(shape.meta(self.source).get("creationTimestamp", "")),
            images=shape.images(self.template),
            template=self.template,
            object=shape.name_of(self.source),
            change_cause=cause,
        )


@dataclass(frozen=True)
class Revisions:
    """Newest first. `current` is the number of the template in the workload's spec, 0 where unknown."""

    current: int
    all: tuple[Revision, ...]

    def numbered(self, number: int) -> Revision | None:
        return next((each for each in self.all if each.number == number), None)

    def before_current(self) -> Revision | None:
        return next((each for each in self.all if each.number != self.current), None)


class Rollouts:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def rollout_history(self, ask: RolloutHistory) -> History:
        """A workload's revisions, newest first: when each came, its images, its template, its change cause."""
        cluster = await self._clusters.cluster(ask.cluster)
        _, item = await target(cluster, ask.kind, ask.name, ask.namespace)
        revisions = await revisions_of(cluster.look, item)
        return History(current=revisions.current, revisions=[each.answer() for each in revisions.all])


async def revisions_of(look: Look, workload: Json) -> Revisions:
    """From the ReplicaSets of a Deployment, or the ControllerRevisions of the others."""
    plural = "replicasets" if workload.get("kind") == "Deployment" else "controllerrevisions"
    selector = shape.label_selector(shape.spec(workload).get("selector") or {})
    namespace = str(shape.meta(workload).get("namespace", ""))
    listing = await look.list(
        kinds.of(plural), namespace, query=[("labelSelector", selector)] if selector else [], limit=1000
    )
    sources = [each for each in listing.items if shape.is_owned_by(each, shape.uid_of(workload))]
    return of_sources(workload, sources)


def numbered_by(workload: Json) -> tuple[str, ...]:
    """Pointer to what says which revision the workload has now; none where nothing in it does (a DaemonSet)."""
    annotation = pointer("metadata", "annotations", DEPLOYMENT_REVISION)
    path = {"Deployment": annotation, "StatefulSet": "/status/updateRevision"}.get(str(workload.get("kind")))
    return (path,) if path and at(workload, path) is not ABSENT else ()


def of_sources(workload: Json, sources: list[Json]) -> Revisions:
    """Pure: the revisions told by the objects that keep them."""
    deployment = workload.get("kind") == "Deployment"
    told = [_of_replica_set(each) if deployment else _of_controller_revision(each) for each in sources]
    found = sorted((each for each in told if each is not None), key=lambda each: each.number, reverse=True)
    return Revisions(_current(workload, found), tuple(found))


def _of_replica_set(source: Json) -> Revision | None:
    number = shape.annotated(source).get(DEPLOYMENT_REVISION, "")
    if not number.isdigit():
        return None
    template = shape.spec(source).get("template") or {}
    metadata = dict(template.get("metadata") or {})
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != TEMPLATE_HASH}
    return Revision(int(number), {**template, "metadata": {**metadata, "labels": labels}}, source)


def _of_controller_revision(source: Json) -> Revision | None:
    template: Any = ((source.get("data") or {}).get("spec") or {}).get("template")
    number = source.get("revision")
    if not isinstance(template, dict) or not isinstance(number, int):
        return None
    return Revision(number, {key: value for key, value in template.items() if key != "$patch"}, source)


def _current(workload: Json, found: list[Revision]) -> int:
    number = shape.annotated(workload).get(DEPLOYMENT_REVISION, "")
    if workload.get("kind") == "Deployment" and number.isdigit():
        return int(number)
    name = shape.status(workload).get("updateRevision")
    named = (each.number for each in found if shape.name_of(each.source) == name)
    return next(named, found[0].number if found else 0)
