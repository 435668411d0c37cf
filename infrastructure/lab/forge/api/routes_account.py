"""Users, the repository, branches, their protection, the rate limit."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import ApiError, json_answer, not_found, page_answer
from infrastructure.lab.forge.api.asking import caller
from infrastructure.lab.forge.api.desk import MAIN, REPO, Desk
from infrastructure.lab.forge.api.shapes_account import Links, full_user_shape, user_shape
from infrastructure.lab.forge.api.shapes_git import commit_shape

Json = Any
_NOT_PROTECTED = "https://docs.github.com/rest/branches/branch-protection#get-branch-protection"


class AccountRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        branch = f"{REPO}/branches/{{branch:.+}}"
        return [
            web.get("/user", self.me),
            web.get("/user/repos", self.my_repositories),
            web.get("/users/{login}", self.user),
            web.get("/rate_limit", self.rate_limit),
            web.get(REPO, self.repository),
            web.get(f"{REPO}/branches", self.branches),
            web.get(f"{branch}/protection/required_status_checks", self.required_checks),
            web.get(f"{branch}/protection", self.protection),
            web.get(branch, self.branch),
        ]

    async def me(self, request: web.Request) -> web.Response:
        return await self._full_user(request, caller(request).login)

    async def user(self, request: web.Request) -> web.Response:
        login = request.match_info["login"]
        if login not in self._desk.shop.records.people:
            raise not_found()
        return await self._full_user(request, login)

    async def _full_user(self, request: web.Request, login: str) -> web.Response:
        head = await self._desk.commit_of(MAIN)
        person = self._desk.shop.records.person(login)
        return json_answer(full_user_shape(person, self._desk.links(request), head.author.at))

    async def my_repositories(self, request: web.Request) -> web.Response:
        return json_answer([await self._desk.repository(request)])

    async def repository(self, request: web.Request) -> web.Response:
        body = await self._desk.repository(request)
        owner = user_shape(self._desk.shop.options.owner, self._desk.links(request))
        return json_answer({**body, "organization": owner})

    async def rate_limit(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].partition(" ")[2].strip()
        seen = self._desk.tokens.look(token)
        rate = {
            "limit": seen.limit,
            "used": min(seen.used, seen.limit),
            "remaining": seen.remaining,
            "reset": int(seen.resets_at.timestamp()),
        }
        return json_answer({"resources": {"core": rate, "search": rate, "graphql": rate}, "rate": rate})

    async def branches(self, request: web.Request) -> web.Response:
        links = self._desk.links(request)
        pairs = sorted((await self._desk.shop.repository.branches()).items())
        return page_answer(request, pairs, lambda pair: self._line(pair[0], pair[1], links))

    def _line(self, name: str, sha: str, links: Links) -> dict[str, Json]:
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{links.api}/commits/{sha}"},
            "protected": bool(self._required(name)),
        }

    async def branch(self, request: web.Request) -> web.Response:
        name, links = request.match_info["branch"], self._desk.links(request)
        sha = (await self._desk.shop.repository.branches()).get(name)
        if sha is None:
            raise ApiError(404, "Branch not found")
        commit = await self._desk.shop.repository.commit(sha)
        required = self._required(name)
        url = f"{links.api}/branches/{name}"
        return json_answer(
            {
                **self._line(name, sha, links),
                "commit": commit_shape(commit, self._desk.shop.records, links),
                "_links": {"self": url, "html": f"{links.html}/tree/{name}"},
                "protection": {
                    "enabled": bool(required),
                    "required_status_checks": {
                        "enforcement_level": "non_admins" if required else "off",
                        "contexts": list(required),
                        "checks": [{"context": context, "app_id": 15368} for context in required],
                    },
                },
                "protection_url": f"{url}/protection",
            }
        )

    async def protection(self, request: web.Request) -> web.Response:
        name = request.match_info["branch"]
        url = f"{self._desk.links(request).api}/branches/{name}/protection"
        off = {"enabled": False}
        return json_answer(
            {
                "url": url,
                "required_status_checks": self._checks(request),
                "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": True},
                "required_signatures": {"url": f"{url}/required_signatures", "enabled": False},
                "required_linear_history": off,
                "allow_force_pushes": off,
                "allow_deletions": off,
                "block_creations": off,
                "required_conversation_resolution": off,
                "lock_branch": off,
                "allow_fork_syncing": off,
            }
        )

    async def required_checks(self, request: web.Request) -> web.Response:
        return json_answer(self._checks(request))

    def _checks(self, request: web.Request) -> dict[str, Json]:
        name = request.match_info["branch"]
        required = self._required(name)
        if not required:
            raise ApiError(404, "Branch not protected", docs=_NOT_PROTECTED)
        url = f"{self._desk.links(request).api}/branches/{name}/protection/required_status_checks"
        return {
            "url": url,
            "strict": False,
            "contexts": list(required),
            "contexts_url": f"{url}/contexts",
            "checks": [{"context": context, "app_id": 15368} for context in required],
        }

    def _required(self, branch: str) -> tuple[str, ...]:
        return self._desk.shop.options.required_checks if branch == MAIN else ()
