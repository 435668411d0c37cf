"""What became of a post-mortem's draft in people's hands: which text stands, and what two versions differ in."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from typing import Final, NamedTuple

from sre_agent.domain.revision import Revision

_MOST_COMPARED: Final = 4000
"""Lines of one text; comparing more would hold up everybody else."""
_MOST_TOLD: Final = 40
_CONTEXT: Final = 0


class Difference(NamedTuple):
    """Lines that came and went; `told` is the beginning of it, as `+` and `-` lines."""

    added: int
    removed: int
    told: str


def text_of(number: int, versions: Sequence[Revision], draft: str) -> str:
    """The text of a version; of 0, and of one that went back to it, the draft."""
    text = versions[number - 1].text if number else None
    return draft if text is None else text


def difference(before: str, after: str) -> Difference:
    """What differs between two texts, line by line."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _MOST_COMPARED:
        return Difference(
            max(len(new) - len(old), 0), max(len(old) - len(new), 0), "(too long to be compared)"
        )
    marked = list(unified_diff(old, new, lineterm="", n=_CONTEXT))[2:]
    changed = [line for line in marked if not line.startswith("@@")]
    told = changed[:_MOST_TOLD]
    if more := len(changed) - len(told):
        told.append(f"… and {more} more lines")
    added = sum(line.startswith("+") for line in changed)
    return Difference(added, len(changed) - added, "\n".join(told))


def kept(revision: Revision, changed: Difference) -> str:
    """One sentence about a version, for the journal."""
    if revision.text is None:
        said = f"{revision.by} went back to the draft of the post-mortem (version {revision.number})"
    else:
        lines = f"{changed.added} lines more, {changed.removed} fewer"
        said = f"{revision.by} edited the post-mortem: version {revision.number}, {lines}"
    return f"{said}: {revision.note}" if revision.note else said


def overtaken(newest: Revision, began_from: int, changed: Difference) -> str:
    """Why an edit is refused: somebody kept a version since, and what it changed."""
    what = "went back to the draft" if newest.text is None else "kept it"
    note = f" ({newest.note})" if newest.note else ""
    began = f"version {began_from}" if began_from else "the draft"
    return (
        f"the post-mortem is at version {newest.number} now: {newest.by} {what} at {newest.at:%H:%M:%S} UTC{note}, "
        f"and you began from {began}. Nothing was overwritten; take over what you need and keep yours again. "
        f"Changed since then:\n{changed.told or '(nothing)'}"
    )


def signed(text: str, revision: Revision) -> str:
    """The text as it is taken along: with whose it is."""
    line = f"*Version {revision.number}, edited by {revision.by}, {revision.at:%Y-%m-%d %H:%M:%S} UTC.*"
    return f"{text.rstrip()}\n\n{line}\n"
