"""One browser and one platform at work for all browser tests; the platform starts while the first tests need none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "integration"), str(TESTS / "unit" / "api"), str(TESTS / "e2e")]
from browser import Browser, opened  # noqa: E402
from platforms import PlatformAtWork  # noqa: E402

from sre_agent.cli.native.ports import free_ports  # noqa: E402


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with opened(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that need no platform first: it takes a good part of a minute to start."""
    here = [at for at, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    for at, item in zip(here, sorted((items[at] for at in here), key=_needs_platform), strict=True):
        items[at] = item


def _needs_platform(item: pytest.Item) -> bool:
    return "platform" in getattr(item, "fixturenames", ())


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def coming(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[asyncio.Task[PlatformAtWork] | None]:
    """The platform, on its way as soon as any test that is to run needs it."""
    if not any(_needs_platform(item) for item in request.session.items):
        yield None
        return
    platform = PlatformAtWork(tmp_path_factory.mktemp("platform"))
    try:
        yield asyncio.create_task(_started(platform))
    finally:
        await platform.stop()


async def _started(platform: PlatformAtWork) -> PlatformAtWork:
    await platform.start(tuple(free_ports(2)))  # type: ignore[arg-type]
    return platform


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(coming: asyncio.Task[PlatformAtWork]) -> PlatformAtWork:
    return await coming
