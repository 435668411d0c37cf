"""Reading the repository: revisions, commits, trees, diffs, blame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.forge import parsing
from infrastructure.lab.forge.errors import GitFailed
from infrastructure.lab.forge.git import Git
from infrastructure.lab.forge.objects import EMPTY_TREE, BlameRange, Commit, FileDiff, TreeEntry

_SHA = re.compile(r"[0-9a-f]{4,40}$")


@dataclass(frozen=True)
class CommitQuery:
    """Which commits to list, newest first."""

    start: str
    paths: tuple[str, ...] = ()
    """Only commits that touched one of these."""
    author: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


class Repository:
    """Questions about one git repository."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def resolve(self, revision: str) -> str | None:
        """The commit a branch, tag, `refs/…` or (short) sha names; branches first, as GitHub does."""
        names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if revision.startswith(("refs/", "heads/", "tags/")):
            names.append(revision)
        if revision == "HEAD" or _SHA.match(revision):
            names.append(revision)
        for name in names:
            code, out = await self._git.attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            if code == 0:
                return out.decode().strip()
        return None

    async def refs(self, prefix: str) -> dict[str, str]:
        """Full ref name → object it points at, for everything under `refs/<prefix>`."""
        out = await self._git.text("for-each-ref", "--format=%(refname) %(objectname)", "refs/")
        pairs = (line.split(" ") for line in out.splitlines())
        return {name: sha for name, sha in pairs if name.startswith(f"refs/{prefix}")}

    async def branches(self) -> dict[str, str]:
        return {name.removeprefix("refs/heads/"): sha for name, sha in (await self.refs("heads/")).items()}

    async def kind_of(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob` or `tag`; None when there is no such object."""
        if not _SHA.match(sha):
            return None
        code, out = await self._git.attempt("cat-file", "-t", sha)
        return out.decode().strip() if code == 0 else None

    async def commit(self, sha: str) -> Commit:
        return (await self.commits([sha]))[0]

    async def commits(self, shas: Sequence[str]) -> list[Commit]:
        """These commits, in this order."""
        if not shas:
            return []
        out = await self._git.run(
            "log",
            "--no-walk=unsorted",
            f"--format={parsing.COMMIT_FORMAT}",
            "--stdin",
            stdin="\n".join(shas).encode(),
        )
        found = {commit.sha: commit for commit in parsing.commits(out)}
        return [found[sha] if sha in found else found[await self._full(sha)] for sha in shas]

    async def _full(self, sha: str) -> str:
        return (await self._git.text("rev-parse", f"{sha}^{{commit}}")).strip()

    async def list_shas(self, query: CommitQuery) -> list[str]:
        arguments = ["rev-list", query.start]
        if query.author:
            arguments.append(f"--author={query.author}")
        if query.since:
            arguments.append(f"--since-as-filter={query.since.isoformat()}")
        if query.until:
            arguments.append(f"--until={query.until.isoformat()}")
        if query.limit is not None:
            arguments.append(f"--max-count={query.limit}")
        return (await self._git.text(*arguments, "--", *query.paths)).split()

    async def between(self, base: str, head: str) -> list[str]:
        """Commits reachable from head and not from base, oldest first."""
        return (await self._git.text("rev-list", "--reverse", "--topo-order", f"{base}..{head}")).split()

    async def merge_base(self, one: str, other: str) -> str | None:
        code, out = await self._git.attempt("merge-base", one, other)
        return out.decode().strip() if code == 0 else None

    async def is_ancestor(self, older: str, newer: str) -> bool:
        return (await self._git.attempt("merge-base", "--is-ancestor", older, newer))[0] == 0

    async def diff(self, before: str | None, after: str) -> list[FileDiff]:
        """What changed between two trees or commits; None is the empty tree."""
        start = before or EMPTY_TREE
        listing = await self._git.run("diff", "--raw", "--numstat", "-z", "-M", "--no-abbrev", start, after)
        patches = await self._git.run("diff", "--patch", "-M", start, after)
        return parsing.file_diffs(listing, patches)

    async def changed_paths(self, before: str | None, after: str) -> list[str]:
        out = await self._git.text("diff", "--name-only", "--no-renames", "-z", before or EMPTY_TREE, after)
        return [path for path in out.split("\0") if path]

    async def patch_text(self, before: str, after: str) -> str:
        return await self._git.text("diff", "--patch", "-M", before, after)

    async def tree(self, treeish: str, *, recursive: bool = False) -> list[TreeEntry]:
        flags = ["-r", "-t"] if recursive else []
        return parsing.tree_entries(await self._git.run("ls-tree", "-z", "--long", *flags, treeish))

    async def entry(self, commit: str, path: str) -> TreeEntry | None:
        """The file or folder at a path."""
        clean = path.strip("/")
        found = parsing.tree_entries(await self._git.run("ls-tree", "-z", "--long", commit, "--", clean))
        return found[0] if found else None

    async def folder(self, commit: str, path: str) -> list[TreeEntry]:
        """What a folder holds, with full paths; the empty path is the root."""
        inside = ["--", f"{path.strip('/')}/"] if path.strip("/") else []
        return parsing.tree_entries(await self._git.run("ls-tree", "-z", "--long", commit, *inside))

    async def tree_sha(self, treeish: str) -> str:
        return (await self._git.text("rev-parse", "--verify", f"{treeish}^{{tree}}")).strip()

    async def blob(self, sha: str) -> bytes:
        return await self._git.run("cat-file", "blob", sha)

    async def text_files(self, commit: str) -> dict[str, str]:
        """Every file of a commit that is UTF-8 text, by path."""
        entries = [entry for entry in await self.tree(commit, recursive=True) if entry.kind == "blob"]
        if not entries:
            return {}
        shas = "\n".join(entry.sha for entry in entries).encode()
        out = await self._git.run("cat-file", "--batch", stdin=shas + b"\n")
        texts = zip((entry.path for entry in entries), parsing.blobs(out), strict=True)
        return {path: content.decode() for path, content in texts if _is_text(content)}

    async def blame(self, commit: str, path: str) -> list[BlameRange] | None:
        """Who wrote each line last; None when there is no such file."""
        try:
            return parsing.blame_ranges(await self._git.text("blame", "--porcelain", commit, "--", path))
        except GitFailed:
            return None


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
