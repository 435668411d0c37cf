"""Claims that wait for a volume: what each volume lacks for them, told from objects, and what the controller said.

The checks are those of the PersistentVolume controller (findMatchingVolume and checkVolumeSatisfyClaim: class, access modes,
size, labels, volume mode), and so are its words (`Cannot bind to requested volume "x": requested PV is too small`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sre_agent.catalogue.once import once
from sre_agent.catalogue.placing import selects
from sre_agent.catalogue.subjects import Subject, subjects
from sre_agent.catalogue.words import Said, is_timely
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, dig, items, mapping
from sre_agent.picture.quantities import quantity
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture

STATIC = "kubernetes.io/no-provisioner"
_SAID = (
    ("occupied", re.compile(r"already bound to a different claim|bound to (?:a different|another) claim", re.I)),
    ("capacity", re.compile(r"requested PV is too small|too small for|insufficient capacity", re.I)),
    ("access", re.compile(r"incompatible access ?mode|(?:unsupported|not support\w*|only support\w*).{0,40}access ?mode|access ?modes?.{0,60}(?:not supported|unsupported)|does not support (?:ReadWriteMany|RWX|multi)", re.I)),
    ("class", re.compile(r"storageclass(?:\.storage\.k8s\.io)? \"[^\"]*\" not found|storageClassName does not match|no storage class is set", re.I)),
    ("selector", re.compile(r"claim\.?spec\.?selector is not supported|selector is not supported|claim Selector is not supported", re.I)),
)  # fmt: skip
_NOTHING_FITS = re.compile(r"no storage class is set", re.I)


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim without a volume that somebody waits for: `lacks` says which demand nothing meets, `volume` the nearest volume."""

    obj: Obj
    subject: Subject
    lacks: str
    volume: Obj | None
    said: Said | None

    def citations(self) -> tuple[Citation, ...]:
        said = (self.said.citation,) if self.said else ()
        volume = (quote_demand(self.volume, self.lacks),) if self.volume else ()
        return (*said, quote_demand(self.obj, self.lacks), *volume)


def quote_demand(obj: Obj, lacks: str) -> Citation:
    """The field of a claim or a volume that the demand is about."""
    fields: Mapping[str, tuple[tuple[str, ...], ...]] = {
        "access": (("spec", "accessModes"),),
        "capacity": (("spec", "resources", "requests"), ("spec", "capacity")),
        "class": (("spec", "storageClassName"),),
        "selector": (("spec", "selector"), ("metadata", "labels")),
        "occupied": (("spec", "volumeName"), ("spec", "claimRef", "name")),
    }
    for path in fields.get(lacks, ()):
        if obj.dig(*path) not in (None, {}, []):
            return obj.quote(*path)
    return obj.source.quote(as_written("name", obj.name))


@once
def unbound_claims(picture: Picture) -> tuple[Claim, ...]:
    return tuple(_claims(picture))


def _claims(picture: Picture) -> Iterator[Claim]:
    for obj in picture.inventory.of("PersistentVolumeClaim"):
        if obj.dig("status", "phase") == "Bound":
            continue
        for subject in users_of(picture, obj):
            if _waits(subject):
                said = _said(picture, obj)
                lacks, volume = _lack(picture, obj, said)
                yield Claim(obj, subject, lacks, volume, said)


def users_of(picture: Picture, claim: Obj) -> list[Subject]:
    """Workloads that mount a claim, by their pods, their template, or a StatefulSet's claim templates."""
    return [
        subject
        for subject in subjects(picture)
        if subject.owner.namespace == claim.namespace and claim.name in claims_of(subject)
    ]


def claims_of(subject: Subject) -> set[str]:
    specs = [subject.owner.pod_template(), *(pod.mapping("spec") for pod in subject.live)]
    named = {
        str(name)
        for spec in specs
        for volume in items(spec, "volumes")
        if (name := mapping(volume, "persistentVolumeClaim").get("claimName"))
    }
    for template in subject.owner.items("spec", "volumeClaimTemplates"):
        stem = f"{dig(template, 'metadata', 'name')}-{subject.owner.name}"
        replicas = subject.owner.dig("spec", "replicas")
        named |= {f"{stem}-{number}" for number in range(replicas if isinstance(replicas, int) else 1)}
    return named


def set_of_claim(picture: Picture, claim: str, space: str) -> Obj | None:
    """The StatefulSet whose controller names claims so: `<template>-<set>-<ordinal>`."""
    sets = [
        one for one in picture.inventory.workloads if one.kind == "StatefulSet" and one.namespace == space
    ]
    fitting = [one for one in sets if re.search(rf"-{re.escape(one.name)}-\d+$", claim)]
    return fitting[0] if len(fitting) == 1 else None


def _waits(subject: Subject) -> bool:
    return not subject.live or any(pod.dig("status", "phase") == "Pending" for pod in subject.live)


def _said(picture: Picture, claim: Obj) -> Said | None:
    events = [event for event in picture.events_about(claim) if is_timely(picture, event)]
    telling = [
        event
        for event in events
        if event.reason in ("FailedBinding", "ProvisioningFailed", "VolumeMismatch", "ExternalProvisioning")
    ]
    strong = [
        event for event in telling if any(pattern.search(event.message) for _, pattern in _SAID)
    ] or telling
    return Said(strong[-1].message, strong[-1].quote(), strong[-1].reason) if strong else None


def _lack(picture: Picture, claim: Obj, said: Said | None) -> tuple[str, Obj | None]:
    """(`occupied`, `access`, `capacity`, `selector`, `class`, `provisioner` or nothing, the nearest volume)."""
    spoken = next((lack for lack, pattern in _SAID if said and pattern.search(said.text)), "")
    if spoken == "class" and said and _NOTHING_FITS.search(said.text):
        # It says so of every claim without a class that no volume fits, for whatever reason: only the volumes tell which.
        spoken = "class" if picture.looked_at("persistentvolumes") else ""
    named = picture.inventory.get("PersistentVolume", str(claim.dig("spec", "volumeName") or ""))
    if named is not None:
        return _of_named(claim, named) or spoken, named
    if spoken and spoken != "class":
        return spoken, None
    found = _nearest(picture, claim)
    if found and (not _is_dynamic(picture, claim) or not spoken):
        return found
    if _is_dynamic(picture, claim):
        waits = said is not None and said.reason in ("ExternalProvisioning", "ProvisioningFailed")
        return (spoken or ("provisioner" if waits else "")), None
    return spoken or _class_alone(picture, claim), None


def _of_named(claim: Obj, volume: Obj) -> str:
    if _held_by_another(claim, volume):
        return "occupied"
    found = objections(claim, volume)
    return found[0] if found else ""


def _held_by_another(claim: Obj, volume: Obj) -> bool:
    holder = volume.mapping("spec", "claimRef")
    return bool(holder) and (holder.get("namespace"), holder.get("name")) != (claim.namespace, claim.name)


def objections(claim: Obj, volume: Obj) -> list[str]:
    """What a volume lacks for a claim."""
    found = []
    if class_of(claim) != class_of(volume):
        found.append("class")
    if not set(claim.dig("spec", "accessModes") or ()) <= set(volume.dig("spec", "accessModes") or ()):
        found.append("access")
    wanted = quantity(claim.dig("spec", "resources", "requests", "storage")) or 0.0
    if wanted > (quantity(volume.dig("spec", "capacity", "storage")) or 0.0):
        found.append("capacity")
    selector = claim.mapping("spec", "selector")
    if selector and not selects(selector, volume.labels):
        found.append("selector")
    return found


def class_of(obj: Obj) -> str:
    return str(
        obj.dig("spec", "storageClassName")
        or obj.annotations.get("volume.beta.kubernetes.io/storage-class")
        or ""
    )


def _is_dynamic(picture: Picture, claim: Obj) -> bool:
    found = picture.inventory.get("StorageClass", class_of(claim))
    return found is not None and found.dig("provisioner") not in (None, STATIC)


def _nearest(picture: Picture, claim: Obj) -> tuple[str, Obj] | None:
    """The free volume that lacks least, else the held one that would suit."""
    volumes = picture.inventory.of("PersistentVolume")
    free = [
        one
        for one in volumes
        if not _held_by_another(claim, one) and one.dig("status", "phase") in ("Available", None)
    ]
    judged = [(objections(claim, one), one) for one in free]
    judged = [(found, one) for found, one in judged if found]
    if judged:
        found, volume = min(
            judged, key=lambda pair: (len(pair[0]), pair[0] == ["class"], _distance(claim, pair[1]))
        )
        return found[0], volume
    held = [one for one in volumes if _held_by_another(claim, one) and not objections(claim, one)]
    return ("occupied", held[0]) if held and not _is_dynamic(picture, claim) else None


def _distance(claim: Obj, volume: Obj) -> float:
    wanted = quantity(claim.dig("spec", "resources", "requests", "storage")) or 0.0
    return abs(wanted - (quantity(volume.dig("spec", "capacity", "storage")) or 0.0))


def _class_alone(picture: Picture, claim: Obj) -> str:
    """A class that no StorageClass and no volume has."""
    name = class_of(claim)
    known = picture.inventory.get("StorageClass", name) is not None
    return "class" if name and picture.looked_at("storageclasses") and not known else ""
