"""A secret in a patch, a pull request, a commit message, a deployment or a file is told by no tool of the GitHub server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from mcp_servers.github.client import Params
from mcp_servers.github.repositories import Repositories
from mcp_servers.github.server import toolset
from mcp_servers.kit.toolset import Kind, Toolset
from mcp_servers.kit.upstream import Upstream
from tests.unit.planted.planting import Row, check

SYSTEM = Upstream("GitHub", "http://github", "GITHUB_API_URL", "GITHUB_TOKEN")
YEAR = {"since": 1_767_225_600, "until": 1_798_761_600}
AT = "2026-01-31T08:00:00Z"
SHA = "a" * 40
FILE = {
    "filename": "services/cart/§",
    "previous_filename": "§",
    "status": "modified",
    "patch": "@@ -1 +1 @@\n-x\n+§",
}
COMMIT = {
    "sha": SHA,
    "author": {"login": "lena"},
    "commit": {"message": "Say §\n\nand § again", "committer": {"date": AT}},
}
PULL = {
    "number": 7,
    "title": "Raise the limit §",
    "body": "because §",
    "state": "closed",
    "merged": True,
    "merged_at": AT,
    "updated_at": AT,
    "merge_commit_sha": SHA,
    "user": {"login": "jon"},
    "base": {"ref": "main"},
    "head": {"sha": SHA, "ref": "feature-§"},
    "html_url": "http://github/pull/7?q=§",
    "labels": [{"name": "§"}],
}
DEPLOY = {
    "id": 1,
    "sha": SHA,
    "ref": "§",
    "environment": "prod-§",
    "created_at": AT,
    "creator": {"login": "bot"},
    "payload": {"note": "§", "§": 1},
}
CHECKS = {"check_runs": [{"name": "build §", "status": "completed", "conclusion": "failure"}]}
BLAME = {
    "repository": {
        "object": {
            "blame": {
                "ranges": [
                    {
                        "startingLine": 1,
                        "endingLine": 9,
                        "commit": {
                            "oid": SHA,
                            "messageHeadline": "Set §",
                            "committedDate": AT,
                            "author": {"name": "§"},
                        },
                    }
                ]
            }
        }
    }
}
CONTENT = {"type": "file", "size": 10, "sha": SHA, "text": "KEY = '§'\n"}
QUIET: dict[str, Any] = {
    "*/commits/*/pulls": [{"number": 7, "merged_at": AT}],
    "*/commits/*/check-runs": CHECKS,
    "*/commits/*/status": {"statuses": []},
    "*/branches/*": {},
    "*/pulls/7/files": [FILE],
}
ISSUE = {"title": "Cart is slow", "body": "see below"}

BLOB = {"path": "a.py", "mode": "100644", "type": "blob", "sha": "d" * 40}
TREES = {
    "*/git/trees/*": {"tree": [BLOB], "truncated": False},
    "*/git/blobs/*": {**CONTENT, "encoding": "base64"},
}

ROWS = (
    Row("list_merges", {**QUIET, "*/pulls": [PULL]}, YEAR, 4),
    Row(
        "list_deploys",
        {"*/deployments": [DEPLOY], "*/statuses": [{"state": "failure", "description": "§"}]},
        YEAR,
        5,
    ),
    Row("list_commits", {"*/commits": [COMMIT]}, YEAR),
    Row("get_commit", {**QUIET, "*/commits/*": {**COMMIT, "files": [FILE]}}, {"sha": SHA}, 5),
    Row("get_diff", {"*/compare/*": {"files": [FILE], "commits": [COMMIT]}}, {"base": "a", "head": "b"}, 4),
    Row(
        "blame_line",
        {**QUIET, "graphql": BLAME, "*/contents/*": CONTENT},
        {"path": "a.py", "line": 1, "ref": "main"},
        3,
    ),
    Row("get_pull_request", {**QUIET, "*/pulls/7": PULL}, {"number": 7}, 6),
    Row(
        "preview_merge_pr",
        {**QUIET, "*/pulls/7": {**PULL, "merged": False, "state": "open", "mergeable": True}},
        {"number": 7},
        3,
    ),
    Row(
        "preview_create_revert_pr",
        {
            "*/git/ref/heads/*": {"object": {"sha": "c" * 40}},
            "*/git/commits/b*": {"tree": {"sha": "9" * 40}, "parents": [], "message": "§"},
            "*/git/commits/*": {"tree": {"sha": "8" * 40}, "parents": [{"sha": "b" * 40}], "message": "§"},
            "*/git/trees/9*": {"tree": [{**BLOB, "sha": "e" * 40}]},
            "*/git/blobs/e*": {**CONTENT, "text": "KEY = 'before §'\n", "encoding": "base64"},
            "*/pulls/7": PULL,
            "*/compare/*": {"files": [{**FILE, "filename": "a.py", "previous_filename": None}]},
            **TREES,
        },
        {"number": 7, "reason": "because of §"},
        2,
    ),
    Row(
        "preview_create_pull_request",
        {
            "*/git/ref/heads/*": {"object": {"sha": "c" * 40}},
            "*/git/commits/*": {"tree": {"sha": "9" * 40}, "parents": []},
            **TREES,
        },
        {
            "title": "Set it",
            "body": "as § says",
            "base": "main",
            "head_branch": "sre-agent/x",
            "changes": [{"path": "a.py", "content": "KEY = '§ and more'\n"}],
        },
        2,
    ),
    Row("preview_create_issue", {}, {"title": "Cart is slow", "body": "it says §", "labels": []}),
    Row("get_file", {"*/contents/*": CONTENT}, {"path": "a.py", "ref": "main"}),
)


class OneForge:
    """Answers by the first pattern that fits the path."""

    def __init__(self, says: dict[str, Any]) -> None:
        self._says = says

    async def get(self, path: str, params: Params | None = None) -> Any:
        return self._of(path)

    async def pages(
        self, path: str, params: Params | None = None, *, most: int, past: Callable[[Any], bool] | None = None
    ) -> list[Any]:
        return list(self._of(path))

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        return self._says["graphql"]

    async def write(self, verb: str, path: str, body: Mapping[str, Any]) -> Any:
        raise AssertionError("nothing is written here")

    def _of(self, path: str) -> Any:
        found = next((said for pattern, said in self._says.items() if fnmatchcase(path, pattern)), [])
        if isinstance(found, dict) and "text" in found:
            return {**found, "content": base64.b64encode(found["text"].encode()).decode()}
        return found


def served(says: dict[str, Any]) -> Toolset:
    return toolset(OneForge(says), Repositories(("o/r",)), SYSTEM)


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tool)
async def test_no_tool_of_github_tells_a_planted_secret(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    await check(row, served, caplog)


def test_every_tool_of_github_that_writes_nothing_has_a_row() -> None:
    harmless = {tool.name for tool in served({}).tools.values() if tool.kind is not Kind.WRITE}
    assert harmless - {row.tool for row in ROWS} == {"step_state"}
