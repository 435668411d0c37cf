"""What a developer does: a branch with one commit, a pull request, its checks, the merge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infrastructure.lab.forge.errors import ChangeRefused
from infrastructure.lab.forge.fast_import import StreamCommit, difference, stream_commit
from infrastructure.lab.forge.objects import Signature
from infrastructure.lab.forge.options import MergedPull
from infrastructure.lab.forge.pulls import Draft, HeadMoved, MergeOrder, Method, NotMergeable, Pulls
from infrastructure.lab.forge.records import Pull
from infrastructure.lab.forge.template import slug
from infrastructure.lab.forge.workshop import Workshop

MAIN = "main"
Edit = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True)
class Change:
    """What a developer wants on main."""

    author: str
    title: str
    body: str
    edit: Edit
    method: Method = "squash"


class Developer:
    def __init__(self, shop: Workshop, pulls: Pulls, *, url: Callable[[], str]) -> None:
        self._shop = shop
        self._pulls = pulls
        self._url = url

    async def merge(self, change: Change) -> MergedPull:
        """Raises ChangeRefused when nothing differs, the checks fail, or main moved in a conflicting way."""
        base = await self._main()
        head, branch = await self._push_branch(change, base)
        draft = Draft(change.title, change.body, MAIN, branch)
        pull = await self._pulls.open(draft, by=change.author, base_sha=base, head_sha=head)
        await self._shop.checks.finished(head)
        try:
            merged = await self._pulls.merge(pull.number, MergeOrder(change.author, change.method))
        except (NotMergeable, HeadMoved) as error:
            raise ChangeRefused(f"pull request #{pull.number} {change.title!r}: {error}") from error
        return self._told(merged, change)

    async def _main(self) -> str:
        sha = await self._shop.repository.resolve(MAIN)
        if sha is None:
            raise ChangeRefused("the repository has no main branch")
        return sha

    async def _push_branch(self, change: Change, base: str) -> tuple[str, str]:
        files = await self._shop.repository.text_files(base)
        edited = change.edit(dict(files))
        puts, takes = difference(_encoded(files), _encoded(edited))
        if not puts and not takes:
            raise ChangeRefused(f"{change.title!r} changes nothing")
        branch = await self._free_branch(f"{change.author}/{slug(change.title)}")
        person = self._shop.records.person(change.author)
        who = Signature(person.name, person.email, self._shop.now())
        message = f"{change.title}\n\n{change.body}".strip()
        # A ref outside refs/heads until the commit exists: branches move through Pushes alone.
        scratch = f"refs/scratch/{branch}"
        commit = StreamCommit(1, scratch, who, who, message, (base,), puts, takes)
        head = (await self._shop.writer.import_stream(stream_commit(commit)))[":1"]
        await self._shop.writer.delete(scratch)
        await self._shop.pushes.move(branch, head, None, by=change.author)
        return head, branch

    async def _free_branch(self, wanted: str) -> str:
        taken = await self._shop.repository.branches()
        number, name = 1, wanted
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        return name

    def _told(self, pull: Pull, change: Change) -> MergedPull:
        if pull.merge_sha is None or pull.merged_at is None:
            raise ChangeRefused(f"pull request #{pull.number} was not merged")
        return MergedPull(
            number=pull.number,
            title=change.title,
            author=change.author,
            branch=pull.head_ref,
            head_sha=pull.head_sha,
            merge_sha=pull.merge_sha,
            merged_at=pull.merged_at,
            url=f"{self._url()}/{self._shop.options.repository}/pull/{pull.number}",
        )


def _encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}
