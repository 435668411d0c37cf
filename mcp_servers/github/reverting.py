"""Makes a pull request that takes a merged one back, where nobody has touched its files since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_servers.github import changes, marks
from mcp_servers.github.client import GithubApi
from mcp_servers.github.drafts import Draft, close_by_hand, pull_target
from mcp_servers.github.orders import OWN, CreateRevertPr
from mcp_servers.github.publishing import Proposal, Publisher
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import Repositories, place
from mcp_servers.github.trees import Trees
from mcp_servers.kit.contract import Ground, Preview, StepState, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step

Json = Mapping[str, Any]


@dataclass(frozen=True)
class _Plan:
    draft: Draft
    proposal: Proposal


class Reverting:
    """The tools create_revert_pr and its preview."""

    def __init__(self, api: GithubApi, repositories: Repositories) -> None:
        self._api, self._repositories = api, repositories
        self._pulls, self._publisher = Pulls(api), Publisher(api)

    async def preview_create_revert_pr(self, ask: CreateRevertPr) -> Preview:
        """What create_revert_pr would change, file by file, without writing anything."""
        return (await self._plan(ask, ask.branch or f"{OWN}revert-{ask.number}")).draft.preview()

    async def create_revert_pr(self, ask: CreateRevertPr, step: Step) -> WriteResult:
        """Open a pull request that puts the files of a merged one back as they were before it.

        Made by the git data API on a branch of its own. A file that was changed since is a conflict: nothing is
        written then, and the files are named.
        """
        repository, branch = self._repositories.named(ask.repository), _branch(ask, step.key)
        done = await self._publisher.found(repository, branch, step.key)
        if done is not None:
            return done.model_copy(update={"already_done": True})
        plan = await self._plan(ask, branch)
        changes.check_expected(ask.expect, plan.draft.ground)
        pull = await self._publisher.publish(plan.proposal, step.key)
        return plan.draft.of_pull(pull, repository).result(step.key)

    async def state(self, ask: CreateRevertPr, key: str) -> StepState:
        return await self._publisher.state(self._repositories.named(ask.repository), _branch(ask, key), key)

    async def _plan(self, ask: CreateRevertPr, branch: str) -> _Plan:
        repository = self._repositories.named(ask.repository)
        pull = await self._pulls.get(repository, ask.number)
        if not pull.get("merged"):
            raise ToolError(
                Code.CONFLICT,
                f"Pull request #{ask.number} is not merged ({pull['state']}), so there is nothing to revert.",
                try_next="Name the pull request that was merged; list_merges lists them.",
            )
        base = ask.base or str(pull["base"]["ref"])
        trees = Trees(self._api, repository)
        head = str((await self._api.get(place(repository, "git", "ref", "heads", base)))["object"]["sha"])
        revert = await self._revert(repository, pull, head, trees)
        _check(revert, ask.number, base)
        diff = await trees.diff(revert.turns)
        proposal = _proposal(ask, pull, (repository, base, head, branch), revert)
        return _Plan(_draft(proposal, pull, revert, diff), proposal)

    async def _revert(self, repository: str, pull: Json, head: str, trees: Trees) -> changes.Revert:
        merge = str(pull["merge_commit_sha"])
        before = await self._before(repository, pull, merge, trees)
        compared = await self._api.get(place(repository, "compare", f"{before}...{merge}"))
        files = compared.get("files") or []
        if len(files) >= 300:
            raise ToolError(
                Code.TOO_LARGE,
                f"Pull request #{pull['number']} changed 300 files or more.",
                try_next="A person has to revert this one.",
            )
        paths = changes.paths_of(files)
        roots = [str((await trees.commit(sha))["tree"]["sha"]) for sha in (before, merge, head)]
        was, became, stands = [await trees.files(root, paths) for root in roots]
        return changes.reverted(paths, before=was, after=became, base=stands)

    async def _before(self, repository: str, pull: Json, merge: str, trees: Trees) -> str:
        """The base as it was before the merge: the first parent, or further back where commits were rebased.

        A rebase leaves each commit on the base with its own message; a squash leaves one with another.
        """
        commit = await trees.commit(merge)
        parent = str(commit["parents"][0]["sha"])
        if len(commit["parents"]) > 1 or int(pull.get("commits") or 1) == 1:
            return parent
        before = merge
        for message in reversed(await self._pulls.messages(repository, pull["number"])):
            standing = await trees.commit(before)
            if standing["message"].strip() != message.strip() or not standing["parents"]:
                return parent
            before = str(standing["parents"][0]["sha"])
        return before


def _branch(ask: CreateRevertPr, key: str) -> str:
    return ask.branch or f"{OWN}revert-{ask.number}-{marks.key8(key)}"


def _check(revert: changes.Revert, number: int, base: str) -> None:
    if revert.changed_since:
        raise ToolError(
            Code.CONFLICT,
            f"{', '.join(revert.changed_since[:20])} changed on {base} after pull request #{number} was merged.",
            try_next="Revert the later change first, or let a person resolve it; nothing was written.",
        )
    if not revert.turns:
        raise ToolError(
            Code.CONFLICT,
            f"{base} already has the files of pull request #{number} as they were before it.",
            try_next="It is reverted; look whether the revert is deployed.",
        )


def _proposal(
    ask: CreateRevertPr, pull: Json, where: tuple[str, str, str, str], revert: changes.Revert
) -> Proposal:
    repository, base, head, branch = where
    title = f'Revert "{pull["title"]}"'[:250]
    return Proposal(
        repository=repository,
        base=base,
        base_sha=head,
        branch=branch,
        title=title,
        body=f"Reverts {repository}#{ask.number}, because:\n\n{marks.quoted(ask.reason)}",
        message=f"{title}\n\nThis reverts commit {pull['merge_commit_sha']} (pull request #{ask.number}).",
        entries=[
            {
                "path": turn.path,
                "mode": (turn.then or turn.now or changes.Entry("100644", "")).mode,
                "type": "blob",
                "sha": turn.then.sha if turn.then else None,
            }
            for turn in revert.turns
        ],
    )


def _draft(proposal: Proposal, pull: Json, revert: changes.Revert, diff: str) -> Draft:
    number = int(pull["number"])
    before = changes.shas(revert.turns, then=False)
    author = (pull.get("user") or {}).get("login", "")
    return Draft(
        target=pull_target(proposal.repository, None, proposal.branch),
        ground=Ground(
            uid=f"{proposal.repository}#{number}",
            fields={"/merge_commit_sha": pull["merge_commit_sha"], "/base": proposal.base, **before},
        ),
        before=before,
        after=changes.shas(revert.turns, then=True),
        diff=diff,
        undo=close_by_hand(None, proposal.branch),
        warnings=[f"{path} is already as it was before." for path in revert.already_back],
        notes=[
            f"Takes back {len(revert.turns)} files of #{number} ({pull['title']}) by {author}.",
            "Nothing runs differently until the pull request is merged and deployed.",
        ],
    )
