"""Every remedy that a cause names exists, and every cause ends with one that needs no tool."""

from __future__ import annotations

import pytest

from sre_agent.catalogue.index import entries
from sre_agent.catalogue.remedies.index import remedies, remedies_for


@pytest.mark.parametrize("code", sorted(entries()))
def test_every_remedy_named_by_a_cause_exists(code: str) -> None:
    assert set(entries()[code].cause.remedies) <= set(remedies())
    assert remedies_for(code)[-1].name == "tell_a_person"
