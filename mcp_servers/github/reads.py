"""What can be asked of a repository: merges, deploys, commits, diffs, blame, pull requests, files."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from mcp_servers.github import asks, shape
from mcp_servers.github.client import PAGE, GithubApi
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import Repositories, place
from mcp_servers.kit.errors import Code, ToolError, invalid
from mcp_servers.kit.limits import shortened
from mcp_servers.kit.times import check_window, rfc3339

T = TypeVar("T")
Json = Mapping[str, Any]

_LONGEST_WINDOW: Final = 400 * 86_400.0
_MOST_PULLS: Final = 500
_MOST_DEPLOYS: Final = 300
_MOST_LOOKED_INTO: Final = 60
_MOST_FILE_BYTES: Final = 1_000_000

_BLAME: Final = """
query($owner: String!, $name: String!, $ref: String!, $path: String!) {
  repository(owner: $owner, name: $name) {
    object(expression: $ref) {
      ... on Commit {
        blame(path: $path) {
          ranges { startingLine endingLine commit { oid messageHeadline committedDate author { name user { login } } } }
        }
      }
    }
  }
}
"""


class Reads:
    """The reading tools, over whatever answers as GitHub does."""

    def __init__(self, api: GithubApi, repositories: Repositories) -> None:
        self._api, self._repositories = api, repositories
        self._pulls = Pulls(api)

    async def list_merges(self, ask: asks.ListMerges) -> asks.MergesAnswer:
        """Pull requests merged in a window, newest first, with the files each changed; for one service if named."""
        repository = self._repositories.named(ask.repository)
        _window(ask.since, ask.until)
        listed = await self._api.pages(
            place(repository, "pulls"),
            {"state": "closed", "sort": "updated", "direction": "desc"},
            most=_MOST_PULLS,
            past=lambda pull: shape.seconds(pull["updated_at"]) < ask.since,
        )
        merged = [pull for pull in listed if _within(pull.get("merged_at"), ask.since, ask.until)]
        merged.sort(key=lambda pull: str(pull["merged_at"]), reverse=True)
        looked = merged[: _MOST_LOOKED_INTO if ask.service else ask.limit]
        paths = await _all(self._pulls.paths(repository, pull["number"]) for pull in looked)
        found = [
            shape.merge(pull, files)
            for pull, files in zip(looked, paths, strict=True)
            if shape.touches(files, ask.service)
        ]
        cut = len(merged) > len(looked) or len(found) > ask.limit or len(listed) == _MOST_PULLS
        return asks.MergesAnswer(merges=found[: ask.limit], truncated=cut)

    async def list_deploys(self, ask: asks.ListDeploys) -> asks.DeploysAnswer:
        """Deployments made in a window, newest first, each with its latest state; for one service if named."""
        repository = self._repositories.named(ask.repository)
        _window(ask.since, ask.until)
        params = {"environment": ask.environment} if ask.environment else {}
        listed = await self._api.pages(
            place(repository, "deployments"),
            params,
            most=_MOST_DEPLOYS,
            past=lambda one: shape.seconds(one["created_at"]) < ask.since,
        )
        made = [one for one in listed if _within(one.get("created_at"), ask.since, ask.until)][
            :_MOST_LOOKED_INTO
        ]
        concerned = await _all(self._concerns(repository, one, ask.service) for one in made)
        kept = [one for one, concerns in zip(made, concerned, strict=True) if concerns]
        states = await _all(self._state(repository, one["id"]) for one in kept[: ask.limit])
        found = [shape.deploy(one, state) for one, state in zip(kept, states, strict=False)]
        cut = len(kept) > ask.limit or len(made) == _MOST_LOOKED_INTO
        return asks.DeploysAnswer(deploys=found, truncated=cut)

    async def list_commits(self, ask: asks.ListCommits) -> asks.CommitsAnswer:
        """Commits on the default branch in a window, newest first; of one path if given."""
        repository = self._repositories.named(ask.repository)
        _window(ask.since, ask.until)
        params = {
            "since": rfc3339(ask.since),
            "until": rfc3339(ask.until),
            **({"path": ask.path} if ask.path else {}),
        }
        listed = await self._api.pages(place(repository, "commits"), params, most=ask.limit + 1)
        commits = [shape.commit(one) for one in listed[: ask.limit]]
        return asks.CommitsAnswer(commits=commits, truncated=len(listed) > ask.limit)

    async def get_commit(self, ask: asks.GetCommit) -> asks.CommitAnswer:
        """One commit: its message, its files with their patches, and the pull request that brought it."""
        repository = self._repositories.named(ask.repository)
        found, pull = await asyncio.gather(
            self._api.get(place(repository, "commits", ask.sha)), self._pull_of(repository, ask.sha)
        )
        files = found.get("files") or []
        return asks.CommitAnswer(
            sha=found["sha"],
            author=shape.author(found),
            at=shape.dated(found),
            message=shortened(shape.message(found), shape.BODY_CHARS),
            files=shape.changed_files(files),
            pull_request=pull,
            truncated=len(files) >= shape.MOST_FILES,
        )

    async def get_diff(self, ask: asks.GetDiff) -> asks.DiffAnswer:
        """What lies between two commits, branches or tags: files with patches, and the commits."""
        repository = self._repositories.named(ask.repository)
        found = await self._api.get(place(repository, "compare", f"{ask.base}...{ask.head}"))
        files = found.get("files") or []
        commits = [shape.commit(one) for one in found["commits"]]
        cut = len(files) >= shape.MOST_FILES or found.get("total_commits", 0) > len(commits)
        return asks.DiffAnswer(
            base=ask.base, head=ask.head, files=shape.changed_files(files), commits=commits, truncated=cut
        )

    async def blame_line(self, ask: asks.BlameLine) -> asks.BlameAnswer:
        """Which commit wrote a line, and by which pull request it came."""
        repository = self._repositories.named(ask.repository)
        owner, _, name = repository.partition("/")
        ref = ask.ref or await self._pulls.default_branch(repository)
        data, file = await asyncio.gather(
            self._api.ask(_BLAME, {"owner": owner, "name": name, "ref": ref, "path": ask.path}),
            self.get_file(asks.GetFile(repository=repository, path=ask.path, ref=ref)),
        )
        lines = file.text.split("\n")
        blamed = _range_of(data, ask.line)
        if blamed is None or ask.line > len(lines):
            raise invalid("line", f"{ask.path} has {len(lines)} lines at {ref}, and no line {ask.line}")
        made = blamed["commit"]
        by = made.get("author") or {}
        return asks.BlameAnswer(
            sha=made["oid"],
            author=shape.login(by.get("user")) or by.get("name") or "",
            at=made["committedDate"],
            title=made["messageHeadline"],
            line_text=shortened(lines[ask.line - 1], 2000),
            pull_request=await self._pull_of(repository, made["oid"]),
        )

    async def get_pull_request(self, ask: asks.GetPullRequest) -> asks.PullRequestAnswer:
        """A pull request: its state, its checks and whether those that are required have passed."""
        repository = self._repositories.named(ask.repository)
        pull = await self._pulls.get(repository, ask.number)
        checks, paths = await asyncio.gather(
            self._pulls.checks(repository, pull["head"]["sha"], pull["base"]["ref"]),
            self._pulls.paths(repository, ask.number),
        )
        return asks.PullRequestAnswer(
            number=pull["number"],
            title=pull["title"],
            state=pull["state"],
            merged=bool(pull.get("merged")),
            head_sha=pull["head"]["sha"],
            head_branch=pull["head"]["ref"],
            base=pull["base"]["ref"],
            mergeable=pull.get("mergeable"),
            checks=checks,
            checks_passed=shape.all_passed(checks),
            url=pull.get("html_url") or "",
            body=shortened(pull.get("body") or "", shape.BODY_CHARS),
            files=paths[: shape.MOST_FILES],
            merge_sha=(pull.get("merge_commit_sha") or "") if pull.get("merged") else "",
        )

    async def get_file(self, ask: asks.GetFile) -> asks.FileAnswer:
        """A text file at a commit, branch or tag (the default branch where none is named)."""
        repository = self._repositories.named(ask.repository)
        found = await self._api.get(
            place(repository, "contents", ask.path), {"ref": ask.ref} if ask.ref else None
        )
        if isinstance(found, list) or found.get("type") != "file":
            raise invalid("path", f"{ask.path} is not a file", try_next="Name a file inside of it.")
        if found.get("size", 0) > _MOST_FILE_BYTES:
            raise ToolError(
                Code.TOO_LARGE,
                f"{ask.path} has {found['size']:,} bytes; at most {_MOST_FILE_BYTES:,} are read.",
                try_next="Read the commits that changed it (get_commit) instead.",
            )
        try:
            text = base64.b64decode(found.get("content") or "").decode()
        except UnicodeDecodeError as problem:
            raise invalid("path", f"{ask.path} is not a text file") from problem
        return asks.FileAnswer(path=ask.path, text=text, sha=found["sha"])

    async def _concerns(self, repository: str, deployment: Json, service: str) -> bool:
        """By what the deployment says of itself, else by the files of the commit that it brought."""
        if not service or shape.deploy_names(deployment, service):
            return True
        if deployment.get("payload"):
            return False
        found = await self._api.get(place(repository, "commits", deployment["sha"]))
        return shape.touches((one["filename"] for one in found.get("files") or ()), service)

    async def _state(self, repository: str, deployment: int) -> Json | None:
        listed = await self._api.pages(place(repository, "deployments", deployment, "statuses"), most=1)
        return listed[0] if listed else None

    async def _pull_of(self, repository: str, sha: str) -> int | None:
        """The pull request that brought a commit: a merged one before an open one."""
        listed = await self._api.pages(place(repository, "commits", sha, "pulls"), most=PAGE)
        merged = [pull["number"] for pull in listed if pull.get("merged_at")]
        numbers = merged or [pull["number"] for pull in listed]
        return numbers[0] if numbers else None


async def _all(work: Iterable[Awaitable[T]]) -> Sequence[T]:
    return await asyncio.gather(*work)


def _window(since: float, until: float) -> None:
    check_window(since, until, longest_seconds=_LONGEST_WINDOW, names="since, until")


def _within(moment: str | None, since: float, until: float) -> bool:
    return moment is not None and since <= shape.seconds(moment) <= until


def _range_of(data: Any, line: int) -> Json | None:
    """The blame range that holds a line. A ref or path that does not exist gives no object."""
    found = (data.get("repository") or {}).get("object")
    if not found:
        raise ToolError(Code.NOT_FOUND, "There is no such commit, branch or tag.", try_next="Mend `ref`.")
    return next(
        (one for one in found["blame"]["ranges"] if one["startingLine"] <= line <= one["endingLine"]), None
    )
