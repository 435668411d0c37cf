"""Images that cannot be pulled."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import events_with, waiting_containers
from sre_agent.catalogue.rollouts import previous_image
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.world import Picture

PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
"""Waiting reasons of the kubelet (https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff)."""
_NO_SUCH = re.compile(
    r"manifest (?:for \S+ )?(?:not found|unknown)|not found|repository does not exist|name unknown"
    r"|couldn'?t parse image|invalid reference format|InvalidImageName",
    re.I,
)
_OTHER = re.compile(
    r"no such host|i/o timeout|connection refused|unauthorized|toomanyrequests|rate limit|denied", re.I
)


def _incorrect_reference(picture: Picture) -> Iterable[Lead]:
    for workload, view in waiting_containers(picture):
        if view.waiting not in PULL_REASONS:
            continue
        telling = _telling_words(picture, view)
        if telling is None:
            continue
        yield Lead(
            cause="incorrect_image_reference",
            entity=workload.ref,
            weight=DECISIVE if _NO_SUCH.search(telling.excerpt) else STRONG,
            statement=f"{workload.ref} cannot start: the image {view.image} does not exist in its registry.",
            citations=(telling, view.quote("image")),
            hints={"container": view.name, "image_before": previous_image(picture, workload, view.name)},
        )


def _telling_words(picture: Picture, view: ContainerView) -> Citation | None:
    """The registry's own words that the reference is wrong; None where they say something else."""
    workload = picture.inventory.top_owner(view.pod)
    for event in events_with(picture, workload, "Failed", "InspectFailed", saying=_NO_SUCH.pattern):
        if not _OTHER.search(event.message):
            return event.quote()
    message = view.waiting_message
    if (_NO_SUCH.search(message) or view.waiting == "InvalidImageName") and not _OTHER.search(message):
        return view.pod.source.quote(message or view.waiting)
    return None


ENTRIES = (
    Entry(
        Cause(
            code="incorrect_image_reference",
            layer=Layer.RUNTIME,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"),
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
            remedies=("restore_image",),
        ),
        _incorrect_reference,
    ),
)
