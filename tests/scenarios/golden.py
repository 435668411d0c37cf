"""The journal that the graph's, the API's and the dashboard's tests share: made by one story, stored once.

`python -m tests.scenarios.golden` writes it anew, after a change to what a journal says.
"""

from __future__ import annotations

from pathlib import Path

from sre_agent.domain.journal import JournalEntry
from tests.scenarios.stories import BY_NAME, tell

STORY = "a release is reverted after approval"
FILE = Path(__file__).parents[1] / "golden" / "release_reverted.jsonl"


def told() -> list[JournalEntry]:
    """The story's journal, as it comes out today."""
    return list(tell(BY_NAME[STORY]).stage.journal)


def stored() -> list[JournalEntry]:
    """The journal as it was stored."""
    return [JournalEntry.model_validate_json(line) for line in FILE.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    FILE.write_text("".join(f"{entry.model_dump_json()}\n" for entry in told()), "utf-8")
