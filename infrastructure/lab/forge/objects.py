"""Git's nouns as frozen values: signatures, commits, tree entries, file diffs, blame ranges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SHORT = 7


@dataclass(frozen=True)
class Signature:
    name: str
    email: str
    at: datetime


@dataclass(frozen=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def title(self) -> str:
        return self.message.split("\n", 1)[0]

    @property
    def body(self) -> str:
        return self.message.partition("\n")[2].strip("\n")

    @property
    def short(self) -> str:
        return self.sha[:SHORT]


@dataclass(frozen=True)
class TreeEntry:
    mode: str
    kind: str
    """`blob`, `tree` or `commit`."""
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True)
class FileDiff:
    path: str
    previous: str | None
    status: str
    """GitHub's words: added, removed, modified, renamed, copied, changed."""
    sha: str
    """The blob after the change (before it, when removed)."""
    additions: int
    deletions: int
    patch: str | None
    """From the first hunk on; None for binary files and pure renames."""


@dataclass(frozen=True)
class BlameRange:
    start: int
    end: int
    sha: str


@dataclass(frozen=True)
class TreeChange:
    """One line of a new tree: put this object there, or (sha None) take the path away."""

    path: str
    mode: str
    kind: str
    sha: str | None
