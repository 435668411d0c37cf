"""Commits, comparisons, and what surrounds a commit: its pull requests, checks and statuses."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import custom, json_answer, not_found, page_answer, page_of
from infrastructure.lab.forge.api.asking import body_of, caller, optional, time_asked, wanted
from infrastructure.lab.forge.api.desk import REPO, Desk
from infrastructure.lab.forge.api.shapes_delivery import check_run_shape, combined_state, status_shape
from infrastructure.lab.forge.api.shapes_git import commit_shape, file_shape, stats_shape
from infrastructure.lab.forge.api.shapes_threads import pull_shape
from infrastructure.lab.forge.objects import Commit
from infrastructure.lab.forge.records import Status
from infrastructure.lab.forge.repository import CommitQuery

Json = Any
COMPARE_FILES = 300
STATES = ("error", "failure", "pending", "success")


class CommitRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        commit = f"{REPO}/commits/{{ref:.+}}"
        return [
            web.get(f"{REPO}/commits", self.listing),
            web.get(f"{commit}/pulls", self.pulls),
            web.get(f"{commit}/check-runs", self.check_runs),
            web.get(f"{commit}/status", self.combined_status),
            web.get(f"{commit}/statuses", self.statuses),
            web.get(commit, self.get),
            web.get(f"{REPO}/check-runs/{{id:\\d+}}", self.check_run),
            web.post(f"{REPO}/statuses/{{sha}}", self.create_status),
            web.get(f"{REPO}/statuses/{{ref:.+}}", self.statuses),
            web.get(f"{REPO}/compare/{{range:.+}}", self.compare),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        repository, asked = self._desk.shop.repository, request.query
        start = await self._desk.found_sha(asked.get("sha") or "main")
        author = asked.get("author", "")
        person = self._desk.shop.records.people.get(author)
        query = CommitQuery(
            start=start,
            paths=(asked["path"].strip("/"),) if asked.get("path", "").strip("/") else (),
            author=person.email if person else author,
            since=time_asked(request, "since"),
            until=time_asked(request, "until"),
        )
        page, headers = page_of(request, await repository.list_shas(query))
        commits = await repository.commits(page)
        return json_answer([self._shape(request, commit) for commit in commits], headers=headers)

    def _shape(self, request: web.Request, commit: Commit) -> dict[str, Json]:
        return commit_shape(commit, self._desk.shop.records, self._desk.links(request))

    async def get(self, request: web.Request) -> web.Response:
        commit = await self._desk.commit_of(request.match_info["ref"])
        before = commit.parents[0] if commit.parents else None
        files = await self._desk.shop.repository.diff(before, commit.sha)
        page, headers = page_of(request, files)
        links = self._desk.links(request)
        body = {
            **self._shape(request, commit),
            "stats": stats_shape(files),
            "files": [file_shape(file, commit.sha, links) for file in page],
        }
        return json_answer(body, headers=headers if len(files) > len(page) else None)

    async def pulls(self, request: web.Request) -> web.Response:
        sha = await self._desk.sha_of(request.match_info["ref"])
        found = await self._desk.pulls.of_commit(sha)
        repository, links = await self._desk.repository(request), self._desk.links(request)
        issues = self._desk.shop.records.issues
        return page_answer(
            request, found, lambda pull: pull_shape(pull, issues[pull.number], links, repository)
        )

    async def check_runs(self, request: web.Request) -> web.Response:
        sha = await self._desk.sha_of(request.match_info["ref"])
        name = request.query.get("check_name")
        runs = [run for run in self._desk.shop.records.checks_of(sha) if name in (None, run.name)]
        page, headers = page_of(request, runs)
        links = self._desk.links(request)
        body = {"total_count": len(runs), "check_runs": [check_run_shape(run, links) for run in page]}
        return json_answer(body, headers=headers)

    async def check_run(self, request: web.Request) -> web.Response:
        run = self._desk.shop.records.checks.get(int(request.match_info["id"]))
        if run is None:
            raise not_found()
        return json_answer(check_run_shape(run, self._desk.links(request)))

    async def combined_status(self, request: web.Request) -> web.Response:
        sha = await self._desk.found_sha(request.match_info["ref"])
        statuses = self._desk.shop.records.latest_statuses(sha)
        links = self._desk.links(request)
        return json_answer(
            {
                "state": combined_state(statuses),
                "statuses": [status_shape(status, links) for status in statuses],
                "sha": sha,
                "total_count": len(statuses),
                "repository": await self._desk.repository(request),
                "commit_url": f"{links.api}/commits/{sha}",
                "url": f"{links.api}/commits/{sha}/status",
            }
        )

    async def statuses(self, request: web.Request) -> web.Response:
        sha = await self._desk.found_sha(request.match_info["ref"])
        links = self._desk.links(request)
        statuses = self._desk.shop.records.statuses_of(sha)
        return page_answer(request, statuses, lambda status: status_shape(status, links))

    async def create_status(self, request: web.Request) -> web.Response:
        sha, body = await self._desk.sha_of(request.match_info["sha"]), await body_of(request)
        state = wanted(body, "state", str)
        if state not in STATES:
            raise custom("Status", f"state must be one of {', '.join(STATES)}")
        records = self._desk.shop.records
        status = Status(
            id=records.new_id(),
            sha=sha,
            state=state,
            context=optional(body, "context", str) or "default",
            description=optional(body, "description", str),
            target_url=optional(body, "target_url", str),
            creator=caller(request).login,
            created_at=self._desk.shop.now(),
        )
        records.statuses.append(status)
        return json_answer(status_shape(status, self._desk.links(request)), 201)

    async def compare(self, request: web.Request) -> web.Response:
        asked = request.match_info["range"]
        names = [name.rpartition(":")[2] for name in asked.split("...")]
        if len(names) != 2:
            raise not_found()
        base, head = [await self._desk.found_sha(name) for name in names]
        return await self._comparison(request, base, head)

    async def _comparison(self, request: web.Request, base: str, head: str) -> web.Response:
        repository, links = self._desk.shop.repository, self._desk.links(request)
        fork = await repository.merge_base(base, head)
        if fork is None:
            raise not_found()
        ahead = await repository.between(base, head)
        behind = await repository.between(head, base)
        page, headers = page_of(request, ahead)
        files = (await repository.diff(fork, head))[:COMPARE_FILES]
        base_commit, fork_commit = await repository.commit(base), await repository.commit(fork)
        url, html = f"{links.api}/compare/{base}...{head}", f"{links.html}/compare/{base}...{head}"
        body = {
            "url": url,
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": self._shape(request, base_commit),
            "merge_base_commit": self._shape(request, fork_commit),
            "status": _relation(len(ahead), len(behind)),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [self._shape(request, commit) for commit in await repository.commits(page)],
            "files": [file_shape(file, head, links) for file in files],
        }
        return json_answer(body, headers=headers)


def _relation(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"
