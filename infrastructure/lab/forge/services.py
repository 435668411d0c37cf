"""Which services a set of changed paths is about, and building their images."""

from __future__ import annotations

from collections.abc import Iterable

from infrastructure.lab.forge.objects import SHORT
from infrastructure.lab.forge.options import DEPLOY_FOLDER, SERVICES_FOLDER
from infrastructure.lab.forge.registry import Registry
from infrastructure.lab.forge.repository import Repository


def touched_services(paths: Iterable[str]) -> list[str]:
    """`services/cart/app.py` → `cart`."""
    parts = (path.split("/", 2) for path in paths)
    return sorted({split[1] for split in parts if len(split) == 3 and split[0] == SERVICES_FOLDER})


def released_services(paths: Iterable[str]) -> list[str]:
    """The services a roll-out of these paths is about: built ones, and those whose manifest changed."""
    wanted = list(paths)
    manifests = (path.split("/") for path in wanted)
    named = {parts[-1].rsplit(".", 1)[0] for parts in manifests if parts[0] == DEPLOY_FOLDER}
    return sorted(named | set(touched_services(wanted)))


async def build_images(
    repository: Repository, registry: Registry, sha: str, services: Iterable[str]
) -> dict[str, str]:
    """Push an image for each of these services that still exists at the commit; service → image."""
    wanted = list(services)
    files = await repository.text_files(sha) if wanted else {}
    existing = set(touched_services(files))
    images = {service: registry.image_of(service, sha[:SHORT]) for service in wanted if service in existing}
    for image in images.values():
        registry.add(image, files)
    return images
