"""What speaks for a lead besides its own rule: that it fits who is ill, who complains, and when it began; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sre_agent.catalogue.cause import Lead
from sre_agent.catalogue.looking import desired_replicas
from sre_agent.orient.reach import EVERYWHERE, focus_names, known_as, names_at_home, names_of, reached_by
from sre_agent.orient.symptoms import STEADY, Symptom, fresh_warnings, symptoms_of
from sre_agent.picture.containers import containers_of, is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

IN_FOCUS = 1.5
"""What it adds that the fault would reach what the alerts are about."""
OUT_OF_FOCUS = 3.0
"""What it costs that it would not: noise elsewhere is not the cause."""
COVERS = 1.5
"""What it adds that it would explain everything that is ill."""
EXPLAINS_NOTHING = 2.0
"""What it costs that nothing of what is ill lies within its reach."""
CAME_THROUGH = 4.0
"""What it costs that the blamed containers have been well for long: what they once suffered is over."""
LONG_STANDING = 2.0
"""What it costs that its trouble is far older than the rest."""
OLDER = timedelta(hours=6)
DOWN = ("unready", "missing")
"""Symptoms that show a workload itself to be down."""
FELT_BELOW = frozenset({"retry_storm"})
"""Causes of which those suffer that are called."""
FELT_ON_NODES = frozenset({"pdb_blocks_eviction"})
"""Causes that stand in the way of work on nodes; the workload itself is well."""
OF_ENDED = frozenset({"oom_killed", "application_startup_crash"})
"""Causes that the end of a container tells of."""
_OF_THE_MOMENT = ("kubernetes/pods.json", "kubernetes/events.json")
"""Sources that hold what once happened beside what is so now."""


@dataclass(frozen=True)
class Scene:
    """What every lead of one picture is held against, worked out once."""

    picture: Picture
    focus: frozenset[str]
    symptoms: tuple[Symptom, ...]
    newest: datetime | None


@dataclass(frozen=True)
class Bearing:
    """How a lead fits the scene: `own` are its entity's names, `reached` those that would show its fault."""

    own: frozenset[str]
    reached: frozenset[str]
    worth: float
    covered: float
    over: bool
    hearsay: bool = False
    """Only others say so of an object that is down, or of which nobody looked whether it is: that does not tell why."""


def scene_of(picture: Picture) -> Scene:
    symptoms = tuple(_at_home(picture))
    times = [symptom.since for symptom in symptoms if symptom.since]
    newest = max([*times, *([picture.onset] if picture.frame.alerts else [])], default=None)
    return Scene(picture, focus_names(picture), tuple(_of_today(symptoms, newest, picture)), newest)


def _of_today(symptoms: tuple[Symptom, ...], newest: datetime | None, picture: Picture) -> Iterator[Symptom]:
    """What is not far older than the newest of all: any trouble where no namespace is named, and Jobs that once failed."""
    old = {
        (one.namespace, one.name)
        for one in symptoms
        if one.since and newest and newest - one.since > OLDER and one.namespace
    }
    for one in symptoms:
        is_named = picture.frame.namespace and one.kind != "failed"
        if is_named or (one.namespace, one.name) not in old:
            yield one


def _at_home(picture: Picture) -> Iterator[Symptom]:
    """Symptoms of the incident's own namespace, of nodes, and of what its own calls; those of other teams are theirs."""
    home = picture.frame.namespace
    for symptom in symptoms_of(picture):
        name = known_as(symptom.name, symptom.namespace, picture)
        if not home or symptom.namespace in ("", home) or picture.callers.get(name):
            yield replace(symptom, name=name)


def bearing_of(lead: Lead, scene: Scene) -> Bearing:
    own = names_of(lead.entity, scene.picture)
    everywhere = lead.cause in EVERYWHERE
    reached = reached_by(lead.entity, scene.picture, everywhere=everywhere) | _told(lead, scene.picture)
    if lead.cause in FELT_BELOW:
        reached |= frozenset(below for name in own for below in scene.picture.downstream_of(name))
    worth = 0.0
    if scene.focus:
        worth += IN_FOCUS if scene.focus & reached else -OUT_OF_FOCUS
    elif _is_of_others(lead, reached, scene):
        worth -= OUT_OF_FOCUS
    covered = coverage(reached, scene)
    if scene.symptoms:
        worth += COVERS * covered if covered else -EXPLAINS_NOTHING
    over = _is_over(lead, scene.picture)
    worth -= CAME_THROUGH if over else 0.0
    worth -= LONG_STANDING if _is_long_standing(own, scene) else 0.0
    return Bearing(own, reached, worth, covered, over, _is_hearsay(lead, own, scene))


def _is_of_others(lead: Lead, reached: frozenset[str], scene: Scene) -> bool:
    """Whether the incident names a namespace, and this is of another one and reaches nobody in it."""
    home, space = scene.picture.frame.namespace, lead.entity.namespace
    return bool(home and space and space != home) and not reached & names_at_home(scene.picture)


def _is_hearsay(lead: Lead, own: frozenset[str], scene: Scene) -> bool:
    down = any(symptom.name in own and symptom.kind in DOWN for symptom in scene.symptoms)
    unlisted = not scene.picture.looked_at("pods")
    if not (down or unlisted) or not all(citation.source.startswith("logs/") for citation in lead.citations):
        return False
    workload = _workload(lead, scene.picture)
    if workload is None:
        return False
    words = {chunk.source.name for chunk in scene.picture.logs_of(workload)}
    return not any(citation.source in words for citation in lead.citations)


def _nodes_of(lead: Lead, picture: Picture) -> frozenset[str]:
    """The nodes where its pods stand: a drain of one of them is what a budget holds up."""
    workload = _workload(lead, picture) if lead.cause in FELT_ON_NODES else None
    pods = picture.inventory.live_pods_of(workload) if workload else ()
    return frozenset(str(pod.dig("spec", "nodeName")) for pod in pods if pod.dig("spec", "nodeName"))


def _told(lead: Lead, picture: Picture) -> frozenset[str]:
    """Whom something outside of the cluster reaches: those who complain of it, and who calls these."""
    callers = lead.hints.get("callers")
    names = frozenset(str(one) for one in callers) if isinstance(callers, list) else frozenset()
    above = frozenset(above for name in names for above in picture.upstream_of(name))
    return names | above | _nodes_of(lead, picture)


def coverage(reached: frozenset[str], scene: Scene) -> float:
    """Share of what is ill that lies within reach, each thing counted once."""
    ill = {symptom.name for symptom in scene.symptoms}
    return len(ill & reached) / len(ill) if ill else 0.0


def _is_over(lead: Lead, picture: Picture) -> bool:
    """Whether it tells only of what once befell containers that have been well since."""
    if lead.cause in FELT_ON_NODES:
        return False
    sources = {citation.source for citation in lead.citations}
    if not sources & set(_OF_THE_MOMENT) or not all(source.startswith("kubernetes/") for source in sources):
        return False
    workload = _workload(lead, picture)
    if workload is None:
        return False
    if lead.cause in OF_ENDED and _ended_long_ago(picture, workload):
        return True
    return came_through(picture, workload) or has_its_pods_since(lead, picture, workload)


def _ended_long_ago(picture: Picture, workload: Obj) -> bool:
    """Whether its containers run, and the last of them to end did so long ago: what ails its pods now is something else."""
    views = [view for pod in picture.inventory.live_pods_of(workload) for view in containers_of(pod)]
    ends = [moment(str(view.terminated.get("finishedAt") or "")) for view in views if view.terminated]
    told = [at for at in ends if at is not None]
    running = all(view.running for view in views if not view.init)
    return bool(told) and len(told) == len(ends) and running and picture.frame.now - max(told) > OLDER


def has_its_pods_since(lead: Lead, picture: Picture, workload: Obj) -> bool:
    """Whether what kept it from getting pods was overcome: it has them all, made after the last such warning."""
    pods = picture.inventory.live_pods_of(workload)
    born = max((pod.created_at for pod in pods if pod.created_at), default=None)
    if born is None or len(pods) < (desired_replicas(workload) or 1):
        return False
    said = [
        event
        for event in picture.events_around(workload)
        if event.is_warning and any(citation.excerpt in event.message for citation in lead.citations)
    ]
    times = [event.last_at for event in said if event.about[0] != "Pod"]
    return bool(said) and len(times) == len(said) and all(at is not None and at <= born for at in times)


def _workload(lead: Lead, picture: Picture) -> Obj | None:
    entity = lead.entity
    found = picture.inventory.get(entity.kind, entity.name, entity.namespace)
    if found is None or found.kind in ("Node", "Namespace", "Service", "Ingress"):
        return None
    return picture.inventory.top_owner(found)


def came_through(picture: Picture, workload: Obj) -> bool:
    """Every pod is ready, every container has run steadily for a while, and nobody warns any more."""
    live = picture.inventory.live_pods_of(workload)
    if not live or not all(is_ready(pod) for pod in live):
        return False
    now = picture.frame.now
    views = [view for pod in live for view in containers_of(pod) if not view.init]
    steady = all(view.started_at is not None and now - view.started_at > STEADY for view in views)
    return steady and not fresh_warnings(picture, workload)


def _is_long_standing(own: frozenset[str], scene: Scene) -> bool:
    """Whether all that is ill about it has been so for far longer than what is newest."""
    since = [symptom.since for symptom in scene.symptoms if symptom.name in own and symptom.since]
    return bool(since) and scene.newest is not None and all(scene.newest - at > OLDER for at in since)
