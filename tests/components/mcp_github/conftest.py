"""A lab forge with a small shop, and the GitHub tools over the real client against it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infrastructure.lab.forge import Forge, ForgeOptions
from mcp_servers.github.client import GithubClient
from mcp_servers.github.repositories import Repositories
from mcp_servers.github.server import toolset
from tests.components.lab_forge.lab_forge_loop import LoopThread
from tests.components.mcp_github.github_hand import Hand

SMALL_SHOP = Path(__file__).parents[1] / "lab_forge" / "small_shop"
OPTIONS = ForgeOptions(values={"CART_PORT": "8123"}, check_seconds=0.02, poll_seconds=0.02)


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    with LoopThread() as thread:
        yield thread


@pytest.fixture(scope="module")
def forge(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    folder = tmp_path_factory.mktemp("forge")
    running = loop.run(Forge.start(directory=folder, template=SMALL_SHOP, options=OPTIONS))
    yield running
    loop.run(running.stop())


@pytest.fixture
async def hand(forge: Forge, loop: LoopThread) -> AsyncIterator[Hand]:
    client = GithubClient(token=forge.token, url=forge.url)
    repositories = Repositories((forge.repository,))

    async def sleep(_: float) -> None:
        await asyncio.sleep(0.02)

    yield Hand(toolset(client, repositories, client.system, sleep=sleep), client, forge, loop)
    await client.close()
