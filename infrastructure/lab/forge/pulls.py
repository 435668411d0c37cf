"""Pull requests: opening, following their branch, and merging the three ways GitHub merges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from infrastructure.lab.forge.errors import GitFailed
from infrastructure.lab.forge.objects import Commit, Signature
from infrastructure.lab.forge.protection import objection
from infrastructure.lab.forge.pushes import Push
from infrastructure.lab.forge.records import Issue, Pull
from infrastructure.lab.forge.workshop import Workshop
from infrastructure.lab.forge.writing import NewCommit

Method = Literal["merge", "squash", "rebase"]
MACHINE = ("GitHub", "noreply@github.com")


class NotMergeable(Exception):
    """Answered with 405; the message is GitHub's."""


class HeadMoved(Exception):
    """Answered with 409; the message is GitHub's."""


@dataclass(frozen=True)
class Draft:
    """A pull request to be opened."""

    title: str
    body: str
    base: str
    head: str
    draft: bool = False


@dataclass(frozen=True)
class MergeOrder:
    """How to merge: the caller's choices, all optional in the API."""

    by: str
    method: Method = "merge"
    head_sha: str | None = None
    title: str | None = None
    message: str | None = None


class Pulls:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._ranges: dict[tuple[str, str], list[str]] = {}
        shop.pushes.on_push(self._follow)

    async def open(self, draft: Draft, *, by: str, base_sha: str, head_sha: str) -> Pull:
        """A new pull request between two existing branches; its checks start."""
        records, now = self._shop.records, self._shop.now()
        number = records.new_number()
        records.save_issue(Issue(number, draft.title, draft.body, by, now, now))
        pull = records.save_pull(Pull(number, draft.base, base_sha, draft.head, head_sha, draft.draft))
        await self._shop.writer.move(f"refs/pull/{number}/head", head_sha, None)
        self._shop.checks.start(head_sha)
        return pull

    async def _follow(self, push: Push) -> None:
        for pull in list(self._shop.records.pulls.values()):
            if not self._shop.records.is_open(pull.number):
                continue
            if pull.head_ref == push.branch:
                await self._head_moved(pull, push)
            elif pull.base_ref == push.branch and push.new:
                self._shop.records.save_pull(replace(pull, base_sha=push.new))

    async def _head_moved(self, pull: Pull, push: Push) -> None:
        now = self._shop.now()
        if push.new is None:
            self._shop.records.touch(pull.number, now, closed_at=now, closed_by=push.by)
            return
        await self._shop.writer.move(f"refs/pull/{pull.number}/head", push.new, pull.head_sha)
        self._shop.records.save_pull(replace(pull, head_sha=push.new))
        self._shop.records.touch(pull.number, now)
        self._shop.checks.start(push.new)

    async def commit_shas(self, pull: Pull) -> list[str]:
        """The pull request's own commits, oldest first."""
        return await self._between(pull.base_sha, pull.head_sha)

    async def of_commit(self, sha: str) -> list[Pull]:
        """The pull requests that brought a commit to its branch, or want to."""
        found = []
        for pull in self._shop.records.pulls.values():
            tips = (pull.head_sha, pull.merge_sha) if pull.merge_sha else (pull.head_sha,)
            for tip in tips:
                if sha in await self._between(pull.base_sha, tip):
                    found.append(pull)
                    break
        return found

    async def _between(self, base: str, tip: str) -> list[str]:
        if (base, tip) not in self._ranges:
            self._ranges[base, tip] = await self._shop.repository.between(base, tip)
        return self._ranges[base, tip]

    async def diff_start(self, pull: Pull) -> str:
        """Where the pull request's diff begins: the merge base."""
        return await self._shop.repository.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha

    async def mergeable(self, pull: Pull) -> tuple[bool | None, str]:
        """(mergeable, mergeable_state) as the API shows them."""
        if not self._shop.records.is_open(pull.number):
            return None, "unknown"
        if await self._shop.writer.merged_tree(pull.base_sha, pull.head_sha) is None:
            return False, "dirty"
        if pull.draft:
            return True, "draft"
        return True, "blocked" if self._objection(pull) else "clean"

    def _objection(self, pull: Pull) -> str | None:
        return objection(self._shop.records, pull.head_sha, self._required(pull.base_ref))

    def _required(self, branch: str) -> tuple[str, ...]:
        return self._shop.options.required_checks if branch == "main" else ()

    async def merge(self, number: int, order: MergeOrder) -> Pull:
        """Raises NotMergeable or HeadMoved, and then nothing has changed."""
        async with self._shop.pushes.turn:
            pull = self._shop.records.pulls[number]
            self._check_may_merge(pull, order)
            base = await self._shop.repository.commit(pull.base_sha)
            sha = await self._build(pull, base, order)
            try:
                await self._shop.pushes.move(pull.base_ref, sha, base.sha, by=order.by)
            except GitFailed as error:
                raise HeadMoved("Base branch was modified. Review and try the merge again.") from error
            now = self._shop.now()
            self._shop.records.touch(number, now, closed_at=now, closed_by=order.by)
            return self._shop.records.save_pull(
                replace(pull, merged_at=now, merged_by=order.by, merge_sha=sha, base_sha=base.sha)
            )

    def _check_may_merge(self, pull: Pull, order: MergeOrder) -> None:
        if not self._shop.records.is_open(pull.number):
            raise NotMergeable("Pull Request is not mergeable")
        if pull.draft:
            raise NotMergeable("Pull Request is still a draft")
        if order.head_sha and order.head_sha != pull.head_sha:
            raise HeadMoved("Head branch was modified. Review and try the merge again.")
        complaint = self._objection(pull)
        if complaint:
            raise NotMergeable(complaint)

    async def _build(self, pull: Pull, base: Commit, order: MergeOrder) -> str:
        if order.method == "rebase":
            return await self._rebase(pull, base)
        tree = await self._shop.writer.merged_tree(base.sha, pull.head_sha)
        if tree is None:
            raise NotMergeable("Pull Request is not mergeable")
        if order.method == "squash":
            return await self._squash(pull, base, tree, order)
        issue = self._shop.records.issues[pull.number]
        title = order.title or (
            f"Merge pull request #{pull.number} from {self._shop.options.owner}/{pull.head_ref}"
        )
        message = _message(title, issue.title if order.message is None else order.message)
        who = self._signature(order.by)
        return await self._shop.writer.commit(
            NewCommit(tree, (base.sha, pull.head_sha), message, who, self._machine())
        )

    async def _squash(self, pull: Pull, base: Commit, tree: str, order: MergeOrder) -> str:
        issue = self._shop.records.issues[pull.number]
        commits = await self._shop.repository.commits(await self.commit_shas(pull))
        told = (
            commits[0].body if len(commits) == 1 else "\n\n".join(f"* {commit.title}" for commit in commits)
        )
        message = _message(
            order.title or f"{issue.title} (#{pull.number})", told if order.message is None else order.message
        )
        author = self._signature(issue.author)
        return await self._shop.writer.commit(NewCommit(tree, (base.sha,), message, author, self._machine()))

    async def _rebase(self, pull: Pull, base: Commit) -> str:
        onto = base.sha
        for commit in await self._shop.repository.commits(await self.commit_shas(pull)):
            tree = await self._shop.writer.picked_tree(onto, commit)
            if tree is None:
                raise NotMergeable("This branch can't be rebased")
            onto = await self._shop.writer.commit(
                NewCommit(tree, (onto,), commit.message, commit.author, self._machine())
            )
        return onto

    def _signature(self, login: str) -> Signature:
        person = self._shop.records.person(login)
        return Signature(person.name, person.email, self._shop.now())

    def _machine(self) -> Signature:
        return Signature(*MACHINE, self._shop.now())


def _message(title: str, body: str) -> str:
    return f"{title}\n\n{body}".strip()
