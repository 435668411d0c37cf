"""The forge in one object: start it, connect it to a cluster, make changes as a developer would, stop it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from infrastructure.lab.forge.api.app import make_app
from infrastructure.lab.forge.api.identity import Identity, Tokens
from infrastructure.lab.forge.beginning import begin
from infrastructure.lab.forge.checks import Checks
from infrastructure.lab.forge.delivery.deployer import MAIN, Deployer
from infrastructure.lab.forge.developer import Change, Developer, Edit
from infrastructure.lab.forge.git import Git
from infrastructure.lab.forge.options import ClusterAccess, ForgeOptions, MergedPull
from infrastructure.lab.forge.pulls import Pulls
from infrastructure.lab.forge.pushes import Push, Pushes
from infrastructure.lab.forge.records import Records
from infrastructure.lab.forge.registry import Registry
from infrastructure.lab.forge.repository import Repository
from infrastructure.lab.forge.template import load_template
from infrastructure.lab.forge.workshop import Workshop
from infrastructure.lab.forge.writing import Writer

TOKEN_PREFIX = "ghp_"  # noqa: S105 - the prefix GitHub gives classic tokens  # nosec B105
Clock = Callable[[], datetime]


class Forge:
    """A running forge. Made by `start`."""

    def __init__(self, shop: Workshop, registry: Registry) -> None:
        pulls = Pulls(shop)
        self._shop = shop
        self._tokens = Tokens(hourly_limit=shop.options.hourly_limit, now=shop.now)
        self._runner = web.AppRunner(make_app(shop, pulls, self._tokens), access_log=None)
        self._deployer = Deployer(shop, registry)
        self._developer = Developer(shop, pulls, url=lambda: self.url)
        self.registry = registry
        self.options = shop.options
        shop.pushes.on_push(self._check_main)
        self.token = self.issue_token(shop.options.robot, write=True)

    @classmethod
    async def start(
        cls,
        *,
        directory: Path,
        template: Path,
        options: ForgeOptions | None = None,
        cluster: ClusterAccess | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> Forge:
        """Make the repository from the template and serve it; with a cluster, roll main's head out to it.

        Raises GitMissing or TemplateWrong.
        """
        shop, registry = await _furnish(directory, options or ForgeOptions(), clock)
        await begin(shop, registry, load_template(template, shop.options.values))
        forge = cls(shop, registry)
        await forge._runner.setup()
        await web.TCPSite(forge._runner, shop.options.host, shop.options.port).start()
        if cluster is not None:
            await forge.deploy_to(cluster)
        return forge

    @property
    def url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def repository(self) -> str:
        return self.options.repository

    def issue_token(self, login: str, *, write: bool) -> str:
        """A further token, for a user who may only read or may write too."""
        token = TOKEN_PREFIX + secrets.token_hex(18)
        self._shop.records.person(login)
        self._tokens.add(token, Identity(login, write))
        return token

    async def deploy_to(self, access: ClusterAccess) -> str:
        """Connect the deployer to a cluster and roll main's head out; "success" or "failure"."""
        return await self._deployer.connect(access)

    async def deployed(self, sha: str, *, timeout_seconds: float = 120.0) -> str:
        """When the deployer is done with a commit of main: "success" or "failure". Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            return await self._deployer.deployed(sha)

    async def merge_change(self, *, author: str, title: str, body: str, edit: Edit) -> MergedPull:
        """One change on main, the way a developer brings it there; raises ChangeRefused."""
        return await self._developer.merge(Change(author, title, body, edit))

    async def checked(self, sha: str) -> str | None:
        """The conclusion of a commit's check run, once it is complete: "success" or "failure"."""
        run = await self._shop.checks.finished(sha)
        return run.conclusion if run else None

    async def head(self) -> str:
        """The commit main is at."""
        sha = await self._shop.repository.resolve(MAIN)
        if sha is None:
            raise LookupError("the repository has no main branch")
        return sha

    async def files(self) -> dict[str, str]:
        """Every text file on main, by path."""
        return await self._shop.repository.text_files(await self.head())

    async def stop(self) -> None:
        await self._deployer.stop()
        await self._shop.checks.stop()
        await self._runner.cleanup()

    async def _check_main(self, push: Push) -> None:
        if push.branch == MAIN and push.new:
            self._shop.checks.start(push.new)


async def _furnish(directory: Path, options: ForgeOptions, clock: Clock) -> tuple[Workshop, Registry]:
    git = await Git.create(directory / f"{options.name}.git", branch=MAIN)
    repository, writer, records = Repository(git), Writer(git), Records()
    checks = Checks(repository, records, now=clock, seconds=options.check_seconds)
    shop = Workshop(
        options=options,
        repository=repository,
        writer=writer,
        records=records,
        pushes=Pushes(writer),
        checks=checks,
        now=clock,
    )
    return shop, Registry(options.registry_host, options.owner)
