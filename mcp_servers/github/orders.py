"""What the writing tools take: typed, bounded, and unable to name a branch or path that is none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mcp_servers.github.asks import FilePath, Number, Ref, Repository
from mcp_servers.kit.contract import Ask, WriteAsk

OWN: str = "sre-agent/"
"""Every branch that is made here begins with this, so that none of a person's is ever met."""


def _own(branch: str) -> str:
    if branch and not branch.startswith(OWN):
        raise ValueError(f"a branch made here begins with {OWN}")
    return branch


OwnBranch = Annotated[Ref, AfterValidator(_own)]
Title = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[^\r\n]*$")]
Body = Annotated[str, Field(max_length=60_000)]


class FileChange(Ask):
    """A file's whole new text; None deletes it."""

    path: FilePath
    content: Annotated[str, Field(max_length=500_000)] | None


class CreatePullRequest(WriteAsk):
    repository: Repository = ""
    title: Title
    body: Body = ""
    head_branch: OwnBranch = Field(min_length=1)
    base: Ref = ""
    changes: list[FileChange] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _each_path_once(self) -> CreatePullRequest:
        paths = [change.path for change in self.changes]
        if len(set(paths)) < len(paths):
            raise ValueError("changes name the same path twice")
        return self


class CreateRevertPr(WriteAsk):
    """`branch`: the branch to make; without one it is made of the number and the step's key."""

    repository: Repository = ""
    number: Number
    base: Ref = ""
    reason: str = Field(min_length=1, max_length=20_000)
    branch: OwnBranch = ""


class MergePr(WriteAsk):
    """Which: by `number`, or by `head_branch` for a pull request that an earlier step makes."""

    repository: Repository = ""
    number: Number | None = None
    head_branch: Ref = ""
    expect_checks: bool = True
    method: Literal["squash", "merge"] = "squash"

    @model_validator(mode="after")
    def _names_one(self) -> MergePr:
        if (self.number is None) == (not self.head_branch):
            raise ValueError("give either number or head_branch")
        return self


class CreateIssue(WriteAsk):
    repository: Repository = ""
    title: Title
    body: Body = ""
    labels: list[Annotated[str, Field(min_length=1, max_length=50)]] = Field(default=[], max_length=20)
