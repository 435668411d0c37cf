"""Releases that brought the fault with them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import FAIR, SLIGHT, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import series_of
from sre_agent.catalogue.rollouts import Rollout, began_before_onset, container_of, latest_rollout
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import ChangeSeen, Picture

_CODE_PLACE = re.compile(
    r'File "([^"]+\.py)", line (\d+)|\bat \S*?\(?([\w/.-]+\.(?:js|ts|java|go|rb|php|cs|kt)):(\d+)|([\w/-]+\.go):(\d+)'
)
_PULL_NUMBER = re.compile(r"#(\d+)")


def _bad_deployment(picture: Picture) -> Iterable[Lead]:
    for workload in picture.inventory.workloads:
        rollout = latest_rollout(picture, workload)
        if rollout is None or not began_before_onset(picture, rollout.at):
            continue
        images = _images(rollout)
        if not images:
            continue
        symptom, lines = _errors_since(picture, workload), _new_errors(picture, workload, rollout)
        if symptom is None and not lines:
            continue
        yield _lead(picture, rollout, images, symptom, lines)


def _images(rollout: Rollout) -> tuple[str, str] | None:
    """(image before, image now) where the roll-out changed an image."""
    for container in rollout.newest.containers():
        before = (
            container_of(rollout.before, str(container.get("name"))).get("image") if rollout.before else None
        )
        if before and before != container.get("image"):
            return str(before), str(container.get("image"))
    return None


def _errors_since(picture: Picture, workload: Obj) -> Series | None:
    """The error ratio or latency that rose at the onset."""
    for name in ("errors", "latency"):
        for one in series_of(picture, workload, name):
            shift = shift_of(one, picture)
            if shift and shift.z > 0 and (shift.is_marked or shift.during >= 0.05 > shift.before):
                return one
    return None


def _new_errors(picture: Picture, workload: Obj, rollout: Rollout) -> list[LogLine]:
    """Errors with a place in the code, since the roll-out."""
    return [
        line
        for line in picture.errors_of(workload)
        if _CODE_PLACE.search(line.words) and (line.at is None or line.at >= rollout.at)
    ]


def _lead(
    picture: Picture, rollout: Rollout, images: tuple[str, str], symptom: Series | None, lines: list[LogLine]
) -> Lead:
    workload = rollout.workload
    seen = change_behind(picture, rollout, images[1])
    place = code_place(lines[-1]) if lines else ""
    touched = bool(seen and place and place.rsplit(":", 1)[0].rsplit("/", 1)[-1] in (seen.change.diff or ""))
    weight = FAIR + (FAIR if lines else 0) + (SLIGHT if seen else 0) + (FAIR if touched else 0)
    said = f", failing at {place} with {_short(lines[-1])}" if place else ""
    named = f" ({seen.change.title})" if seen else ""
    return Lead(
        cause="bad_deployment",
        entity=workload.ref,
        weight=weight if symptom or lines else SLIGHT,
        statement=f"The release of {workload.ref} at {rollout.at:%H:%M:%S}{named} brought the fault{said}.",
        citations=(
            *(line.quote() for line in lines[-1:]),
            *((symptom.quote(),) if symptom else ()),
            rollout.newest.quote("metadata", "creationTimestamp"),
            *((seen.source.quote(seen.change.title.split(" ", 1)[-1]),) if seen else ()),
        ),
        change=seen.change if seen else None,
        hints={
            "image_before": images[0],
            "image": images[1],
            "to_revision": rollout.revision_before,
            "pull_number": _pull_number(seen),
            "place": place,
        },
    )


def change_behind(picture: Picture, rollout: Rollout, image: str) -> ChangeSeen | None:
    """The merge (else the deploy) whose commit the image is tagged with, else the last merge that names the service."""
    tag = image.rsplit(":", 1)[-1]
    merges = [seen for seen in picture.changes if seen.change.kind in ("merge", "deploy")]
    by_tag = [seen for seen in merges if len(tag) >= 6 and seen.change.revision.startswith(tag)]
    by_tag.sort(key=lambda seen: seen.change.kind == "merge", reverse=True)
    if by_tag:
        return by_tag[0]
    name = re.compile(rf"(?:^|/){re.escape(rollout.workload.name)}/", re.M)
    named = [seen for seen in merges if seen.change.at <= rollout.at and name.search(seen.change.diff or "")]
    return named[-1] if named else None


def _pull_number(seen: ChangeSeen | None) -> int | None:
    found = _PULL_NUMBER.search(seen.change.title) if seen and seen.change.kind == "merge" else None
    return int(found.group(1)) if found else None


def code_place(line: LogLine) -> str:
    """`path:line` of the innermost frame of the program's own code."""
    frames = [[part for part in found if part] for found in _CODE_PLACE.findall(line.words)]
    own = [frame for frame in frames if "site-packages" not in frame[0] and "node_modules" not in frame[0]]
    return ":".join((own or frames)[-1][:2]) if frames else ""


def _short(line: LogLine) -> str:
    return (line.error or line.message).strip()[:120]


ENTRIES = (
    Entry(
        Cause(
            code="bad_deployment",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet"),
            title="A release brought the fault",
            description="The workload began to fail when a new version of it was rolled out; the change is named.",
            supports=("errors began at the roll-out, with a place in code that the change touched",),
            rules_out=(
                "the roll-out came after the first symptom",
                "the errors come from something it calls",
            ),
            neighbours=(
                Neighbour("upstream_dependency_failure", "the errors name a call to another service"),
                Neighbour("unhandled_exception", "no release came before the errors"),
            ),
            remedies=("revert_change", "undo_rollout", "take_change_back_by_hand"),
        ),
        _bad_deployment,
    ),
)
