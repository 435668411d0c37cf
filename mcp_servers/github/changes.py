"""What a revert or a proposal changes: which files, from what to what, and how that reads as a diff. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit.contract import Expect, Ground
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import shortened

DIFF_CHARS: Final = 200_000
_MISSING: Final = object()
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Entry:
    """A file in a tree: its mode and its blob."""

    mode: str
    sha: str


@dataclass(frozen=True)
class Turn:
    """One file's turn from what it is to what it shall be; None: it is not there."""

    path: str
    now: Entry | None
    then: Entry | None


@dataclass(frozen=True)
class Revert:
    turns: tuple[Turn, ...]
    changed_since: tuple[str, ...]
    already_back: tuple[str, ...]


Files = Mapping[str, Entry | None]


def reverted(paths: Iterable[str], *, before: Files, after: Files, base: Files) -> Revert:
    """How each file goes back from `after` a merge to `before` it, where `base` still is what the merge left."""
    turns: list[Turn] = []
    changed: list[str] = []
    back: list[str] = []
    for path in dict.fromkeys(paths):
        was, became, stands = before.get(path), after.get(path), base.get(path)
        if was == became:
            continue
        if stands == became:
            turns.append(Turn(path, stands, was))
        elif stands == was:
            back.append(path)
        else:
            changed.append(path)
    return Revert(tuple(turns), tuple(changed), tuple(back))


def paths_of(files: Sequence[Mapping[str, str]]) -> list[str]:
    """Every path that a comparison concerns; a rename concerns two."""
    return [path for one in files for path in (one["filename"], one.get("previous_filename") or "") if path]


def unified(path: str, old: bytes | None, new: bytes | None) -> str:
    """One file's part of a diff, as git writes it."""
    source = "/dev/null" if old is None else f"a/{path}"
    target = "/dev/null" if new is None else f"b/{path}"
    before, after = _text(old), _text(new)
    if before is None or after is None:
        return f"Binary files {source} and {target} differ\n"
    lines = difflib.unified_diff(_lines(before), _lines(after), source, target)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def whole(parts: Iterable[str]) -> str:
    return shortened("".join(parts), DIFF_CHARS)


def _text(content: bytes | None) -> str | None:
    if content is None:
        return ""
    if b"\0" in content[:8000]:
        return None
    return content.decode("utf-8", "replace")


def _lines(text: str) -> list[str]:
    """By line feeds alone, as git does; Python would also part at form feeds and the like."""
    return _LINE.findall(text)


def pointer(*parts: str) -> str:
    """An RFC 6901 JSON pointer."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def shas(turns: Iterable[Turn], *, then: bool) -> dict[str, JsonValue]:
    """Each file's blob, before or after its turn."""
    told: dict[str, JsonValue] = {}
    for turn in turns:
        entry = turn.then if then else turn.now
        told[pointer("files", turn.path)] = entry.sha if entry else None
    return told


def check_expected(expect: Expect | None, ground: Ground) -> None:
    """Raises ToolError (precondition_failed) where the world is not what the plan was made for."""
    if expect is None:
        return
    moved = [name for name, value in expect.fields.items() if ground.fields.get(name, _MISSING) != value]
    if expect.uid and expect.uid != ground.uid:
        moved.insert(0, "uid")
    if moved:
        raise ToolError(
            Code.PRECONDITION_FAILED,
            f"{ground.uid or 'The target'} is not as expected any more: {', '.join(moved[:20])} changed.",
            try_next="Preview it again and decide anew; nothing was written.",
        )
