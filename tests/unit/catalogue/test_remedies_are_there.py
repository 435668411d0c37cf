"""Every remedy that a cause names exists, and every cause ends with one that needs no tool."""

from __future__ import annotations

from sre_agent.catalogue.index import entries
from sre_agent.catalogue.remedies.index import remedies, remedies_for


def test_every_remedy_named_by_a_cause_exists() -> None:
    named = {(code, remedy) for code, entry in entries().items() for remedy in entry.cause.remedies}
    assert sorted((code, remedy) for code, remedy in named if remedy not in remedies()) == []
    assert [code for code in entries() if remedies_for(code)[-1].name != "tell_a_person"] == []
