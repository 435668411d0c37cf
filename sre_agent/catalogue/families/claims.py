"""Claims that no volume satisfies, and provisioners that make none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_agent.catalogue.binding import Claim, class_of, unbound_claims
from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.containers import containers_of
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


def _words(one: Claim) -> str:
    claim, volume = one.obj, one.volume
    near = f"; the nearest volume, {volume.name}, " if volume else ""
    modes, size = ",".join(claim.dig("spec", "accessModes") or ()), claim.dig(
        "spec", "resources", "requests", "storage"
    )
    said = {
        "occupied": f"wants volume {volume.name if volume else claim.dig('spec', 'volumeName')}, which {_holder(volume)} holds",
        "access": f"asks for access {modes}{near + 'offers ' + ','.join(volume.dig('spec', 'accessModes') or ()) if volume else ''}",
        "capacity": f"asks for {size}{near + 'has ' + str(volume.dig('spec', 'capacity', 'storage')) if volume else ''}",
        "selector": f"selects labels that no volume carries ({claim.dig('spec', 'selector')})",
        "class": f"names storage class {class_of(claim) or '(none)'}, {'which ' + volume.name + ' does not have' if volume else 'which does not exist'}",
    }
    return said.get(one.lacks, "gets no volume")


def _holder(volume: Obj | None) -> str:
    return (
        f"claim {volume.dig('spec', 'claimRef', 'name')}"
        if volume and volume.dig("spec", "claimRef")
        else "another claim"
    )


def _lacking(code: str, lacks: str) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for one in unbound_claims(picture):
            if one.lacks != lacks:
                continue
            yield Lead(
                cause=code,
                entity=one.subject.owner.ref,
                weight=DECISIVE if one.said or one.volume else STRONG,
                statement=f"{one.subject.owner.ref} waits for its claim {one.obj.name}, which {_words(one)}.",
                citations=one.citations(),
                hints={
                    "claim": one.obj.name,
                    "volume": one.volume.name if one.volume else None,
                    "lacks": lacks,
                    "wants": _wanted(one),
                },
            )

    return find


def _wanted(one: Claim) -> str:
    """What the claim would have to say to fit the nearest volume."""
    volume = one.volume
    if volume is None:
        return ""
    told = {
        "access": volume.dig("spec", "accessModes"),
        "capacity": volume.dig("spec", "capacity", "storage"),
        "class": class_of(volume),
        "selector": dict(volume.labels),
        "occupied": "another volume",
    }
    return str(told.get(one.lacks) or "")


def crashes(pod: Obj) -> bool:
    """Whether a container of it ends again and again."""
    return any(view.waiting == "CrashLoopBackOff" for view in containers_of(pod))


def _no_provisioner(picture: Picture) -> Iterable[Lead]:
    waiting = [one for one in unbound_claims(picture) if one.lacks == "provisioner" and one.said]
    if not waiting:
        return
    pods = [pod for pod in picture.inventory.pods if "provisioner" in pod.name or "csi" in pod.name]
    ill = [
        pod
        for pod in pods
        if pod.dig("status", "phase") not in ("Running", "Succeeded", None) or crashes(pod)
    ]
    first = waiting[0]
    said = first.said.text if first.said else ""
    yield Lead(
        cause="storage_provisioner_unavailable",
        entity=EntityRef(kind="Cluster", name="cluster"),
        weight=DECISIVE if ill or len(waiting) > 1 else STRONG,
        statement=f"No volume is made for {len(waiting)} claims (such as {first.obj.name}): the provisioner of class "
        f"{class_of(first.obj)} does not do it: {brief(said, 140)}",
        citations=(
            *(one.said.citation for one in waiting[:3] if one.said),
            *(pod.quote("status", "phase") for pod in ill[:2]),
        ),
        hints={"class": class_of(first.obj), "claim": first.obj.name},
    )


_cause = partial(
    Cause,
    layer=Layer.INFRASTRUCTURE,
    entity_kinds=WORKLOADS,
    rules_out=("the claim is bound", "nobody mounts the claim"),
    remedies=("mend_claim_by_hand",),
)
_LIST = (
    ("pv_binding_occupied", "occupied", "The volume it wants is held by another claim", "The claim wants a volume that is bound to another claim.", "the volume that it names, or the only one that fits, is bound to another claim", Neighbour("pvc_selector_mismatch", "free volumes exist, and none carries the labels")),
    ("pvc_access_mode_mismatch", "access", "No volume offers its access mode", "Volumes would fit, but none offers the access mode of the claim.", "the nearest free volume lacks only an access mode", Neighbour("pvc_storage_class_mismatch", "the class differs, not the access mode")),
    ("pvc_capacity_mismatch", "capacity", "No volume is large enough", "Volumes would fit, but none is as large as the claim asks.", "the nearest free volume is smaller than the request", Neighbour("namespace_storage_quota_exceeded", "the claim itself was refused by a quota")),
    ("pvc_selector_mismatch", "selector", "No volume carries the labels it selects", "Volumes would fit, but none carries the labels of the claim's selector.", "the nearest free volume lacks only the selected labels", Neighbour("pvc_storage_class_mismatch", "the class differs, not the labels")),
    ("pvc_storage_class_mismatch", "class", "Its storage class does not exist or matches no volume", "The claim names a storage class that is not there, or that no volume has.", "'storageclass … not found', or the nearest free volume differs only in its class", Neighbour("storage_provisioner_unavailable", "the class exists, and its provisioner makes nothing")),
)  # fmt: skip

ENTRIES = (
    *(
        Entry(
            _cause(code=code, title=title, description=text, supports=(support,), neighbours=(neighbour,)),
            _lacking(code, lacks),
        )
        for code, lacks, title, text, support, neighbour in _LIST
    ),
    Entry(
        Cause(
            code="storage_provisioner_unavailable",
            layer=Layer.INFRASTRUCTURE,
            entity_kinds=("Cluster",),
            title="Nobody makes volumes",
            description="The provisioner of a storage class is down or fails, so claims of that class stay without volumes.",
            supports=(
                "a claim waits 'for a volume to be created by the external provisioner'",
                "ProvisioningFailed events",
            ),
            rules_out=("other claims of the class were bound during the incident",),
            neighbours=(Neighbour("pvc_storage_class_mismatch", "the class does not exist"),),
            remedies=("restart_provisioner_by_hand",),
            depth=Depth.ROOT,
        ),
        _no_provisioner,
    ),
)
