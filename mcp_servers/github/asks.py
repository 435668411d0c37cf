"""What the reading tools take and give."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue

from mcp_servers.kit.contract import Answer, Ask
from mcp_servers.kit.times import When

Repository = Annotated[str, Field(max_length=140, description="owner/name; empty is the server's default")]
Service = Annotated[
    str,
    Field(
        max_length=120, description="keep what touches services/<service>/ or a path with a part of that name"
    ),
]
Sha = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{7,64}$")]


def _ref(name: str) -> str:
    if ".." in name or name.startswith(("-", "/")) or any(letter in name for letter in " ~^:?*[\\\x7f"):
        raise ValueError("this is no branch, tag or commit name")
    return name


def _path(path: str) -> str:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..", ".git") for part in parts) or "\\" in path or "\x00" in path:
        raise ValueError(
            "write a path from the root of the repository, without '.', '..' or a slash at its ends"
        )
    return path


Ref = Annotated[str, Field(max_length=250), AfterValidator(_ref)]
FilePath = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_path)]
Number = Annotated[int, Field(ge=1, le=2_000_000_000)]


class ListMerges(Ask):
    repository: Repository = ""
    service: Service = ""
    since: When
    until: When
    limit: int = Field(default=50, ge=1, le=200)


class ListDeploys(Ask):
    repository: Repository = ""
    service: Service = ""
    environment: str = Field(default="", max_length=200)
    since: When
    until: When
    limit: int = Field(default=50, ge=1, le=200)


class ListCommits(Ask):
    repository: Repository = ""
    path: str = Field(default="", max_length=1000)
    since: When
    until: When
    limit: int = Field(default=50, ge=1, le=500)


class GetCommit(Ask):
    repository: Repository = ""
    sha: Sha


class GetDiff(Ask):
    repository: Repository = ""
    base: Ref = Field(min_length=1)
    head: Ref = Field(min_length=1)


class BlameLine(Ask):
    repository: Repository = ""
    path: FilePath
    line: int = Field(ge=1, le=1_000_000)
    ref: Ref = ""


class GetPullRequest(Ask):
    repository: Repository = ""
    number: Number


class GetFile(Ask):
    repository: Repository = ""
    path: FilePath
    ref: Ref = ""


class Merge(Answer):
    number: int
    title: str
    author: str
    merged_at: str
    merge_sha: str
    base: str
    url: str
    files: list[str]
    labels: list[str]


class MergesAnswer(Answer):
    merges: list[Merge]
    truncated: bool = False


class Deploy(Answer):
    id: int
    sha: str
    ref: str
    environment: str
    created_at: str
    creator: str
    state: str
    description: str
    url: str
    payload: JsonValue = None


class DeploysAnswer(Answer):
    deploys: list[Deploy]
    truncated: bool = False


class Commit(Answer):
    sha: str
    author: str
    at: str
    title: str


class CommitsAnswer(Answer):
    commits: list[Commit]
    truncated: bool = False


class ChangedFile(Answer):
    path: str
    status: str
    additions: int
    deletions: int
    patch: str
    previous_path: str = ""


class CommitAnswer(Answer):
    sha: str
    author: str
    at: str
    message: str
    files: list[ChangedFile]
    pull_request: int | None
    truncated: bool = False


class DiffAnswer(Answer):
    base: str
    head: str
    files: list[ChangedFile]
    commits: list[Commit]
    truncated: bool = False


class BlameAnswer(Answer):
    sha: str
    author: str
    at: str
    title: str
    line_text: str
    pull_request: int | None


class Check(Answer):
    """`state`: success, failure, pending, or expected where nobody has reported."""

    name: str
    state: str
    required: bool


class PullRequestAnswer(Answer):
    number: int
    title: str
    state: str
    merged: bool
    head_sha: str
    head_branch: str
    base: str
    mergeable: bool | None
    checks: list[Check]
    checks_passed: bool
    url: str
    body: str
    files: list[str]
    merge_sha: str


class FileAnswer(Answer):
    path: str
    text: str
    sha: str
