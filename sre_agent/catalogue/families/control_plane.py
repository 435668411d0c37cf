"""The control plane that clients speak to: the API server and etcd.

Seen in their pods and units, and in what their clients say. Words of etcd: `etcdserver: no leader`, `request timed out`, `took too long`;
of API clients: `connect: connection refused` to the API's port, `client-side throttling`, `Too many requests`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import (
    all_nodes,
    component_pods,
    pod_is_down,
    unit_down,
    unit_runs,
)  # fmt: skip
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import containers_of
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

CLUSTER = EntityRef(kind="Cluster", name="cluster")
_API_GONE = re.compile(
    r"(?:dial tcp|connect to|connection to the server|Post|Get|Failed to watch|kubernetes\.default|:6443|:443/apis?/).{0,160}(?:connection refused|was refused|i/o timeout|no route to host|deadline exceeded|TLS handshake timeout)",
    re.I | re.S,
)
_API_NAMED = re.compile(
    r":6443|kubernetes\.default|10\.96\.0\.1|:443/apis?\b|/apis?/v1|/apis/|connection to the server|kube-apiserver",
    re.I,
)
_ETCD = re.compile(
    r"etcdserver: (?:request timed out|no leader|leader changed|mvcc: database space exceeded|too many requests)|lost leader|has no leader|slow fdatasync|failed to send out heartbeat on time|raft.*election timeout|\betcd\b.{0,80}(?:unhealthy|unreachable|context deadline|connection refused)",
    re.I | re.S,
)
_THROTTLED = re.compile(
    r"client-side throttling|Throttling request took|server has received too many requests|apiserver.{0,60}(?:429|too many requests)|(?:429|too many requests).{0,80}(?:apiserver|/apis?/)",
    re.I,
)


def component_down(picture: Picture, component: str) -> tuple[str, tuple[Citation, ...]] | None:
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


def _api_server(picture: Picture) -> Iterable[Lead]:
    down = component_down(picture, "kube-apiserver")
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
    down, found = component_down(picture, "etcd"), list(heard(picture, _ETCD))
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
