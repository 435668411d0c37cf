"""Brings a change to GitHub as a pull request from a branch of our own: found again by its key, never forced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_servers.github import marks
from mcp_servers.github.client import GithubApi
from mcp_servers.github.drafts import found_again
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import place
from mcp_servers.kit.contract import StepState, WriteResult
from mcp_servers.kit.errors import Code, ToolError

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """A change that is ready to be published. `entries` are of GitHub's tree API."""

    repository: str
    base: str
    base_sha: str
    branch: str
    title: str
    body: str
    message: str
    entries: Sequence[Json]


class Publisher:
    """Each step looks first whether it was done before: a crash between two of them costs nothing."""

    def __init__(self, api: GithubApi) -> None:
        self._api = api
        self._pulls = Pulls(api)

    async def found(self, repository: str, branch: str, key: str) -> WriteResult | None:
        """What this step did, where it did. Raises ToolError where the branch has another's pull request."""
        pull = await self._pulls.of_branch(repository, branch)
        if pull is None:
            return None
        number = pull["number"]
        if not marks.text_has(pull.get("body"), key):
            raise _taken(f"The branch {branch} belongs to pull request #{number}, which is not of this step.")
        return found_again(pull, await self._pulls.files(repository, number), repository, key)

    async def state(self, repository: str, branch: str, key: str) -> StepState:
        """Whether the step's pull request is there; half-done work is not done, and is found when it goes on."""
        found = await self.found(repository, branch, key)
        if found is None:
            return StepState(state="not_done", why=f"There is no pull request from the branch {branch}.")
        return StepState(state="done", why=f"{found.target.name} bears this step's key.", result=found)

    async def publish(self, proposal: Proposal, key: str) -> Json:
        """The open pull request. Raises ToolError; what was made until then is found the next time."""
        head = await self._branch_of(proposal, key)
        if head is None:
            await self._make_branch(proposal, key)
        pull: Json = await self._api.write(
            "POST",
            place(proposal.repository, "pulls"),
            {
                "title": proposal.title,
                "body": marks.in_text(proposal.body, key),
                "head": proposal.branch,
                "base": proposal.base,
                "maintainer_can_modify": True,
            },
        )
        return pull

    async def _branch_of(self, proposal: Proposal, key: str) -> str | None:
        """The commit of a branch that this step left behind. Raises ToolError where it is another's."""
        try:
            ref = await self._api.get(place(proposal.repository, "git", "ref", "heads", proposal.branch))
        except ToolError as problem:
            if problem.code is Code.NOT_FOUND:
                return None
            raise
        sha = str(ref["object"]["sha"])
        commit = await self._api.get(place(proposal.repository, "git", "commits", sha))
        if marks.commit_has(commit["message"], key):
            return sha
        raise _taken(f"A branch named {proposal.branch} exists, and its commit is not of this step.")

    async def _make_branch(self, proposal: Proposal, key: str) -> None:
        git = place(proposal.repository, "git")
        base = await self._api.get(f"{git}/commits/{proposal.base_sha}")
        tree = await self._api.write(
            "POST", f"{git}/trees", {"base_tree": base["tree"]["sha"], "tree": list(proposal.entries)}
        )
        commit = await self._api.write(
            "POST",
            f"{git}/commits",
            {
                "message": marks.in_commit(proposal.message, key),
                "tree": tree["sha"],
                "parents": [proposal.base_sha],
            },
        )
        await self._api.write(
            "POST", f"{git}/refs", {"ref": f"refs/heads/{proposal.branch}", "sha": commit["sha"]}
        )


def _taken(message: str) -> ToolError:
    return ToolError(Code.CONFLICT, message, try_next="Name another branch; nothing was written.")
