"""The control plane: scheduler, controllers, API server and etcd.

Seen in their pods and units, in what they no longer do (pods without a word from the scheduler, workloads that nobody
reconciles), and in what their clients say. Words of etcd: `etcdserver: no leader`, `request timed out`, `took too long`;
of API clients: `connect: connection refused` to the API's port, `client-side throttling`, `Too many requests`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.binding import unbound_claims
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import (
    all_nodes,
    component_pods,
    control_plane_nodes,
    pod_is_down,
    unit_down,
    unit_runs,
)  # fmt: skip
from sre_agent.catalogue.subjects import missing_pods, subjects
from sre_agent.catalogue.unplaced import Unplaced, hindrance, unplaced
from sre_agent.catalogue.words import of_making
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import containers_of
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.world import Picture

CLUSTER = EntityRef(kind="Cluster", name="cluster")
_API_GONE = re.compile(
    r"(?:dial tcp|connect to|connection to the server|Post|Get|Failed to watch|kubernetes\.default|:6443|:443/apis?/).{0,160}(?:connection refused|was refused|i/o timeout|no route to host|deadline exceeded|TLS handshake timeout)",
    re.I | re.S,
)
_API_NAMED = re.compile(
    r":6443|kubernetes\.default|10\.96\.0\.1|/apis?/v1|/apis/|connection to the server|kube-apiserver", re.I
)
_ETCD = re.compile(
    r"etcdserver: (?:request timed out|no leader|leader changed|mvcc: database space exceeded|too many requests)|lost leader|has no leader|slow fdatasync|failed to send out heartbeat on time|raft.*election timeout|\betcd\b.{0,80}(?:unhealthy|unreachable|context deadline|connection refused)",
    re.I | re.S,
)
_THROTTLED = re.compile(
    r"client-side throttling|Throttling request took|server has received too many requests|apiserver.{0,60}(?:429|too many requests)|(?:429|too many requests).{0,80}(?:apiserver|/apis?/)",
    re.I,
)


def _scheduler(picture: Picture) -> Iterable[Lead]:
    """Pods without a node of whom the scheduler says nothing, though a node would take them; or the scheduler itself is down."""
    down = _down(picture, "kube-scheduler")
    silent = [one for one in unplaced(picture) if not one.said and not one.pod.dig("spec", "nodeName")]
    ignored = [one for one in silent if picture.looked_at("events") and _could_run(picture, one)]
    if not down and (not ignored or _others_placed_later(picture, ignored[0].pod)):
        return
    weight = (DECISIVE if silent else FAIR) if down else STRONG
    node, cited = down or (_first_control_plane(picture), ())
    if node:
        yield Lead(
            cause="kube_scheduler_unavailable",
            entity=EntityRef(kind="Node", name=node),
            weight=weight,
            statement=f"The scheduler on {node} does not work: {len(silent)} workloads have pods without a node, and it says nothing of them.",
            citations=(*cited, *(_pending(one.pod) for one in ignored[:3] or silent[:3])),
            hints={
                "node": node,
                "component": "kube-scheduler",
                "callers": [one.subject.owner.name for one in silent],
            },
        )


def _could_run(picture: Picture, one: Unplaced) -> bool:
    """Whether nothing that can be seen keeps it from a node, and no scheduler has called it unschedulable."""
    waits = any(claim.subject is one.subject for claim in unbound_claims(picture))
    judged = condition(one.pod, "PodScheduled").get("reason") == "Unschedulable"
    return not waits and not judged and not hindrance(one)[0]


def _pending(pod: Obj) -> Citation:
    return (
        pod.quote("metadata", "name")
        if not pod.dig("status", "phase")
        else pod.source.quote(f'"phase": "{pod.dig("status", "phase")}"')
    )


def _others_placed_later(picture: Picture, pod: Obj) -> bool:
    """Whether a pod made after this one has a node: then the scheduler works."""
    created = pod.created_at
    return created is not None and any(
        other.created_at is not None
        and other.created_at > created
        and other.dig("spec", "nodeName")
        and other.owner
        and other.owner[0] not in ("DaemonSet", "Node")
        for other in picture.inventory.pods
    )


def _first_control_plane(picture: Picture) -> str:
    return next(iter(control_plane_nodes(picture)), "")


def _down(picture: Picture, component: str) -> tuple[str, tuple[Citation, ...]] | None:
    """(node, words) where every instance of a component that is known is down."""
    pods = list(component_pods(picture, component))
    if pods and all(pod_is_down(pod) or _crashing(pod) for pod in pods):
        first = pods[0]
        node = str(first.dig("spec", "nodeName") or first.name.removeprefix(f"{component}-"))
        return node, (first.quote("metadata", "name"), first.quote("status", "phase"))
    for node in all_nodes(picture):
        if (series := unit_down(picture, node, component)) and not any(
            unit_runs(picture, other, component) for other in all_nodes(picture)
        ):
            return node, (series.quote(),)
    return None


def _crashing(pod: Obj) -> bool:
    views = [view for view in containers_of(pod) if not view.init]
    return bool(views) and all(not view.ready and (view.waiting or view.terminated) for view in views)


def _controllers(picture: Picture) -> Iterable[Lead]:
    """Workloads that nobody reconciles: generations not observed, pods not made and no word why."""
    down = _down(picture, "kube-controller-manager")
    idle = [subject.owner for subject in subjects(picture) if _unobserved(subject.owner)]
    unmade = [
        subject.owner
        for subject in subjects(picture)
        if missing_pods(picture, subject)
        and subject.owner.kind == "Deployment"
        and not of_making(picture, subject)
        and not _quota_near(picture, subject.owner)
    ]
    if not down and not idle:
        return
    node, cited = down or (_first_control_plane(picture), ())
    if node:
        yield Lead(
            cause="kube_controller_manager_unavailable",
            entity=EntityRef(kind="Node", name=node),
            weight=DECISIVE if down and (idle or unmade) else STRONG if len(idle) > 1 or down else FAIR,
            statement=f"The controller manager on {node} does not work: {len(idle) or len(unmade)} workloads are not reconciled.",
            citations=(
                *cited,
                *(owner.quote("metadata", "generation") for owner in idle[:2]),
                *(owner.quote("status", "observedGeneration") for owner in idle[:2]),
            ),
            hints={
                "node": node,
                "component": "kube-controller-manager",
                "callers": [owner.name for owner in (*idle, *unmade)],
            },
        )


def _unobserved(owner: Obj) -> bool:
    wanted, seen = owner.dig("metadata", "generation"), owner.dig("status", "observedGeneration")
    return isinstance(wanted, int) and isinstance(seen, int) and seen < wanted


def _quota_near(picture: Picture, owner: Obj) -> bool:
    return (
        bool(picture.inventory.of("ResourceQuota", owner.namespace))
        or condition(owner, "ReplicaFailure").get("status") == "True"
    )


def _api_server(picture: Picture) -> Iterable[Lead]:
    down = _down(picture, "kube-apiserver")
    found = [one for one in heard(picture, _API_GONE) if _API_NAMED.search(one[0].text)]
    speakers = {one[0].speaker.ref for one in found}
    gone = [
        series
        for series in picture.series_named("up")
        if "apiserver" in series.label("job", "component") and series.last == 0.0
    ]
    if not down and not gone and len(speakers) < 2:
        return
    yield Lead(
        cause="kube_apiserver_unavailable",
        entity=CLUSTER,
        weight=(DECISIVE if down or gone else STRONG) - (least_doubt(found) if found else 0.0),
        statement=(
            f"The API server does not answer: {len(speakers)} of its clients say so."
            if speakers
            else "The API server does not answer."
        ),
        citations=(*(down[1] if down else ()), *(series.quote() for series in gone[:2]), *quotes(found, 3)),
        hints={"component": "kube-apiserver"},
    )


def _etcd(picture: Picture) -> Iterable[Lead]:
    down, found = _down(picture, "etcd"), list(heard(picture, _ETCD))
    leaderless = [series for series in picture.series_named("etcd_server_has_leader") if series.last == 0.0]
    if not down and not leaderless and not found:
        return
    yield Lead(
        cause="etcd_unhealthy",
        entity=CLUSTER,
        weight=(DECISIVE if down or leaderless else STRONG + SLIGHT) - (least_doubt(found) if found else 0.0),
        statement="etcd is ill: it has lost its quorum, its leader, or the speed of its disk.",
        citations=(
            *(down[1] if down else ()),
            *(series.quote() for series in leaderless[:2]),
            *quotes(found, 3),
        ),
        hints={"component": "etcd"},
    )


def _throttled(picture: Picture) -> Iterable[Lead]:
    found = list(heard(picture, _THROTTLED))
    if found:
        speakers = {one[0].speaker.ref for one in found}
        yield Lead(
            cause="api_server_throttling",
            entity=CLUSTER,
            weight=(STRONG if len(speakers) > 1 else FAIR + SLIGHT) - least_doubt(found),
            statement=f"The API server lets {len(speakers)} of its clients wait: {found[-1][0].text[:160]}",
            citations=quotes(found),
        )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, remedies=("restart_component_by_hand",))
ENTRIES = (
    Entry(
        _cause(
            code="kube_scheduler_unavailable",
            entity_kinds=("Node",),
            title="The scheduler is down",
            description="The scheduler on the control-plane node is down: new pods get no node, and nobody says why.",
            supports=("pods wait without a node and without any word of the scheduler", "its pod or unit is not running"),
            rules_out=("FailedScheduling events: the scheduler works, and says why", "a younger pod got a node"),
            neighbours=(
                Neighbour("node_selector_mismatch", "the scheduler says that no node matches"),
                Neighbour("kube_controller_manager_unavailable", "the pods are not even made"),
            ),
        ),
        _scheduler,
    ),
    Entry(
        _cause(
            code="kube_controller_manager_unavailable",
            entity_kinds=("Node",),
            title="The controller manager is down",
            description="Controllers are down: workloads, endpoints and nodes are no longer reconciled.",
            supports=("generations are not observed, pods are not made, and no event says why", "its pod or unit is not running"),
            rules_out=("FailedCreate events: the controllers work",),
            neighbours=(Neighbour("kube_scheduler_unavailable", "the pods are made, and get no node"),),
        ),
        _controllers,
    ),
    Entry(
        _cause(
            code="kube_apiserver_unavailable",
            entity_kinds=("Cluster",),
            title="The API server is down",
            description="The API server is down or cannot be reached; what runs goes on, nothing can be changed or watched.",
            supports=("several clients cannot connect to the API", "its pods are down, or `up` says 0"),
            rules_out=("the API answers others",),
            neighbours=(Neighbour("etcd_unhealthy", "the API server answers, and says that etcd does not"),),
        ),
        _api_server,
    ),
    Entry(
        _cause(
            code="etcd_unhealthy",
            entity_kinds=("Cluster",),
            title="etcd is ill",
            description="etcd has lost its quorum or leader, or its disk is too slow for it.",
            supports=("'etcdserver: no leader', 'request timed out'", "etcd_server_has_leader is 0"),
            rules_out=("its members have a leader and answer in time",),
            neighbours=(Neighbour("kube_apiserver_unavailable", "the API server itself does not answer"),),
        ),
        _etcd,
    ),
    Entry(
        _cause(
            code="api_server_throttling",
            entity_kinds=("Cluster",),
            title="Clients are throttled by the API server",
            description="Clients ask more of the API server than its priority and fairness, or their own limits, allow.",
            supports=("'client-side throttling', 'too many requests' from the API server",),
            rules_out=("the API server does not answer at all",),
            neighbours=(Neighbour("kube_apiserver_unavailable", "no answer comes, not even a refusal"),),
        ),
        _throttled,
    ),
)  # fmt: skip
