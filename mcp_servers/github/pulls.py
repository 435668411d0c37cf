"""Reading pull requests: the thing itself, its files, its checks, and what its base branch requires."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.github import asks, shape
from mcp_servers.github.client import PAGE, GithubApi
from mcp_servers.github.repositories import place
from mcp_servers.kit.errors import Code, ToolError

Json = Mapping[str, Any]
_MOST_FILES: Final = 3_000
_MOST_COMMITS: Final = 250
"""Both as GitHub gives at most."""


class Pulls:
    def __init__(self, api: GithubApi) -> None:
        self._api = api

    async def get(self, repository: str, number: int) -> Json:
        found: Json = await self._api.get(place(repository, "pulls", number))
        return found

    async def of_branch(self, repository: str, branch: str) -> Json | None:
        """The newest pull request from a branch of this repository, open or not."""
        owner = repository.partition("/")[0]
        params = {"state": "all", "head": f"{owner}:{branch}", "sort": "created", "direction": "desc"}
        listed = await self._api.pages(place(repository, "pulls"), params, most=PAGE)
        found = next((pull for pull in listed if pull["head"]["ref"] == branch), None)
        return await self.get(repository, found["number"]) if found else None

    async def files(self, repository: str, number: int) -> list[Json]:
        return await self._api.pages(place(repository, "pulls", number, "files"), most=_MOST_FILES)

    async def paths(self, repository: str, number: int) -> list[str]:
        return [one["filename"] for one in await self.files(repository, number)]

    async def messages(self, repository: str, number: int) -> list[str]:
        """The messages of its commits, oldest first."""
        listed = await self._api.pages(place(repository, "pulls", number, "commits"), most=_MOST_COMMITS)
        return [shape.message(one) for one in listed]

    async def default_branch(self, repository: str) -> str:
        return str((await self._api.get(f"/repos/{repository}"))["default_branch"])

    async def checks(self, repository: str, sha: str, base: str) -> list[asks.Check]:
        """Check runs and commit statuses of a commit, marked by what the base branch requires."""
        runs, combined, required = await asyncio.gather(
            self._api.get(place(repository, "commits", sha, "check-runs"), {"per_page": PAGE}),
            self._api.get(place(repository, "commits", sha, "status"), {"per_page": PAGE}),
            self._required(repository, base),
        )
        return shape.checks(runs["check_runs"], combined["statuses"], required)

    async def _required(self, repository: str, branch: str) -> list[str]:
        """From branch protection and from rulesets; either may be unknown to this GitHub or this token."""
        found, rules = await asyncio.gather(
            self._optional(place(repository, "branches", branch)),
            self._optional(place(repository, "rules", "branches", branch)),
        )
        protection = ((found or {}).get("protection") or {}).get("required_status_checks") or {}
        names = [
            *(protection.get("contexts") or ()),
            *(one["context"] for one in protection.get("checks") or ()),
        ]
        for rule in rules or ():
            if rule.get("type") == "required_status_checks":
                names += [one["context"] for one in rule["parameters"]["required_status_checks"]]
        return list(dict.fromkeys(names))

    async def _optional(self, path: str) -> Any:
        try:
            return await self._api.get(path)
        except ToolError as problem:
            if problem.code in (Code.NOT_FOUND, Code.FORBIDDEN):
                return None
            raise
