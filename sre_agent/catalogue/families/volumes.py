"""Volumes that cannot be attached, mounted, read or written.

Words: the attach-detach controller (`Multi-Attach error`, `AttachVolume.Attach failed`), the kubelet (`MountVolume.SetUp failed`,
`Unable to attach or mount volumes … timed out waiting for the condition`), and errno texts EACCES and EROFS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, least_doubt, quotes
from sre_agent.catalogue.subjects import WORKLOADS, Subject, subjects
from sre_agent.catalogue.words import Said, brief, of_pod
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import items, mapping
from sre_agent.picture.world import Picture

_ATTACH = re.compile(
    r"Multi-Attach error|AttachVolume\.\w+ failed|FailedAttachVolume|volume attachment is being deleted", re.I
)
_MOUNT = re.compile(
    r"MountVolume\.\w+ failed|Unable to (?:attach or )?mount volumes|MapVolume\.\w+ failed|timeout expired waiting for volumes"
    r"|hostPath type check failed|persistentvolumeclaim \"[^\"]+\" (?:not found|is being deleted)",
    re.I,
)
_NO_CLAIM = re.compile(r"persistentvolumeclaim \"[^\"]+\" not found", re.I)
"""It was never made, or is gone; of why, quotas and claims would tell."""
_REFERENCE = re.compile(
    r"(?:secret|configmap)s? \"[^\"]+\" not found|non-existent (?:secret|config) key|not registered|kube-root-ca",
    re.I,
)
_DENIED = re.compile(
    r"permission denied|EACCES|operation not permitted|EPERM|read-only file ?system|EROFS|access is denied|AccessDenied|UnauthorizedAccess|not writable|Errno 13",
    re.I,
)


def _stuck(picture: Picture) -> Iterator[tuple[Subject, Said]]:
    """What is said about pods that are not ready, or not even placed."""
    for subject in subjects(picture):
        for pod in subject.live:
            if not is_ready(pod):
                yield from ((subject, said) for said in of_pod(picture, pod))


def _attach(picture: Picture) -> Iterable[Lead]:
    for subject, said in _stuck(picture):
        if _ATTACH.search(said.text) or said.reason == "FailedAttachVolume":
            yield _lead("volume_attach_failed", subject, said, DECISIVE, "cannot get its volume attached")


def _mount(picture: Picture) -> Iterable[Lead]:
    for subject, said in _stuck(picture):
        if (said.reason == "FailedMount" or _MOUNT.search(said.text)) and not _REFERENCE.search(said.text):
            exact = "timed out" not in said.text and "timeout expired" not in said.text
            if _NO_CLAIM.search(said.text):
                exact = picture.looked_at("persistentvolumeclaims", "resourcequotas")
            if not _DENIED.search(said.text):
                weight = STRONG + SLIGHT if exact else FAIR
                yield _lead("volume_mount_failed", subject, said, weight, "cannot get its volume mounted")


def _lead(cause: str, subject: Subject, said: Said, weight: float, words: str) -> Lead:
    return Lead(
        cause,
        subject.owner.ref,
        weight,
        f"{subject.owner.ref} {words}: {brief(said.text)}",
        (said.citation,),
        hints={"said": brief(said.text)},
    )


def _mounts(subject: Subject) -> dict[str, dict[str, object]]:
    """Mount path → its mount and its volume, of volumes that keep data (claims, host paths, network shares)."""
    spec = subject.live[0].mapping("spec") if subject.live else subject.owner.pod_template()
    kept = {
        str(volume.get("name")): volume
        for volume in items(spec, "volumes")
        if any(
            kind in volume
            for kind in (
                "persistentVolumeClaim",
                "hostPath",
                "nfs",
                "csi",
                "ephemeral",
                "emptyDir",
                "iscsi",
                "cephfs",
            )
        )
    }
    found: dict[str, dict[str, object]] = {}
    for container in items(spec, "containers"):
        for mount in items(container, "volumeMounts"):
            if str(mount.get("name")) in kept:
                found[str(mount.get("mountPath")).rstrip("/")] = {
                    "mount": dict(mount),
                    "volume": dict(kept[str(mount.get("name"))]),
                }
    return found


def subject_of(picture: Picture, found: list[Heard]) -> Subject | None:
    workload = found[0][0].speaker.workload
    return next((one for one in subjects(picture) if one.owner is workload), None)


def _permission(picture: Picture) -> Iterable[Lead]:
    for ref, found in by_speaker(heard(picture, _DENIED)).items():
        subject = subject_of(picture, found)
        if subject is None:
            continue
        mounts = _mounts(subject)
        if not any(path and path in one[0].text for path in mounts for one in found):
            yield from _unnamed(subject, found)
        for path, both in mounts.items():
            about = [one for one in found if path and path in one[0].text]
            if about:
                yield Lead(
                    cause="volume_mount_permission_denied",
                    entity=ref,
                    weight=DECISIVE - least_doubt(about) - (FAIR if _well(subject) else 0.0),
                    statement=f"{ref} may not use its volume at {path}: {brief(about[-1][0].text, 160)}",
                    citations=quotes(about, 2),
                    hints={"path": path, "read_only": bool(mapping(both, "mount").get("readOnly"))},
                )
    for subject, said in _stuck(picture):
        if _MOUNT.search(said.text) and _DENIED.search(said.text) and not _REFERENCE.search(said.text):
            yield _lead(
                "volume_mount_permission_denied", subject, said, STRONG + SLIGHT, "may not use its volume"
            )


def _unnamed(subject: Subject, found: list[Heard]) -> Iterator[Lead]:
    """It may not use some file, and cannot run: with a volume of its own, that is likely where the file lies."""
    if _mounts(subject) and not _well(subject):
        words = (
            f"{subject.owner.ref} may not use a file, likely on its volume: {brief(found[-1][0].text, 160)}"
        )
        weight = STRONG + SLIGHT - least_doubt(found)
        yield Lead("volume_mount_permission_denied", subject.owner.ref, weight, words, quotes(found, 2))


def _well(subject: Subject) -> bool:
    return bool(subject.live) and all(is_ready(pod) for pod in subject.live)


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="volume_attach_failed",
            title="Its volume cannot be attached",
            description="The volume cannot be attached to the pod's node, often because another node still holds it.",
            supports=("FailedAttachVolume, 'Multi-Attach error'",),
            rules_out=("the volume is attached, and mounting fails",),
            neighbours=(
                Neighbour("volume_mount_failed", "the attachment is there, the mount on the node fails"),
            ),
            remedies=("free_volume_by_hand",),
        ),
        _attach,
    ),
    Entry(
        _cause(
            code="volume_mount_failed",
            title="Its volume cannot be mounted",
            description="The kubelet cannot mount a volume that the pod needs.",
            supports=("FailedMount, 'MountVolume.SetUp failed'",),
            rules_out=("what is missing is a Secret or a ConfigMap", "the pod is ready"),
            neighbours=(
                Neighbour("volume_attach_failed", "the volume is not even attached"),
                Neighbour("missing_secret_binding", "the mount fails because a Secret does not exist"),
            ),
            remedies=("mend_mount_by_hand",),
            depth=Depth.PROXIMATE,
        ),
        _mount,
    ),
    Entry(
        _cause(
            code="volume_mount_permission_denied",
            title="The process may not use its volume",
            description="The volume is mounted, but the process may not read or write there.",
            supports=("an error of permission, or of a read-only file system, that names the mount's path",),
            rules_out=("the path lies on no volume",),
            neighbours=(
                Neighbour("volume_full", "the error is 'no space left on device'"),
                Neighbour(
                    "container_permission_denied", "the path is in the image, or the program cannot be run"
                ),
            ),
            remedies=("own_volume_by_hand",),
        ),
        _permission,
    ),
)
