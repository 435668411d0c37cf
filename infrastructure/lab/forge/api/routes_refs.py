"""Creating, moving and deleting branches; main moves by pull requests only."""

from __future__ import annotations

import re

from aiohttp import web

from infrastructure.lab.forge.api.answers import ApiError, json_answer
from infrastructure.lab.forge.api.asking import body_of, caller, optional, wanted
from infrastructure.lab.forge.api.desk import MAIN, REPO, Desk
from infrastructure.lab.forge.api.shapes_git import ref_shape
from infrastructure.lab.forge.protection import objection

_HEADS = "refs/heads/"
_BAD_NAME = re.compile(r"(^[/.-])|\.\.|[\x00-\x20~^:?*\[\\]|@\{|//|/\.|\.lock($|/)|[/.]$")


class RefRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        return [
            web.post(f"{REPO}/git/refs", self.create),
            web.patch(f"{REPO}/git/refs/{{ref:.+}}", self.update),
            web.delete(f"{REPO}/git/refs/{{ref:.+}}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        name = wanted(body, "ref", str)
        branch = _branch(name)
        sha = await self._commit_sha(wanted(body, "sha", str))
        async with self._desk.shop.pushes.turn:
            if branch in await self._desk.shop.repository.branches():
                raise ApiError(422, "Reference already exists")
            await self._desk.shop.pushes.move(branch, sha, None, by=caller(request).login)
        return json_answer(ref_shape(name, sha, self._desk.links(request)), 201)

    async def update(self, request: web.Request) -> web.Response:
        name = f"refs/{request.match_info['ref']}"
        branch, body = _branch(name), await body_of(request)
        sha = await self._commit_sha(wanted(body, "sha", str))
        forced = bool(optional(body, "force", bool))
        async with self._desk.shop.pushes.turn:
            old = await self._present(branch)
            if not forced and not await self._desk.shop.repository.is_ancestor(old, sha):
                raise ApiError(422, "Update is not a fast forward")
            self._check_protected(branch, sha, forced)
            await self._desk.shop.pushes.move(branch, sha, old, by=caller(request).login)
        return json_answer(ref_shape(name, sha, self._desk.links(request)))

    async def delete(self, request: web.Request) -> web.Response:
        branch = _branch(f"refs/{request.match_info['ref']}")
        async with self._desk.shop.pushes.turn:
            old = await self._present(branch)
            if branch == MAIN:
                raise ApiError(422, "Cannot delete the default branch")
            await self._desk.shop.pushes.delete(branch, old, by=caller(request).login)
        return web.Response(status=204)

    async def _present(self, branch: str) -> str:
        sha = (await self._desk.shop.repository.branches()).get(branch)
        if sha is None:
            raise ApiError(422, "Reference does not exist")
        return sha

    async def _commit_sha(self, sha: str) -> str:
        if len(sha) != 40 or await self._desk.shop.repository.kind_of(sha) != "commit":
            raise ApiError(422, "Object does not exist")
        return sha

    def _check_protected(self, branch: str, sha: str, forced: bool) -> None:
        if branch != MAIN or not self._desk.shop.options.required_checks:
            return
        if forced:
            raise ApiError(422, "Cannot force-push to this protected branch")
        complaint = objection(self._desk.shop.records, sha, self._desk.shop.options.required_checks)
        if complaint:
            raise ApiError(422, complaint)


def _branch(name: str) -> str:
    branch = name.removeprefix(_HEADS)
    if not name.startswith(_HEADS) or _BAD_NAME.search(branch):
        raise ApiError(422, f"{name} is not a valid ref name.")
    return branch
