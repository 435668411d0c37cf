"""Commits as data → the stream `git fast-import` reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infrastructure.lab.forge.objects import Signature


@dataclass(frozen=True)
class StreamCommit:
    """One commit of a stream; parents are marks (`:3`) or shas, the first gives the files to start from."""

    mark: int
    ref: str
    author: Signature
    committer: Signature
    message: str
    parents: tuple[str, ...]
    puts: Mapping[str, bytes]
    takes: tuple[str, ...] = ()


def stream_commit(commit: StreamCommit) -> bytes:
    parts = [
        f"commit {commit.ref}\nmark :{commit.mark}\n".encode(),
        f"author {_who(commit.author)}\ncommitter {_who(commit.committer)}\n".encode(),
        _data(commit.message.encode()),
    ]
    for position, parent in enumerate(commit.parents):
        parts.append(f"{'merge' if position else 'from'} {parent}\n".encode())
    parts += [f"D {_path(path)}\n".encode() for path in commit.takes]
    for path, content in sorted(commit.puts.items()):
        parts.append(f"M 100644 inline {_path(path)}\n".encode() + _data(content))
    return b"".join(parts) + b"\n"


def difference(
    before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """What to put and what to take to get from one set of files to another."""
    puts = {path: content for path, content in after.items() if before.get(path) != content}
    return puts, tuple(sorted(set(before) - set(after)))


def _who(signature: Signature) -> str:
    name = signature.name.replace("<", "").replace(">", "").replace("\n", " ")
    return f"{name} <{signature.email}> {int(signature.at.timestamp())} +0000"


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


def _path(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
