"""The image registry: an image is the tree of the commit it was built from."""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMAGE = re.compile(r"(?P<name>[^@]+?)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$")


class Registry:
    """Knows every image that was built here."""

    def __init__(self, host: str, owner: str) -> None:
        self.prefix = f"{host}/{owner}"
        self._images: dict[str, Mapping[str, str]] = {}
        self._latest: dict[str, str] = {}

    def image_of(self, service: str, tag: str) -> str:
        return f"{self.prefix}/{service}:{tag}"

    def add(self, image: str, files: Mapping[str, str]) -> None:
        """Push an image; for one of this registry's services its tag becomes the latest."""
        self._images[image] = files
        service, tag = self.split(image)
        if service and tag:
            self._latest[service] = tag

    def has(self, image: str) -> bool:
        return image in self._images

    def source(self, image: str) -> Mapping[str, str]:
        """Path in the repository → text. Raises KeyError for an image that was never built."""
        return self._images[image]

    def latest(self, service: str) -> str | None:
        """The tag built last for a service."""
        return self._latest.get(service)

    def images(self) -> list[str]:
        return sorted(self._images)

    def split(self, image: str) -> tuple[str | None, str | None]:
        """(service, tag); service is None for an image of another registry or owner."""
        found = _IMAGE.match(image)
        if found is None or not found["name"].startswith(f"{self.prefix}/"):
            return None, None
        return found["name"].removeprefix(f"{self.prefix}/"), found["tag"]
