"""A running forge for a whole test file, asked from the test's own thread like any other server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Auth, Github
from github.Repository import Repository

from infrastructure.lab.forge import Forge, ForgeOptions
from tests.components.lab_forge.lab_forge_loop import LoopThread

SMALL_SHOP = Path(__file__).parent / "small_shop"
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


@pytest.fixture(scope="module")
def github(forge: Forge) -> Iterator[Github]:
    client = connect(forge, forge.token)
    yield client
    client.close()


@pytest.fixture(scope="module")
def repository(github: Github, forge: Forge) -> Repository:
    return github.get_repo(forge.repository)


def connect(forge: Forge, token: str) -> Github:
    """PyGithub as it comes, but for its politeness pauses."""
    return Github(
        auth=Auth.Token(token),
        base_url=forge.url,
        seconds_between_requests=None,
        seconds_between_writes=None,
        retry=None,
    )
