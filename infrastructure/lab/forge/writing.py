"""Writing to the repository: objects, refs, merges; each call is whole or has not happened."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infrastructure.lab.forge.git import Git
from infrastructure.lab.forge.objects import Commit, Signature, TreeChange

_ZERO = "0" * 40


@dataclass(frozen=True)
class NewCommit:
    """A commit to be written."""

    tree: str
    parents: tuple[str, ...]
    message: str
    author: Signature
    committer: Signature


class Writer:
    """Makes git objects and moves refs."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def blob(self, content: bytes) -> str:
        return (await self._git.run("hash-object", "-w", "--stdin", stdin=content)).decode().strip()

    async def tree(self, start: str | None, changes: Sequence[TreeChange]) -> str:
        """A tree made from another (or from nothing) with these changes; raises GitFailed."""
        with tempfile.TemporaryDirectory(prefix="forge-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if start:
                await self._git.run("read-tree", start, environment=index)
            for change in changes:
                if change.kind == "tree" and change.sha:
                    await self._git.run(
                        "read-tree", f"--prefix={change.path}/", change.sha, environment=index
                    )
            lines = b"".join(_index_line(change) for change in changes if change.kind != "tree")
            await self._git.run("update-index", "-z", "--index-info", stdin=lines, environment=index)
            return (await self._git.run("write-tree", environment=index)).decode().strip()

    async def commit(self, new: NewCommit) -> str:
        parents = [part for parent in new.parents for part in ("-p", parent)]
        environment = {**_who("AUTHOR", new.author), **_who("COMMITTER", new.committer)}
        out = await self._git.run(
            "commit-tree", new.tree, *parents, stdin=new.message.encode(), environment=environment
        )
        return out.decode().strip()

    async def move(self, ref: str, new: str, old: str | None) -> None:
        """Point a ref at a commit if it still is at `old` (None: if it does not exist); raises GitFailed."""
        await self._git.run("update-ref", ref, new, old or _ZERO)

    async def delete(self, ref: str) -> None:
        await self._git.run("update-ref", "-d", ref)

    async def merged_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of the merge, None when it conflicts."""
        code, out = await self._git.attempt("merge-tree", "--write-tree", ours, theirs)
        return out.decode().split("\n", 1)[0] if code == 0 else None

    async def picked_tree(self, onto: str, commit: Commit) -> str | None:
        """The tree of `onto` with the commit's own change on top, None when it conflicts.

        Stand-in commits give the merge the base it needs: `--merge-base` came later than the git we ask for.
        """
        parent = f"{commit.parents[0]}^{{tree}}"
        root = await self._stand_in(parent, None, commit.author)
        ours = await self._stand_in(f"{onto}^{{tree}}", root, commit.author)
        theirs = await self._stand_in(f"{commit.sha}^{{tree}}", root, commit.author)
        return await self.merged_tree(ours, theirs)

    async def _stand_in(self, treeish: str, parent: str | None, who: Signature) -> str:
        tree = (await self._git.text("rev-parse", "--verify", treeish)).strip()
        return await self.commit(NewCommit(tree, (parent,) if parent else (), "stand-in", who, who))

    async def import_stream(self, stream: bytes) -> dict[str, str]:
        """Feed `git fast-import`; mark → sha."""
        with tempfile.TemporaryDirectory(prefix="forge-marks-") as folder:
            marks = Path(folder) / "marks"
            await self._git.run("fast-import", "--quiet", f"--export-marks={marks}", stdin=stream)
            return dict(line.split(" ") for line in marks.read_text().splitlines())


def _index_line(change: TreeChange) -> bytes:
    if change.sha is None:
        return f"0 {_ZERO}\t{change.path}\0".encode()
    return f"{change.mode} {change.sha}\t{change.path}\0".encode()


def _who(role: str, signature: Signature) -> dict[str, str]:
    return {
        f"GIT_{role}_NAME": signature.name,
        f"GIT_{role}_EMAIL": signature.email,
        f"GIT_{role}_DATE": f"{int(signature.at.timestamp())} +0000",
    }
