"""Volumes with no space left: by ENOSPC of the programs, and by the kubelet's volume statistics."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.binding import claims_of
from sre_agent.catalogue.cause import SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.volumes import subject_of
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, least_doubt, quotes
from sre_agent.catalogue.roles import Role, role_of
from sre_agent.catalogue.subjects import WORKLOADS, Subject, subjects
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

_FULL = re.compile(
    r"no space left on device|ENOSPC|disk (?:is )?full|errno ?:?=? ?28|not enough (?:disk )?space", re.I
)


NEARLY_FULL = 0.97


def _full(picture: Picture) -> Iterable[Lead]:
    for ref, found in by_speaker(heard(picture, _FULL)).items():
        subject = subject_of(picture, found)
        if subject is None or role_of(subject.owner) is Role.DATABASE:
            continue
        if not claims_of(subject):
            yield from _of_unread(subject, found)
            continue
        yield Lead(
            cause="volume_full",
            entity=ref,
            weight=STRONG + SLIGHT - least_doubt(found),
            statement=f"{ref} has no space left on its volume: {brief(found[-1][0].text, 160)}",
            citations=quotes(found, 2),
            hints={"claim": sorted(claims_of(subject))[0]},
        )
    for subject in subjects(picture):
        for claim in sorted(claims_of(subject)):
            if used := _used(picture, subject.owner, claim):
                series, share = used
                statement = f"{subject.owner.ref}: the volume of claim {claim} is {share:.0%} full."
                yield Lead(
                    "volume_full",
                    subject.owner.ref,
                    STRONG,
                    statement,
                    (series.quote(),),
                    hints={"claim": claim},
                )


def _of_unread(subject: Subject, found: list[Heard]) -> Iterable[Lead]:
    """A StatefulSet keeps what it writes; which volumes it has, nobody recorded."""
    told = any("volumes" in pod.mapping("spec") for pod in subject.pods) or subject.owner.items(
        "spec", "volumeClaimTemplates"
    )
    if subject.owner.kind == "StatefulSet" and not told:
        words = f"{subject.owner.ref} has no space left where it writes: {brief(found[-1][0].text, 160)}"
        yield Lead("volume_full", subject.owner.ref, STRONG - least_doubt(found), words, quotes(found, 2))


def _used(picture: Picture, owner: Obj, claim: str) -> tuple[Series, float] | None:
    """Share of a claim's volume in use, by the kubelet's volume statistics."""
    last: dict[str, Series] = {}
    for name in ("available_bytes", "capacity_bytes", "used_bytes"):
        for series in picture.series_named(f"kubelet_volume_stats_{name}"):
            if (
                series.labels.get("persistentvolumeclaim") == claim
                and series.labels.get("namespace", owner.namespace) == owner.namespace
            ):
                last[name] = series
    capacity = last["capacity_bytes"].last if "capacity_bytes" in last else None
    if not capacity:
        return None
    if "available_bytes" in last:
        series, share = last["available_bytes"], 1.0 - (last["available_bytes"].last or 0.0) / capacity
    elif "used_bytes" in last:
        series, share = last["used_bytes"], (last["used_bytes"].last or 0.0) / capacity
    else:
        return None
    return (series, share) if share >= NEARLY_FULL else None


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="volume_full",
            title="The volume is full",
            description="The volume has no space left for what the workload writes.",
            supports=(
                "'no space left on device' of a workload with a claim",
                "volume statistics show it full",
            ),
            rules_out=("the volume has space by its statistics",),
            neighbours=(
                Neighbour("ephemeral_storage_exceeded", "what is full is local disk, and the pod is evicted"),
                Neighbour("node_disk_pressure", "the node's own disk is full"),
            ),
            remedies=("grow_volume_by_hand",),
        ),
        _full,
    ),
)
