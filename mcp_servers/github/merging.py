"""Merges a pull request once its required checks have passed, at exactly the commit that was looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from mcp_servers.github import asks, changes, marks, shape
from mcp_servers.github.client import GithubApi
from mcp_servers.github.drafts import Draft, patches, pull_target
from mcp_servers.github.orders import MergePr
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import Repositories, place
from mcp_servers.kit.contract import Ground, Preview, StepState, Undo, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step

Json = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[None]]

CHECKS_SECONDS: Final = 20.0
_LOOK_AGAIN_SECONDS: Final = 1.0


class Merging:
    """The tools merge_pr and its preview."""

    def __init__(self, api: GithubApi, repositories: Repositories, *, sleep: Sleep) -> None:
        self._api, self._repositories, self._sleep = api, repositories, sleep
        self._pulls = Pulls(api)

    async def preview_merge_pr(self, ask: MergePr) -> Preview:
        """What merge_pr would bring to the base branch, and how its checks stand, without writing anything."""
        repository = self._repositories.named(ask.repository)
        pull = await self._find(repository, ask)
        return (
            _of_none(ask, repository) if pull is None else await self._draft(ask, repository, pull)
        ).preview()

    async def merge_pr(self, ask: MergePr, step: Step) -> WriteResult:
        """Merge a pull request, by its number or by its branch, when the checks that its base requires have passed.

        Checks still running are waited for, 20 s; then the answer is a retryable error. Merges only the head
        commit whose checks it saw.
        """
        repository = self._repositories.named(ask.repository)
        pull = await self._find(repository, ask)
        if pull is None:
            raise ToolError(
                Code.NOT_FOUND,
                f"There is no pull request from the branch {ask.head_branch}.",
                try_next="The step that makes it has to be done first.",
            )
        if pull.get("merged"):
            return await self._merged_before(ask, repository, pull, step.key)
        draft = await self._draft(ask, repository, pull)
        changes.check_expected(ask.expect, draft.ground)
        await self._check_ready(ask, repository, pull)
        done = await self._api.write(
            "PUT", place(repository, "pulls", pull["number"], "merge"), _merge_order(ask, pull, step.key)
        )
        after = {**draft.after, "/merge_commit_sha": done["sha"]}
        return draft.result(step.key).model_copy(update={"after": after})

    async def state(self, ask: MergePr, key: str) -> StepState:
        repository = self._repositories.named(ask.repository)
        pull = await self._find(repository, ask)
        if pull is None or not pull.get("merged"):
            state = "is not there" if pull is None else f"#{pull['number']} is {pull['state']} and not merged"
            return StepState(state="not_done", why=f"The pull request {state}.")
        result = await self._merged_before(ask, repository, pull, key)
        return StepState(state="done", why=f"#{pull['number']} is merged.", result=result)

    async def _find(self, repository: str, ask: MergePr) -> Json | None:
        if ask.number is not None:
            return await self._pulls.get(repository, ask.number)
        return await self._pulls.of_branch(repository, ask.head_branch)

    async def _merged_before(self, ask: MergePr, repository: str, pull: Json, key: str) -> WriteResult:
        """By this step where the merge commit bears its key, else by somebody else: then nothing was changed here."""
        commit = await self._api.get(place(repository, "git", "commits", pull["merge_commit_sha"]))
        ours = marks.commit_has(commit["message"], key)
        draft = await self._draft(ask, repository, pull)
        by = shape.login(pull.get("merged_by")) or "somebody else"
        return draft.result(key, changed=ours).model_copy(
            update={
                "already_done": True,
                "after": {**draft.after, "/merge_commit_sha": pull["merge_commit_sha"]},
                "warnings": [
                    *draft.warnings,
                    *([] if ours else [f"It was merged by {by}, not by this step."]),
                ],
            }
        )

    async def _check_ready(self, ask: MergePr, repository: str, pull: Json) -> None:
        """Raises ToolError unless the pull request can be merged now."""
        number = pull["number"]
        if pull["state"] != "open":
            raise ToolError(Code.CONFLICT, f"Pull request #{number} is closed without a merge.")
        if pull.get("mergeable") is False:
            raise ToolError(
                Code.CONFLICT,
                f"Pull request #{number} conflicts with {pull['base']['ref']}.",
                try_next="Make the change anew on the present head of the base.",
            )
        if ask.expect_checks:
            _judge(await self._settled(repository, pull), number)

    async def _settled(self, repository: str, pull: Json) -> list[asks.Check]:
        """The checks that decide, when none is under way any more or the time for waiting is over."""
        for turn in range(int(CHECKS_SECONDS / _LOOK_AGAIN_SECONDS) + 1):
            if turn:
                await self._sleep(_LOOK_AGAIN_SECONDS)
            checks = shape.deciding(
                await self._pulls.checks(repository, pull["head"]["sha"], pull["base"]["ref"])
            )
            if all(check.state not in ("pending", "expected") for check in checks) or _failed(checks):
                break
        return checks

    async def _draft(self, ask: MergePr, repository: str, pull: Json) -> Draft:
        number, base = pull["number"], pull["base"]["ref"]
        files = await self._pulls.files(repository, number)
        checks = await self._pulls.checks(repository, pull["head"]["sha"], base) if ask.expect_checks else []
        told = ", ".join(f"{check.name} {check.state}" for check in shape.deciding(checks))
        return Draft(
            target=pull_target(repository, number),
            ground=Ground(
                uid=f"{repository}#{number}",
                fields={"/head_sha": pull["head"]["sha"], "/base": base},
            ),
            before={"/merged": False},
            after={"/merged": True},
            diff=patches(files),
            undo=_undo(repository, number, base),
            warnings=(
                []
                if told or not ask.expect_checks
                else ["No check reports on this commit, and none is required."]
            ),
            notes=[
                f"Brings {len(files)} files to {base}; whatever deploys from {base} will deploy them.",
                *([f"Checks: {told}."] if told else []),
            ],
        )


def _of_none(ask: MergePr, repository: str) -> Draft:
    """Of a pull request that an earlier step of the same plan makes."""
    return Draft(
        target=pull_target(repository, None, ask.head_branch),
        ground=Ground(),
        before={"/merged": False},
        after={"/merged": True},
        diff="",
        undo=Undo(
            tool=None,
            statement="The merge is taken back by create_revert_pr with the number that the pull request gets.",
        ),
        warnings=[
            f"No pull request comes from {ask.head_branch} yet: an earlier step makes it, and its preview shows the diff."
        ],
    )


def _undo(repository: str, number: int, base: str) -> Undo:
    reason = f"Undo of the merge of #{number}."
    return Undo(
        tool="create_revert_pr",
        arguments={"repository": repository, "number": number, "base": base, "reason": reason},
        statement=f"Open a pull request that reverts #{number}; what was merged stays until somebody merges that.",
    )


def _merge_order(ask: MergePr, pull: Json, key: str) -> dict[str, str]:
    """`sha` is the precondition: GitHub refuses when the branch has moved."""
    return {
        "sha": pull["head"]["sha"],
        "merge_method": ask.method,
        "commit_message": marks.in_commit(str(pull["title"]), key),
    }


def _failed(checks: list[asks.Check]) -> list[str]:
    return [check.name for check in checks if check.state == "failure"]


def _judge(checks: list[asks.Check], number: int) -> None:
    failed = _failed(checks)
    if failed:
        raise ToolError(
            Code.PRECONDITION_FAILED,
            f"Pull request #{number} is not merged: {', '.join(failed)} failed.",
            try_next="Read the check's output; a person has to decide.",
        )
    waiting = [f"{check.name} ({check.state})" for check in checks if check.state != "success"]
    if waiting:
        raise ToolError(
            Code.UNAVAILABLE,
            f"Pull request #{number} is not merged yet: {', '.join(waiting)} did not finish in {CHECKS_SECONDS:.0f} s.",
            try_next="Call again with a new grant when the checks have had more time.",
        )
