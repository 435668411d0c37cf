"""Faults of an application that no rule was written for, each seen by one kind of evidence alone."""

from __future__ import annotations

from functools import cache

import pytest

from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.offline.desk import diagnosis_of
from tests.effort import sample
from tests.synthetic.fleet import by_alerts, by_events, by_logs, by_metrics, by_second_round
from tests.synthetic.fleet.seen import Seen
from tests.synthetic.fleet.town import town

FORMS = {
    module.__name__.rsplit(".", 1)[-1]: sample(module.SEEN, one_in=4)
    for module in (by_metrics, by_alerts, by_logs, by_events, by_second_round)
}
ENOUGH = 0.85
"""Share of one kind of evidence that has to be read rightly; some of it tells little by itself."""
SURE = 0.8


def is_right(seen: Seen, diagnosis: Diagnosis) -> bool:
    root = diagnosis.root
    return root is not None and root.cause == seen.cause and seen.entity in ("", root.entity.name)


@cache
def diagnosed(form: str) -> tuple[tuple[Seen, Diagnosis], ...]:
    found = []
    for seen in FORMS[form]:
        made = town()
        seen.make(made)
        found.append((seen, diagnosis_of(made.snapshot())[0]))
    return tuple(found)


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize("form", FORMS)
def test_one_kind_of_evidence_is_enough_for_most_causes(form: str) -> None:
    missed = [seen.name for seen, diagnosis in diagnosed(form) if not is_right(seen, diagnosis)]
    assert len(missed) <= (1 - ENOUGH) * len(FORMS[form]), missed


@pytest.mark.parametrize("form", FORMS)
def test_what_is_said_with_confidence_is_so(form: str) -> None:
    misled = [
        (seen.name, diagnosis.root.cause)
        for seen, diagnosis in diagnosed(form)
        if diagnosis.root and diagnosis.root.confidence >= SURE and not is_right(seen, diagnosis)
    ]
    assert misled == []


def test_the_application_itself_is_well() -> None:
    diagnosis, _ = diagnosis_of(town().snapshot())
    assert (diagnosis.outcome, diagnosis.hypotheses) == (DiagnosisOutcome.HEALTHY, ())
