"""Registries that cannot be resolved, do not answer, or refuse for rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.pulling import Why, image_of, pulls
from sre_agent.catalogue.rollouts import previous_image
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_WORDS = {
    Why.DNS: "the name of the registry {registry} cannot be resolved",
    Why.UNREACHABLE: "the registry {registry} does not answer as it should",
    Why.RATE: "the registry {registry} refuses for rate",
}


def _for(code: str, why: Why) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for pull in pulls(picture):
            if pull.why is not why or pull.said is None:
                continue
            owner, view = pull.subject.owner, pull.view
            registry = image_of(view.image).registry
            told = _WORDS[why].format(registry=registry)
            yield Lead(
                cause=code,
                entity=owner.ref,
                weight=DECISIVE,
                statement=f"{owner.ref} cannot start: {told} ({brief(pull.said.text[-160:], 160)}).",
                citations=(pull.said.citation, view.quote("image")),
                hints={
                    "container": view.name,
                    "image": view.image,
                    "registry": registry,
                    "image_before": _elsewhere(picture, pull.subject.owner, view.name, registry),
                },
            )

    return find


def _elsewhere(picture: Picture, owner: Obj, container: str, registry: str) -> str | None:
    """The image before, where it came from another registry: then the new name is the fault."""
    before = previous_image(picture, owner, container)
    return before if before and image_of(before).registry != registry else None


_cause = partial(
    Cause,
    layer=Layer.RUNTIME,
    entity_kinds=WORKLOADS,
    rules_out=("the registry answers and says something about the image",),
    remedies=("restore_image", "reach_registry_by_hand"),
)
ENTRIES = (
    Entry(
        _cause(
            code="image_registry_dns_failure",
            title="The registry's name cannot be resolved",
            description="The node asked for the address of the registry's host and got none.",
            supports=("the pull fails with 'no such host' or another failed look-up",),
            neighbours=(
                Neighbour("image_registry_unreachable", "an address was found, and nothing answered there"),
                Neighbour("incorrect_image_reference", "the registry answers and does not know the image"),
            ),
        ),
        _for("image_registry_dns_failure", Why.DNS),
    ),
    Entry(
        _cause(
            code="image_registry_unreachable",
            title="The registry does not answer",
            description="The registry's address is known, and the connection fails or times out.",
            supports=("the pull fails with a timeout, a refused connection or a failed handshake",),
            neighbours=(
                Neighbour("image_registry_dns_failure", "the host's name was never resolved"),
                Neighbour("image_registry_rate_limited", "the registry answers 429"),
            ),
        ),
        _for("image_registry_unreachable", Why.UNREACHABLE),
    ),
    Entry(
        _cause(
            code="image_registry_rate_limited",
            title="The registry refuses for rate",
            description="The registry answers that too many pulls were made.",
            supports=("the pull fails with toomanyrequests or status 429",),
            neighbours=(
                Neighbour("missing_image_pull_secret", "the registry asks who is there, not how often"),
            ),
        ),
        _for("image_registry_rate_limited", Why.RATE),
    ),
)
