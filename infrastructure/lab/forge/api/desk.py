"""What every handler works with: the workshop, the pull requests, and how to find what a request names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import ApiError, not_found, root_of
from infrastructure.lab.forge.api.asking import caller
from infrastructure.lab.forge.api.identity import Tokens
from infrastructure.lab.forge.api.shapes_account import Links, RepositoryFacts, repository_shape
from infrastructure.lab.forge.objects import Commit
from infrastructure.lab.forge.pulls import Pulls
from infrastructure.lab.forge.records import Issue, Pull
from infrastructure.lab.forge.workshop import Workshop

REPO = "/repos/{owner}/{name}"
MAIN = "main"


@dataclass(frozen=True)
class Desk:
    shop: Workshop
    pulls: Pulls
    tokens: Tokens

    def links(self, request: web.Request) -> Links:
        return Links(root_of(request), self.shop.options.repository)

    async def sha_of(self, revision: str) -> str:
        """The commit a revision names; raises GitHub's 422 for one that names none."""
        sha = await self.shop.repository.resolve(revision)
        if sha is None:
            raise ApiError(422, f"No commit found for SHA: {revision}")
        return sha

    async def commit_of(self, revision: str) -> Commit:
        return await self.shop.repository.commit(await self.sha_of(revision))

    async def found_sha(self, revision: str) -> str:
        """The same for endpoints that answer 404."""
        sha = await self.shop.repository.resolve(revision)
        if sha is None:
            raise not_found()
        return sha

    def issue_of(self, request: web.Request) -> Issue:
        issue = self.shop.records.issues.get(_number(request, "number"))
        if issue is None:
            raise not_found()
        return issue

    def pull_of(self, request: web.Request) -> Pull:
        pull = self.shop.records.pulls.get(_number(request, "number"))
        if pull is None:
            raise not_found()
        return pull

    async def repository(self, request: web.Request) -> dict[str, Any]:
        """The repository's own object, as it also stands inside pull requests."""
        head = await self.shop.repository.commit(await self.found_sha(MAIN))
        records = self.shop.records
        facts = RepositoryFacts(
            created_at=min((issue.created_at for issue in records.issues.values()), default=head.author.at),
            pushed_at=head.committer.at,
            open_issues=sum(issue.state == "open" for issue in records.issues.values()),
            may_write=caller(request).write,
        )
        return repository_shape(self.shop.options, self.links(request), facts)


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdigit():
        raise not_found()
    return int(text)
