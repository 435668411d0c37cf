"""The stored journal, which the dashboard's tests replay, tells the story as the graph tells it today."""

from __future__ import annotations

from itertools import pairwise

from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, chained
from tests.scenarios.golden import stored, told
from tests.scenarios.stage import TOLD_ALIKE


def _milestones(journal: list[JournalEntry]) -> list[str]:
    return [entry.kind for entry in journal if entry.kind in TOLD_ALIKE]


def test_it_tells_what_the_graph_tells_today() -> None:
    assert _milestones(stored()) == _milestones(told()), "run: python -m tests.scenarios.golden"


def test_its_chain_holds() -> None:
    journal = stored()
    assert [entry.seq for entry in journal] == list(range(1, len(journal) + 1))
    assert journal[0].previous == GENESIS
    assert all(later.previous == earlier.hash for earlier, later in pairwise(journal))
    for entry in journal:
        draft = JournalDraft.model_validate(entry.model_dump(include=set(JournalDraft.model_fields)))
        assert chained(entry.incident_id, entry.seq, draft, entry.previous) == entry.hash
