"""What git prints → our values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from infrastructure.lab.forge.objects import BlameRange, Commit, FileDiff, Signature, TreeEntry

COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00"
_COMMIT_FIELDS = 10
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
_BLAME_LINE = re.compile(r"([0-9a-f]{40}) \d+ (\d+)(?: \d+)?$")


def commits(output: bytes) -> list[Commit]:
    """`git log --format=COMMIT_FORMAT`."""
    fields = output.decode(errors="replace").split("\0")
    return [_commit(fields[i : i + _COMMIT_FIELDS]) for i in range(0, len(fields) - 1, _COMMIT_FIELDS)]


def _commit(fields: list[str]) -> Commit:
    sha, tree, parents, author, author_mail, authored, committer, committer_mail, committed, message = fields
    return Commit(
        sha=sha.lstrip("\n"),
        tree=tree,
        parents=tuple(parents.split()),
        author=Signature(author, author_mail, datetime.fromisoformat(authored)),
        committer=Signature(committer, committer_mail, datetime.fromisoformat(committed)),
        message=message.rstrip("\n"),
    )


def tree_entries(output: bytes) -> list[TreeEntry]:
    """`git ls-tree -z --long`."""
    entries = []
    for line in output.decode(errors="replace").split("\0"):
        if line:
            meta, path = line.split("\t", 1)
            mode, kind, sha, size = meta.split()
            entries.append(TreeEntry(mode, kind, sha, None if size == "-" else int(size), path))
    return entries


def blobs(output: bytes) -> Iterator[bytes]:
    """`git cat-file --batch`: the contents, in the order asked."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        size = int(output[at:end].rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def file_diffs(listing: bytes, patches: bytes) -> list[FileDiff]:
    """`git diff --raw --numstat -z` and `git diff --patch` of the same two trees."""
    raw, counts = _split_listing(listing.decode(errors="replace").split("\0"))
    sections = _patch_sections(patches.decode(errors="replace"))
    return [
        FileDiff(
            path=path,
            previous=previous,
            status=_STATUS.get(letter, "changed"),
            sha=sha,
            additions=added,
            deletions=deleted,
            patch=patch,
        )
        for (letter, sha, previous, path), (added, deleted), patch in zip(raw, counts, sections, strict=True)
    ]


_Raw = tuple[str, str, str | None, str]


def _split_listing(parts: list[str]) -> tuple[list[_Raw], list[tuple[int, int]]]:
    raw: list[_Raw] = []
    counts: list[tuple[int, int]] = []
    queue = iter(parts)
    for part in queue:
        if part.startswith(":"):
            _, _, before, after, status = part.split(" ")
            renamed = status[0] in "RC"
            previous = next(queue) if renamed else None
            raw.append((status[0], before if status[0] == "D" else after, previous, next(queue)))
        elif part:
            added, deleted, path = part.split("\t")
            if not path:  # a rename's two paths follow on their own
                next(queue)
                next(queue)
            counts.append((_count(added), _count(deleted)))
    return raw, counts


def _count(text: str) -> int:
    return 0 if text == "-" else int(text)


def _patch_sections(text: str) -> list[str | None]:
    sections = re.split(r"^diff --git .*$\n?", text, flags=re.MULTILINE)[1:]
    return [_hunks(section) for section in sections]


def _hunks(section: str) -> str | None:
    start = re.search(r"^@@ ", section, flags=re.MULTILINE)
    return section[start.start() :].rstrip("\n") if start else None


def blame_ranges(output: str) -> list[BlameRange]:
    """`git blame --porcelain`: neighbouring lines of one commit become one range."""
    ranges: list[BlameRange] = []
    for line in output.split("\n"):
        found = _BLAME_LINE.match(line)
        if found is None:
            continue
        sha, number = found[1], int(found[2])
        if ranges and ranges[-1].sha == sha and ranges[-1].end == number - 1:
            ranges[-1] = BlameRange(ranges[-1].start, number, sha)
        else:
            ranges.append(BlameRange(number, number, sha))
    return ranges
