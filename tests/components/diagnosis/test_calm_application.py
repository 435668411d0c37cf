"""A system that has run for years and is well: what its exporters and programs say all the time is no cause."""

from __future__ import annotations

import pytest

from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.offline.desk import default_law, diagnosis_of
from sre_agent.offline.planning import planned
from tests.synthetic.fleet.calm import CALM


@pytest.mark.parametrize("state", CALM)
def test_no_cause_is_claimed_and_nothing_planned(state: str) -> None:
    diagnosis, picture = diagnosis_of(CALM[state]().snapshot())
    assert diagnosis.outcome is not DiagnosisOutcome.ROOT_CAUSE
    assert not planned(diagnosis, picture, default_law())
