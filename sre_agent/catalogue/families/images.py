"""Images that cannot be pulled because of what the pod asks for: the name, the credentials, the platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.pulling import Pull, Why, image_of, pulls
from sre_agent.catalogue.rollouts import previous_image, revision_before
from sre_agent.catalogue.subjects import WORKLOADS, live_containers
from sre_agent.catalogue.words import of_pod, saying
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import items
from sre_agent.picture.world import Picture

PULL_SECRET_EVENT = re.compile(r"Unable to retrieve some image pull secrets \(([^)]*)\)", re.I)
"""FailedToRetrieveImagePullSecret (pkg/kubelet)."""


def _incorrect_reference(picture: Picture) -> Iterable[Lead]:
    for pull in pulls(picture):
        weight = _doubtful_name(picture, pull)
        if weight <= 0:
            continue
        view = pull.view
        yield Lead(
            cause="incorrect_image_reference",
            entity=pull.subject.owner.ref,
            weight=weight,
            statement=f"{pull.subject.owner.ref} cannot start: the image {view.image} does not exist in its registry.",
            citations=(*_words(pull), view.quote("image")),
            unseen="events" if pull.why is Why.SILENT else "",
            hints={
                "container": view.name,
                "image_before": previous_image(picture, pull.subject.owner, view.name),
            },
        )


def _doubtful_name(picture: Picture, pull: Pull) -> float:
    """How much speaks for a wrong name: the registry's word, or a closed door where no closed house should be."""
    if pull.why is Why.MISSING:
        return DECISIVE
    if _missing_secrets(picture, pull):
        return 0.0
    if pull.why is Why.AMBIGUOUS:
        if image_of(pull.view.image).is_official:
            return DECISIVE
        return FAIR if _sibling_pulled(picture, pull) is False else 0.0
    before = previous_image(picture, pull.subject.owner, pull.view.name)
    return FAIR + SLIGHT if pull.why is Why.SILENT and before and before != pull.view.image else 0.0


def _sibling_pulled(picture: Picture, pull: Pull) -> bool | None:
    """Whether another container runs an image of the same repository; None where none of that registry runs at all."""
    mine = image_of(pull.view.image)
    others = [image_of(view.image) for _, view in live_containers(picture) if view.running and view.image]
    same = [other for other in others if other.registry == mine.registry]
    if before := previous_image(picture, pull.subject.owner, pull.view.name):
        same.append(image_of(before))
    if any(other.repository == mine.repository for other in same):
        return True
    return False if same else None


def _words(pull: Pull) -> tuple[Citation, ...]:
    return (pull.said.citation,) if pull.said else ()


def _secret_names(picture: Picture, pull: Pull) -> list[str]:
    """Pull secrets of the pod and of its ServiceAccount."""
    pod = pull.view.pod
    names = [str(one.get("name")) for one in pod.items("spec", "imagePullSecrets")]
    account = picture.inventory.get(
        "ServiceAccount", str(pod.dig("spec", "serviceAccountName") or "default"), pod.namespace
    )
    names += [str(one.get("name")) for one in account.items("imagePullSecrets")] if account else []
    return list(dict.fromkeys(names))


def _missing_secrets(picture: Picture, pull: Pull) -> list[str]:
    """Pull secrets that it names and that do not exist, by the list of Secrets or by the kubelet's word."""
    namespace = pull.view.pod.namespace
    said = saying(of_pod(picture, pull.view.pod), PULL_SECRET_EVENT)
    told = PULL_SECRET_EVENT.search(said.text) if said else None
    named = [name.strip() for name in told.group(1).split(",")] if told else []
    if picture.looked_at("secrets"):
        known = {secret.name for secret in picture.inventory.of("Secret", namespace)}
        named += [name for name in _secret_names(picture, pull) if name not in known]
    return list(dict.fromkeys(name for name in named if name))


def _pull_secret(picture: Picture) -> Iterable[Lead]:
    for pull in pulls(picture):
        missing = _missing_secrets(picture, pull)
        weight = _doubtful_credentials(picture, pull, missing)
        if weight <= 0:
            continue
        image, owner = pull.view.image, pull.subject.owner
        lack = (
            f"the Secret {', '.join(missing)} that it names does not exist"
            if missing
            else "it has no valid credentials"
        )
        yield Lead(
            cause="missing_image_pull_secret",
            entity=owner.ref,
            weight=weight,
            statement=f"{owner.ref} cannot start: {image_of(image).registry} demands credentials for {image}, and {lack}.",
            citations=(*_words(pull), *_secret_words(picture, pull), pull.view.quote("image")),
            hints={
                "image": image,
                "registry": image_of(image).registry,
                "secret": missing[0] if missing else None,
                **revision_before(picture, owner, lambda spec: _names(items(spec, "imagePullSecrets"))),
            },
        )


def _names(secrets: list[JsonValue]) -> list[str]:
    return [str(one.get("name")) for one in secrets if isinstance(one, dict)]


def _doubtful_credentials(picture: Picture, pull: Pull, missing: list[str]) -> float:
    if pull.why in (Why.DNS, Why.RATE, Why.PLATFORM, Why.MISSING, Why.UNREACHABLE):
        return 0.0
    if missing:
        return DECISIVE if pull.why is not Why.SILENT else STRONG
    if pull.why is Why.DENIED:
        return DECISIVE
    if pull.why is Why.AMBIGUOUS and not image_of(pull.view.image).is_official:
        return STRONG + SLIGHT if _sibling_pulled(picture, pull) is not False else STRONG
    return 0.0


def _secret_words(picture: Picture, pull: Pull) -> tuple[Citation, ...]:
    said = saying(of_pod(picture, pull.view.pod), PULL_SECRET_EVENT)
    field = (
        (pull.view.pod.quote("spec", "imagePullSecrets"),)
        if pull.view.pod.items("spec", "imagePullSecrets")
        else ()
    )
    return (*((said.citation,) if said else ()), *field)


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="incorrect_image_reference",
            title="Image name or tag does not exist",
            description="The registry answers, and says that it has no such repository or tag.",
            supports=("the pull fails with 'not found', 'manifest unknown' or an unparsable reference",),
            rules_out=("the registry could not be reached or resolved", "the registry asked for credentials"),
            neighbours=(
                Neighbour(
                    "missing_image_pull_secret", "the registry says unauthorized or denied, not unknown"
                ),
                Neighbour("image_registry_dns_failure", "the error names the look-up of the registry's host"),
            ),
            remedies=("restore_image", "correct_image_by_hand"),
        ),
        _incorrect_reference,
    ),
    Entry(
        _cause(
            code="missing_image_pull_secret",
            title="The registry demands credentials that the pod lacks",
            description="The image is not public, and the pod names no pull secret, one that does not exist, or a wrong one.",
            supports=(
                "the registry says unauthorized or denied",
                "a pull secret that the pod names does not exist",
            ),
            rules_out=("the registry says that the tag is unknown", "the registry was not reached"),
            neighbours=(
                Neighbour(
                    "incorrect_image_reference", "the registry says that it has no such repository or tag"
                ),
                Neighbour("image_registry_rate_limited", "the registry says toomanyrequests"),
            ),
            remedies=("undo_rollout", "create_pull_secret_by_hand"),
        ),
        _pull_secret,
    ),
)
