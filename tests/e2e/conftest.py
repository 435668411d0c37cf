"""One browser and one platform at work for all browser tests: each takes seconds to start."""

from __future__ import annotations

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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PlatformAtWork]:
    platform = PlatformAtWork(tmp_path_factory.mktemp("platform"))
    try:
        await platform.start(tuple(free_ports(2)))  # type: ignore[arg-type]
        yield platform
    finally:
        await platform.stop()
