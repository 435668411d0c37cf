"""The forge keeps GitHub's contract; with GITHUB_CONTRACT_URL set, GitHub itself is asked the same."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from github import Auth, Github
from github.Repository import Repository

from infrastructure.lab.forge import Forge
from tests.components.lab_forge.conftest import connect
from tests.contracts.lab_forge_github import GithubContract

REAL = os.environ.get("GITHUB_CONTRACT_URL", "")


class TestForge(GithubContract):
    @pytest.fixture
    def stranger(self, forge: Forge) -> Iterator[Github]:
        client = connect(forge, "ghp_unknown")
        yield client
        client.close()


@pytest.mark.skipif(not REAL, reason="GITHUB_CONTRACT_URL names no GitHub to compare with")
class TestRealGithub(GithubContract):
    @pytest.fixture(scope="class")
    def github(self) -> Iterator[Github]:
        client = Github(auth=Auth.Token(os.environ["GITHUB_CONTRACT_TOKEN"]), base_url=REAL)
        yield client
        client.close()

    @pytest.fixture(scope="class")
    def repository(self, github: Github) -> Repository:
        return github.get_repo(os.environ["GITHUB_CONTRACT_REPOSITORY"])

    @pytest.fixture
    def stranger(self) -> Github:
        return Github(auth=Auth.Token("ghp_unknown"), base_url=REAL, retry=None)
