"""What the kubelet and the controllers say about a container, a pod or a workload, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.catalogue.subjects import Subject
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Obj, condition, dig
from sre_agent.picture.world import Picture

STALE = timedelta(hours=2)
"""An event this long before the incident says nothing of it, unless it is still being repeated."""


@dataclass(frozen=True)
class Said:
    """Words, and their place."""

    text: str
    citation: Citation
    reason: str = ""


def of_container(picture: Picture, view: ContainerView) -> list[Said]:
    """Messages of its states, then warnings about its pod that do not name another container."""
    return [*_states(view), *(Said(one.message, one.quote(), one.reason) for one in _events(picture, view))]


def _states(view: ContainerView) -> Iterator[Said]:
    for state in (("state", "waiting"), ("state", "terminated"), ("lastState", "terminated")):
        message = str(dig(view.status, *state, "message") or "")
        if message:
            reason = str(dig(view.status, *state, "reason") or "")
            yield Said(message, view.pod.source.quote(message), reason)


def _events(picture: Picture, view: ContainerView) -> Iterator[EventView]:
    for event in picture.events_about(view.pod):
        field = str(event.obj.dig("involvedObject", "fieldPath") or "")
        if is_timely(picture, event) and ("{" not in field or f"{{{view.name}}}" in field):
            yield event


def is_timely(picture: Picture, event: EventView) -> bool:
    """Whether it was said around the incident, or its time is not known."""
    return event.last_at is None or event.last_at >= picture.onset - STALE


def of_pod(picture: Picture, pod: Obj) -> list[Said]:
    """Its own status, the messages of its conditions, and events about it."""
    found = []
    if message := str(pod.dig("status", "message") or ""):
        found.append(Said(message, pod.quote("status", "message"), str(pod.dig("status", "reason") or "")))
    for one in pod.items("status", "conditions"):
        if one.get("status") == "False" and (text := str(one.get("message") or "")):
            found.append(Said(text, pod.source.quote(text), str(one.get("reason") or "")))
    events = [event for event in picture.events_about(pod) if is_timely(picture, event)]
    return [*found, *(Said(event.message, event.quote(), event.reason) for event in events)]


def of_making(picture: Picture, subject: Subject) -> list[Said]:
    """Why its controller could not make pods: FailedCreate events and the ReplicaFailure condition."""
    owner = subject.owner
    found = []
    makers = [owner, *picture.inventory.replica_sets_of(owner), *_jobs_of(picture, owner)]
    for maker in makers:
        failure = condition(maker, "ReplicaFailure")
        if failure.get("status") == "True" and failure.get("message"):
            text = str(failure["message"])
            found.append(Said(text, maker.source.quote(text), str(failure.get("reason") or "")))
        found += [
            Said(event.message, event.quote(), event.reason)
            for event in picture.events_about(maker)
            if event.reason in ("FailedCreate", "ReplicaSetCreateError") and is_timely(picture, event)
        ]
    return found


def _jobs_of(picture: Picture, owner: Obj) -> list[Obj]:
    if owner.kind != "CronJob":
        return []
    jobs = picture.inventory.of("Job", owner.namespace)
    return [job for job in jobs if job.owner == (owner.kind, owner.name)]


def saying(found: Iterable[Said], pattern: re.Pattern[str]) -> Said | None:
    """The last of them with these words."""
    matching = [one for one in found if pattern.search(one.text)]
    return matching[-1] if matching else None


def brief(text: str, most: int = 220) -> str:
    """One line of it, for a statement."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
