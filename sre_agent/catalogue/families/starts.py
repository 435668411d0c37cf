"""Containers that cannot be started as they are described: command, permission, settings of the container."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.starting import Failure, Fault, failures
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import items
from sre_agent.picture.world import Picture

_WORDS = {
    Fault.NOT_FOUND: "its command does not exist in the image",
    Fault.NOT_ALLOWED: "its command may not be executed",
    Fault.INVALID: "the container's settings are refused",
}


def _of(code: str, fault: Fault) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for one in failures(picture):
            if one.fault is not fault:
                continue
            owner, view = one.subject.owner, one.view
            told = one.said.text if one.said else " ".join(line.raw for line in one.lines[-1:])
            exits = "" if view.exit_code is None else f" (exit code {view.exit_code})"
            yield Lead(
                cause=code,
                entity=owner.ref,
                weight=DECISIVE if one.said else STRONG + SLIGHT,
                statement=f"{owner.ref} cannot start container {view.name}: {_WORDS[fault]}{exits}: {brief(told, 180)}",
                citations=_citations(one),
                hints={
                    "container": view.name,
                    "said": brief(told),
                    **revision_before(picture, owner, partial(_start_of, name=view.name)),
                },
            )

    return find


def _citations(one: Failure) -> tuple[Citation, ...]:
    said = (one.said.citation,) if one.said else tuple(line.quote() for line in one.lines[-2:])
    command = one.view.spec.get("command") or one.view.spec.get("args")
    field = (one.view.quote("command" if "command" in one.view.spec else "args"),) if command else ()
    return (
        *said,
        *field,
        *(
            (one.view.pod.source.quote(f'"exitCode": {one.view.exit_code}'),)
            if one.view.exit_code is not None
            else ()
        ),
    )


def _start_of(spec: object, name: str) -> object:
    for one in items(spec, "containers"):
        if one.get("name") == name:
            return [one.get(key) for key in ("image", "command", "args", "securityContext", "volumeMounts")]
    return None


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="container_command_not_found",
            title="Its command does not exist",
            description="The container's command or entry point is not in the image.",
            supports=("the runtime says 'executable file not found' or 'no such file'", "exit code 127"),
            rules_out=("the program ran and ended itself",),
            neighbours=(
                Neighbour("container_permission_denied", "the file is there, and may not be executed"),
                Neighbour(
                    "image_architecture_mismatch", "the file is there, for another CPU: 'exec format error'"
                ),
                Neighbour("application_startup_crash", "the program ran, and ended with a code of its own"),
            ),
            remedies=("undo_rollout", "mend_command_by_hand"),
        ),
        _of("container_command_not_found", Fault.NOT_FOUND),
    ),
    Entry(
        _cause(
            code="container_permission_denied",
            title="Its command may not be executed",
            description="The container's command is there, but the process may not execute it.",
            supports=("the runtime says 'permission denied' of the command", "exit code 126"),
            rules_out=("what is denied is a file on a volume",),
            neighbours=(
                Neighbour("container_command_not_found", "the file is not there"),
                Neighbour("volume_mount_permission_denied", "the program runs, and may not use its volume"),
            ),
            remedies=("undo_rollout", "mend_command_by_hand"),
        ),
        _of("container_permission_denied", Fault.NOT_ALLOWED),
    ),
    Entry(
        _cause(
            code="container_config_invalid",
            title="The container's settings are refused",
            description="The kubelet or the runtime refuses to make the container as it is described.",
            supports=(
                "CreateContainerConfigError or CreateContainerError with a reason of the container's own settings",
            ),
            rules_out=("a Secret, a ConfigMap or a key is missing",),
            neighbours=(
                Neighbour("missing_secret_binding", "what is wrong is a reference that leads nowhere"),
                Neighbour("container_command_not_found", "the container is made, its command is not there"),
            ),
            remedies=("undo_rollout", "mend_container_by_hand"),
        ),
        _of("container_config_invalid", Fault.INVALID),
    ),
)
