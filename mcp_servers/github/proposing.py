"""Makes a pull request with given new file contents."""

from __future__ import annotations

from mcp_servers.github import changes
from mcp_servers.github.client import GithubApi
from mcp_servers.github.drafts import Draft, close_by_hand, pull_target
from mcp_servers.github.orders import CreatePullRequest
from mcp_servers.github.publishing import Proposal, Publisher
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import Repositories, place
from mcp_servers.github.trees import Trees
from mcp_servers.kit.contract import Ground, Preview, StepState, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step


class Proposing:
    """The tools create_pull_request and its preview."""

    def __init__(self, api: GithubApi, repositories: Repositories) -> None:
        self._api, self._repositories = api, repositories
        self._pulls, self._publisher = Pulls(api), Publisher(api)

    async def preview_create_pull_request(self, ask: CreatePullRequest) -> Preview:
        """What create_pull_request would change, file by file, without writing anything."""
        return (await self._plan(ask))[0].preview()

    async def create_pull_request(self, ask: CreatePullRequest, step: Step) -> WriteResult:
        """Open a pull request with new contents for some files, from a new branch whose name begins with sre-agent/."""
        repository = self._repositories.named(ask.repository)
        done = await self._publisher.found(repository, ask.head_branch, step.key)
        if done is not None:
            return done.model_copy(update={"already_done": True})
        draft, proposal = await self._plan(ask)
        changes.check_expected(ask.expect, draft.ground)
        pull = await self._publisher.publish(proposal, step.key)
        return draft.of_pull(pull, repository).result(step.key)

    async def state(self, ask: CreatePullRequest, key: str) -> StepState:
        return await self._publisher.state(self._repositories.named(ask.repository), ask.head_branch, key)

    async def _plan(self, ask: CreatePullRequest) -> tuple[Draft, Proposal]:
        repository = self._repositories.named(ask.repository)
        base = ask.base or await self._pulls.default_branch(repository)
        trees = Trees(self._api, repository)
        head = str((await self._api.get(place(repository, "git", "ref", "heads", base)))["object"]["sha"])
        root = str((await trees.commit(head))["tree"]["sha"])
        stands = await trees.files(root, [change.path for change in ask.changes])
        parts = [
            (change, await trees.diff_to(stands[change.path], change.path, change.content))
            for change in ask.changes
        ]
        real = [(change, diff) for change, diff in parts if diff]
        if not real:
            raise ToolError(
                Code.CONFLICT,
                f"{base} already has every file as it is proposed.",
                try_next="There is nothing to propose.",
            )
        proposal = Proposal(
            repository=repository,
            base=base,
            base_sha=head,
            branch=ask.head_branch,
            title=ask.title,
            body=ask.body,
            message=ask.title,
            entries=[_entry(change.path, change.content, stands[change.path]) for change, _ in real],
        )
        turns = [changes.Turn(change.path, stands[change.path], None) for change, _ in real]
        return _draft(proposal, turns, changes.whole(diff for _, diff in real)), proposal


def _entry(path: str, content: str | None, now: changes.Entry | None) -> dict[str, object]:
    mode = now.mode if now else "100644"
    gone: dict[str, object] = {"path": path, "mode": mode, "type": "blob", "sha": None}
    return gone if content is None else {"path": path, "mode": mode, "type": "blob", "content": content}


def _draft(proposal: Proposal, turns: list[changes.Turn], diff: str) -> Draft:
    before = changes.shas(turns, then=False)
    workflows = [turn.path for turn in turns if turn.path.startswith(".github/workflows/")]
    return Draft(
        target=pull_target(proposal.repository, None, proposal.branch),
        ground=Ground(
            uid=f"{proposal.repository}@{proposal.base}", fields={"/base": proposal.base, **before}
        ),
        before=before,
        after={"/branch": proposal.branch, "/title": proposal.title},
        diff=diff,
        undo=close_by_hand(None, proposal.branch),
        warnings=[f"{path} is a workflow: what it runs has the repository's secrets." for path in workflows],
        notes=[
            f"Proposes changes to {len(turns)} files on {proposal.base}.",
            "Nothing runs differently until the pull request is merged and deployed.",
        ],
    )
