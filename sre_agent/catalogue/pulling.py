"""Why an image could not be pulled, told from what the runtime and the registry said.

Words: containerd (`failed to pull and unpack image … failed to resolve reference …`), Docker (`Error response from daemon: …`),
CRI-O, and the error codes of the distribution specification (MANIFEST_UNKNOWN, NAME_UNKNOWN, UNAUTHORIZED, DENIED, TOOMANYREQUESTS).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sre_agent.catalogue.once import once
from sre_agent.catalogue.subjects import Subject, ailing_containers
from sre_agent.catalogue.words import Said, of_container
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.world import Picture

REASONS = (
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
    "RegistryUnavailable", "SignatureValidationFailed",
)  # fmt: skip
"""Waiting reasons of the kubelet for images (pkg/kubelet/images)."""


class Why(StrEnum):
    DNS = "dns"
    RATE = "rate"
    PLATFORM = "platform"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    """The registry does not say whether the repository is absent or closed."""
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    """Nobody said why."""


_PATTERNS: Mapping[Why, re.Pattern[str]] = {
    Why.DNS: re.compile(
        r"no such host|server misbehaving|Temporary failure in name resolution|Could not resolve host|lookup \S+(?: on \S+)?: (?:.*i/o timeout|.*connection refused|.*no answer|Try again)", re.I),
    Why.RATE: re.compile(r"toomanyrequests|too many requests|429|pull rate limit|rate exceeded", re.I),
    Why.PLATFORM: re.compile(r"no match(?:ing manifest)? for (?:platform|\w+/\w+)|no image found in (?:image index|manifest list) for architecture", re.I),
    Why.AMBIGUOUS: re.compile(r"does not exist or may require|insufficient_scope|repository does not exist or no access|requested access to the resource is denied", re.I),
    Why.DENIED: re.compile(r"unauthorized|authentication required|no basic auth credentials|\b401\b|\b403\b|\bforbidden\b|authorization (?:failed|token)|access denied|permission.*denied|\bdenied:", re.I),
    Why.MISSING: re.compile(r"manifest(?: for \S+)?(?: unknown| not found)|not found|name unknown|no such image|couldn'?t parse image|invalid reference format|is not present with pull policy|\b404\b|InvalidImageName", re.I),
    Why.UNREACHABLE: re.compile(r"i/o timeout|timed? ?out|connection (?:refused|reset)|no route to host|network is unreachable|handshake|deadline exceeded|Client\.Timeout|\bEOF\b|x509|\b50[0234]\b|service unavailable|server gave HTTP response", re.I),
}  # fmt: skip
"""In the order in which they are believed: a message that ends with a look-up failure often names the rest too."""


@dataclass(frozen=True, eq=False)
class Pull:
    """One container that waits for its image, why, and who said so."""

    subject: Subject
    view: ContainerView
    why: Why
    said: Said | None


@once
def pulls(picture: Picture) -> tuple[Pull, ...]:
    """One for each workload and container that waits for its image."""
    found: dict[tuple[int, str], Pull] = {}
    for subject, view in ailing_containers(picture):
        if view.waiting not in REASONS and not _events_alone(picture, view):
            continue
        key, pull = (id(subject), view.name), _pull(picture, subject, view)
        if key not in found or found[key].why is Why.SILENT:
            found[key] = pull
    return tuple(found.values())


def _events_alone(picture: Picture, view: ContainerView) -> bool:
    """A container whose reason was not told, though events tell of its image."""
    if view.waiting not in ("", "ContainerCreating", "PodInitializing") or view.running or view.terminated:
        return False
    return any(_is_pull(one) for one in of_container(picture, view))


def why_not(text: str, reason: str) -> Why | None:
    """What a message about an image says; None where it is about something else, or says nothing of why."""
    if not _is_pull_text(text, reason):
        return None
    bare = re.sub(r"image \"[^\"]*\"|for \S+ not found: (?=manifest)", "IMAGE ", text)
    return next((why for why, pattern in _PATTERNS.items() if pattern.search(bare)), None)


def _is_pull(said: Said) -> bool:
    return _is_pull_text(said.text, said.reason)


def _is_pull_text(text: str, reason: str) -> bool:
    return reason in ("Failed", "InspectFailed", *REASONS) and bool(
        re.search(
            r"pull(?:ing)? image|pull and unpack|ErrImage|ImagePull|InvalidImageName|apply default image tag",
            text,
        )
    )


def _pull(picture: Picture, subject: Subject, view: ContainerView) -> Pull:
    said = [one for one in of_container(picture, view) if _is_pull(one) or one.reason in REASONS]
    for one in reversed(said):
        text = _without_image(one.text, view.image)
        for why, pattern in _PATTERNS.items():
            if pattern.search(text):
                return Pull(subject, view, why, one)
    if view.waiting == "InvalidImageName":
        return Pull(subject, view, Why.MISSING, said[-1] if said else None)
    return Pull(subject, view, Why.SILENT, said[-1] if said else None)


def _without_image(text: str, image: str) -> str:
    """The message without the image's own name, whose words and digits prove nothing."""
    for part in (image, image.partition("@")[0], image.rsplit("/", 1)[-1]):
        if len(part) > 3:
            text = text.replace(part, "IMAGE")
    return text


@dataclass(frozen=True)
class Image:
    """The parts of a reference; a host is one with a dot, a port, or `localhost` (distribution reference grammar)."""

    registry: str
    repository: str
    tag: str

    @property
    def is_official(self) -> bool:
        """A library image of Docker Hub: all of them are public."""
        return self.registry == "docker.io" and self.repository.startswith("library/")


def image_of(text: str) -> Image:
    bare, _, digest = text.partition("@")
    head, slash, rest = bare.partition("/")
    has_host = bool(slash) and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, rest) if has_host else ("docker.io", bare)
    name, _, tag = path.partition(":")
    if registry == "docker.io" and "/" not in name:
        name = f"library/{name}"
    return Image(registry, name, digest or tag or "latest")
