"""Every cause is found where it is, and not where it only looks so."""

from __future__ import annotations

import pytest

from sre_agent.catalogue.cause import Depth
from sre_agent.catalogue.index import entries
from sre_agent.orient.engine import diagnose
from tests.synthetic.case import Case
from tests.synthetic.cases import all_cases
from tests.synthetic.cluster import Cluster
from tests.synthetic.recording import stands
from tests.synthetic.shops import noisy_shop, shop

CASES = all_cases()


def name_of(case: Case) -> str:
    return f"{case.cause}-{case.have.__name__}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_cause_and_its_entity_come_first(case: Case) -> None:
    best = diagnose(case.have().picture()).diagnosis.hypotheses[0]
    assert (best.cause, best.entity.name) == (case.cause, case.entity)
    is_symptom = entries()[case.cause].cause.depth is Depth.SYMPTOM
    assert best.confidence >= (0.4 if is_symptom else 0.6)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_only_looks_so_is_not_called_so(case: Case) -> None:
    found = diagnose(case.miss().picture()).diagnosis.hypotheses
    first = found[0].cause if found else ""
    assert first != case.cause
    if case.instead:
        assert first == case.instead


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_quoted_word_stands_in_its_source(case: Case) -> None:
    world = case.have()
    if isinstance(world, Cluster):
        snapshot, picture = world.snapshot(), world.picture()
        leads = [lead for entry in entries().values() for lead in entry.find(picture)]
        assert [one for lead in leads for one in lead.citations if not stands(one, snapshot)] == []


@pytest.mark.parametrize("make", [shop, noisy_shop])
def test_a_healthy_system_gives_no_lead(make: type[Cluster]) -> None:
    picture = make().picture()
    leads = [lead for entry in entries().values() for lead in entry.find(picture)]
    assert [(lead.cause, str(lead.entity)) for lead in leads] == []
