"""Images that are built for another CPU than the node's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.cause import DECISIVE, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.pulling import Why, pulls
from sre_agent.catalogue.rollouts import previous_image
from sre_agent.catalogue.subjects import WORKLOADS, live_containers
from sre_agent.catalogue.words import Said, brief, of_container, saying
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.world import Picture

_EXEC_FORMAT = re.compile(r"exec format error", re.I)
"""ENOEXEC of execve(2), as runc and shells say it."""


def _architecture(picture: Picture) -> Iterable[Lead]:
    for pull in pulls(picture):
        if pull.why is Why.PLATFORM and pull.said:
            yield _built_elsewhere(picture, pull.subject.owner.ref, pull.view, pull.said)
    for subject, view in live_containers(picture):
        if view.ready and view.running:
            continue
        for said in _format_errors(picture, view):
            yield _built_elsewhere(picture, subject.owner.ref, view, said)


def _format_errors(picture: Picture, view: ContainerView) -> Iterator[Said]:
    if found := saying(of_container(picture, view), _EXEC_FORMAT):
        yield found
        return
    if view.terminated or view.restarts:
        for chunk in picture.logs:
            if (
                chunk.pod == view.pod.name
                and chunk.namespace == view.pod.namespace
                and chunk.container in (view.name, "")
            ):
                yield from (
                    Said(line.raw, line.quote())
                    for line in chunk.lines[-50:]
                    if _EXEC_FORMAT.search(line.raw)
                )


def _built_elsewhere(picture: Picture, entity: EntityRef, view: ContainerView, said: Said) -> Lead:
    node = picture.inventory.get("Node", str(view.pod.dig("spec", "nodeName") or ""))
    arch = str(node.dig("status", "nodeInfo", "architecture") or "") if node else ""
    return Lead(
        cause="image_architecture_mismatch",
        entity=entity,
        weight=DECISIVE,
        statement=f"{entity} cannot run {view.image}: it is built for another CPU than the node's"
        f"{f' ({arch})' if arch else ''}: {brief(said.text, 120)}",
        citations=(said.citation, view.quote("image")),
        hints={
            "container": view.name,
            "image": view.image,
            "architecture": arch or None,
            "image_before": previous_image(picture, picture.inventory.top_owner(view.pod), view.name),
        },
    )


ENTRIES = (
    Entry(
        Cause(
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            code="image_architecture_mismatch",
            title="Built for another CPU",
            description="The image holds no program for the CPU of the node it runs on.",
            supports=("'exec format error' at the start", "'no matching manifest for linux/…' in the pull"),
            rules_out=("the program starts",),
            neighbours=(
                Neighbour("container_command_not_found", "the command is not in the image at all"),
                Neighbour("incorrect_image_reference", "the registry has no such tag for any platform"),
            ),
            remedies=("restore_image", "build_for_platform_by_hand"),
        ),
        _architecture,
    ),
)
