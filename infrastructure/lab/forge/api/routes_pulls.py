"""Pull requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import (
    ApiError,
    custom,
    invalid,
    json_answer,
    page_answer,
    page_of,
)
from infrastructure.lab.forge.api.asking import body_of, caller, optional, wanted
from infrastructure.lab.forge.api.desk import REPO, Desk
from infrastructure.lab.forge.api.shapes_git import commit_shape, file_shape, stats_shape
from infrastructure.lab.forge.api.shapes_threads import (
    PullDetail,
    pull_detail_shape,
    pull_shape,
)
from infrastructure.lab.forge.pulls import Draft, MergeOrder, Method
from infrastructure.lab.forge.records import Issue, Pull

Json = Any
_METHODS: Mapping[str, Method] = {"merge": "merge", "squash": "squash", "rebase": "rebase"}
_SORTS: Mapping[str, Callable[[Issue], Any]] = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "popularity": lambda issue: (len(issue.comments), issue.number),
    "long-running": lambda issue: (issue.created_at, issue.number),
}


class PullRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        pull = f"{REPO}/pulls/{{number:\\d+}}"
        return [
            web.get(f"{REPO}/pulls", self.listing),
            web.post(f"{REPO}/pulls", self.create),
            web.get(pull, self.get),
            web.patch(pull, self.update),
            web.get(f"{pull}/files", self.files),
            web.get(f"{pull}/commits", self.commits),
            web.get(f"{pull}/merge", self.is_merged),
            web.put(f"{pull}/merge", self.merge),
            web.get(f"{pull}/reviews", self.nothing),
            web.get(f"{pull}/comments", self.nothing),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        asked, issues = request.query, self._desk.shop.records.issues
        found = [pull for pull in self._desk.shop.records.pulls.values() if self._matches(pull, asked)]
        sort = asked.get("sort", "created")
        direction = asked.get("direction") or ("desc" if sort == "created" else "asc")
        key = _SORTS.get(sort, _SORTS["created"])
        found.sort(key=lambda pull: key(issues[pull.number]), reverse=direction == "desc")
        repository, links = await self._desk.repository(request), self._desk.links(request)
        return page_answer(
            request, found, lambda pull: pull_shape(pull, issues[pull.number], links, repository)
        )

    def _matches(self, pull: Pull, asked: Mapping[str, str]) -> bool:
        state = self._desk.shop.records.issues[pull.number].state
        if asked.get("state", "open") not in (state, "all"):
            return False
        if asked.get("base") and asked["base"] != pull.base_ref:
            return False
        head = asked.get("head", "")
        # GitHub ignores a head without its owner.
        return ":" not in head or head == f"{self._desk.shop.options.owner}:{pull.head_ref}"

    async def get(self, request: web.Request) -> web.Response:
        pull = self._desk.pull_of(request)
        if "diff" in request.headers.get("Accept", ""):
            start = await self._desk.pulls.diff_start(pull)
            text = await self._desk.shop.repository.patch_text(start, pull.head_sha)
            return web.Response(text=text, content_type="text/plain")
        return json_answer(await self._full(request, pull))

    async def _full(self, request: web.Request, pull: Pull) -> dict[str, Json]:
        issue, links = self._desk.shop.records.issues[pull.number], self._desk.links(request)
        files = await self._desk.shop.repository.diff(await self._desk.pulls.diff_start(pull), pull.head_sha)
        stats = stats_shape(files)
        mergeable, state = await self._desk.pulls.mergeable(pull)
        detail = PullDetail(
            commits=len(await self._desk.pulls.commit_shas(pull)),
            additions=stats["additions"],
            deletions=stats["deletions"],
            changed_files=len(files),
            mergeable=mergeable,
            mergeable_state=state,
        )
        repository = await self._desk.repository(request)
        return {
            **pull_shape(pull, issue, links, repository),
            **pull_detail_shape(pull, issue, links, detail),
        }

    async def create(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        head = wanted(body, "head", str).rpartition(":")[2]
        base = wanted(body, "base", str)
        title = wanted(body, "title", str).strip()
        if not title:
            raise invalid("PullRequest", "title", "missing_field")
        branches = await self._desk.shop.repository.branches()
        for field, branch in (("head", head), ("base", base)):
            if branch not in branches:
                raise invalid("PullRequest", field)
        await self._check_new(head, base, branches)
        draft = Draft(
            title, optional(body, "body", str) or "", base, head, bool(optional(body, "draft", bool))
        )
        pull = await self._desk.pulls.open(
            draft, by=caller(request).login, base_sha=branches[base], head_sha=branches[head]
        )
        return json_answer(await self._full(request, pull), 201)

    async def _check_new(self, head: str, base: str, branches: Mapping[str, str]) -> None:
        owner = self._desk.shop.options.owner
        if self._desk.shop.records.open_pull_of(head, base):
            raise custom("PullRequest", f"A pull request already exists for {owner}:{head}.")
        if not await self._desk.shop.repository.between(branches[base], branches[head]):
            raise custom("PullRequest", f"No commits between {base} and {head}")

    async def update(self, request: web.Request) -> web.Response:
        pull, body = self._desk.pull_of(request), await body_of(request)
        records, now = self._desk.shop.records, self._desk.shop.now()
        changes: dict[str, Json] = {
            field: value for field in ("title", "body") if (value := optional(body, field, str)) is not None
        }
        state = optional(body, "state", str)
        if state not in (None, "open", "closed"):
            raise invalid("PullRequest", "state")
        if state and pull.merged_at and state == "open":
            raise custom("PullRequest", "state cannot be changed. The pull request is already merged.")
        if state and not pull.merged_at:
            shut = state == "closed"
            changes |= {
                "closed_at": now if shut else None,
                "closed_by": caller(request).login if shut else None,
            }
        records.touch(pull.number, now, **changes)
        return json_answer(await self._full(request, pull))

    async def files(self, request: web.Request) -> web.Response:
        pull, links = self._desk.pull_of(request), self._desk.links(request)
        start = await self._desk.pulls.diff_start(pull)
        files = await self._desk.shop.repository.diff(start, pull.head_sha)
        return page_answer(request, files, lambda file: file_shape(file, pull.head_sha, links))

    async def commits(self, request: web.Request) -> web.Response:
        pull, links = self._desk.pull_of(request), self._desk.links(request)
        page, headers = page_of(request, await self._desk.pulls.commit_shas(pull))
        commits = await self._desk.shop.repository.commits(page)
        records = self._desk.shop.records
        return json_answer([commit_shape(commit, records, links) for commit in commits], headers=headers)

    async def is_merged(self, request: web.Request) -> web.Response:
        if self._desk.pull_of(request).merged_at is None:
            raise ApiError(404, "Not Found")
        return web.Response(status=204)

    async def merge(self, request: web.Request) -> web.Response:
        pull, body = self._desk.pull_of(request), await body_of(request)
        asked = optional(body, "merge_method", str) or "merge"
        method = _METHODS.get(asked)
        if method is None:
            raise ApiError(422, f"Invalid request.\n\n{asked} is not a possible value for merge_method.")
        order = MergeOrder(
            by=caller(request).login,
            method=method,
            head_sha=optional(body, "sha", str),
            title=optional(body, "commit_title", str),
            message=optional(body, "commit_message", str),
        )
        merged = await self._desk.pulls.merge(pull.number, order)
        return json_answer(
            {"sha": merged.merge_sha, "merged": True, "message": "Pull Request successfully merged"}
        )

    async def nothing(self, request: web.Request) -> web.Response:
        """Reviews and review comments: the lab's developers talk elsewhere."""
        self._desk.pull_of(request)
        return json_answer([])
