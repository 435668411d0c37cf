"""Namespaces whose quota refuses new objects.

Words of the ResourceQuota admission plugin: `exceeded quota: NAME, requested: requests.memory=1Gi, used: …, limited: …`
and `failed quota: NAME: must specify limits.cpu for: main` (https://kubernetes.io/docs/concepts/policy/resource-quotas/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.once import once
from sre_agent.catalogue.placing import requests_of
from sre_agent.catalogue.subjects import Subject, missing_pods, subjects, unmade
from sre_agent.catalogue.words import Said, is_timely, of_making
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, items, mapping
from sre_agent.picture.quantities import quantity
from sre_agent.picture.world import Picture

_REFUSED = re.compile(r"exceeded quota: ([\w.-]+)(.*)|failed quota: ([\w.-]+): must specify (.*)", re.S)
MAKERS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Deployment", "ReplicationController")
_LIMITED = re.compile(r"limited: (.*)", re.S)
_RESOURCE = re.compile(r"([a-z0-9][\w./-]*)(?:=|(?= for\b))")


def kind_of(resource: str) -> str:
    """Which of the five quotas a quota's key belongs to; empty for other object counts."""
    name = resource.removeprefix("requests.").removeprefix("limits.").removeprefix("count/")
    if name in ("cpu", "memory", "pods"):
        return name
    if name == "services" or name.startswith("services."):
        return "service"
    if "storage" in name or name.startswith("persistentvolumeclaims"):
        return "storage"
    return ""


@dataclass(frozen=True)
class Refusal:
    """One refusal: by which quota of which namespace, for which keys, and who said so."""

    namespace: str
    quota: str
    keys: tuple[str, ...]
    whom: str
    citations: tuple[Citation, ...]
    weight: float


@once
def refusals(picture: Picture) -> tuple[Refusal, ...]:
    return (*_spoken(picture), *_reckoned(picture), *_unclaimed(picture))


def _spoken(picture: Picture) -> Iterator[Refusal]:
    """What admission said: to controllers in events and conditions, to anyone else in any event or log."""
    for subject in subjects(picture):
        for said in of_making(picture, subject) if unmade(picture, subject) else ():
            yield from _read(said, subject.owner.namespace, str(subject.owner.ref), DECISIVE)
    for event in picture.events:
        made = (
            event.reason == "FailedCreate" and event.about[0] in MAKERS
        )  # judged above, where pods are missing
        if "quota" in event.message and not made and is_timely(picture, event):
            yield from _read(
                Said(event.message, event.quote()), event.about[1], " ".join(event.about[::2]), STRONG
            )
    for chunk in picture.logs:
        for line in chunk.errors:
            if "exceeded quota" in line.raw:
                yield from _read(Said(line.raw, line.quote()), chunk.namespace, f"Pod {chunk.pod}", STRONG)


def _read(said: Said, namespace: str, whom: str, weight: float) -> Iterator[Refusal]:
    found = _REFUSED.search(said.text)
    if not found:
        return
    limited = _LIMITED.search(found.group(2) or "")
    keys = _RESOURCE.findall(limited.group(1) if limited else found.group(4) or found.group(2) or "")
    yield Refusal(namespace, found.group(1) or found.group(3), tuple(keys), whom, (said.citation,), weight)


def _reckoned(picture: Picture) -> Iterator[Refusal]:
    """Pods that were not made, and a quota that has no room for one more."""
    for subject in subjects(picture):
        if not missing_pods(picture, subject):
            continue
        wanted = {"pods": 1.0, **_asked(subject)}
        for quota in picture.inventory.of("ResourceQuota", subject.owner.namespace):
            if keys := [key for key in _hard(quota) if _lacks(quota, key, wanted)]:
                cited = (quota.quote("status", "used"), quota.quote("status", "hard"))
                yield Refusal(quota.namespace, quota.name, tuple(keys), str(subject.owner.ref), cited, STRONG)


def _asked(subject: Subject) -> dict[str, float]:
    """Quota key → what one more pod would add."""
    spec = subject.owner.pod_template()
    asked = {f"requests.{name}": value for name, value in requests_of(spec).items()}
    bare = {name: value for name, value in requests_of(spec).items() if name in ("cpu", "memory")}
    limits: dict[str, float] = {}
    for container in items(spec, "containers"):
        for name, told in mapping(container, "resources", "limits").items():
            limits[f"limits.{name}"] = limits.get(f"limits.{name}", 0.0) + (quantity(told) or 0.0)
    return {**bare, **asked, **limits}


def _hard(quota: Obj) -> list[str]:
    return list(quota.mapping("status", "hard") or quota.mapping("spec", "hard"))


def _lacks(quota: Obj, key: str, wanted: dict[str, float]) -> bool:
    hard = quantity((quota.mapping("status", "hard") or quota.mapping("spec", "hard")).get(key))
    used = quantity(quota.mapping("status", "used").get(key))
    more = wanted.get(key.removeprefix("count/"))
    return hard is not None and used is not None and more is not None and used + more > hard * (1 + 1e-9)


def _unclaimed(picture: Picture) -> Iterator[Refusal]:
    """A claim that is mounted and does not exist, in a namespace whose quota bounds storage."""
    if not picture.looked_at("persistentvolumeclaims"):
        return
    for subject in subjects(picture):
        space = subject.owner.namespace
        for name in _claims_of(subject):
            if picture.inventory.get("PersistentVolumeClaim", name, space):
                continue
            for quota in picture.inventory.of("ResourceQuota", space):
                if keys := [
                    key for key in _hard(quota) if kind_of(key) == "storage" and "ephemeral" not in key
                ]:
                    cited = (
                        quota.quote("spec", "hard"),
                        *(pod.quote("spec", "volumes") for pod in subject.live[:1]),
                    )
                    yield Refusal(
                        space, quota.name, tuple(keys), f"claim {name} of {subject.owner.ref}", cited, STRONG
                    )


def _claims_of(subject: Subject) -> list[str]:
    spec = subject.live[0].mapping("spec") if subject.live else subject.owner.pod_template()
    named = [mapping(volume, "persistentVolumeClaim").get("claimName") for volume in items(spec, "volumes")]
    return [str(name) for name in named if name]


def _of(code: str, kind: str) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for refusal in refusals(picture):
            keys = [key for key in refusal.keys if kind_of(key) == kind]
            if not keys:
                continue
            quota = picture.inventory.get("ResourceQuota", refusal.quota, refusal.namespace)
            yield Lead(
                cause=code,
                entity=EntityRef(kind="Namespace", name=refusal.namespace),
                weight=refusal.weight,
                statement=f"Quota {refusal.quota} of namespace {refusal.namespace} refuses {refusal.whom}: "
                f"{_told(quota, keys) or ', '.join(keys)}.",
                citations=(*refusal.citations, *((quota.quote("spec", "hard"),) if quota else ())),
                hints={
                    "quota": refusal.quota,
                    "keys": [*keys],
                    "hard": dict(quota.mapping("spec", "hard")) if quota else {},
                },
            )

    return find


def _told(quota: Obj | None, keys: list[str]) -> str:
    """`requests.memory 8Gi of 8Gi used`."""
    if quota is None:
        return ""
    used, hard = quota.mapping("status", "used"), quota.mapping("spec", "hard")
    return ", ".join(f"{key} {used.get(key, '?')} of {hard.get(key, '?')} used" for key in keys[:3])


_cause = partial(
    Cause,
    layer=Layer.RUNTIME,
    entity_kinds=("Namespace",),
    rules_out=("the quota has room for what is refused", "nothing was refused"),
    remedies=("raise_quota_by_hand",),
)


def _entry(kind: str, code: str, what: str, *neighbours: Neighbour) -> Entry:
    return Entry(
        _cause(
            code=code,
            title=f"The namespace's {what} quota is used up",
            description=f"A ResourceQuota of the namespace refuses new objects because its {what} is used up.",
            supports=(f"'exceeded quota' with a key of {what}", "pods are not made, and the quota has no room for one"),
            neighbours=(*neighbours, Neighbour("limit_range_violation", "the message names a maximum for each container")),
        ),
        _of(code, kind),
    )  # fmt: skip


_SCHEDULER = "the pods are made and wait for a node"
ENTRIES = (
    _entry("cpu", "namespace_cpu_quota_exceeded", "CPU", Neighbour("cpu_capacity_mismatch", _SCHEDULER)),
    _entry("memory", "namespace_memory_quota_exceeded", "memory", Neighbour("memory_capacity_mismatch", _SCHEDULER)),
    _entry("pods", "namespace_pod_quota_exceeded", "pod count", Neighbour("namespace_cpu_quota_exceeded", "the key is of CPU")),
    _entry("service", "namespace_service_quota_exceeded", "service count", Neighbour("namespace_pod_quota_exceeded", "the key is pods")),
    _entry("storage", "namespace_storage_quota_exceeded", "storage", Neighbour("pvc_capacity_mismatch", "the claim exists and waits for a volume")),
)  # fmt: skip
