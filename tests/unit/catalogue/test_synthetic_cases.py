"""Every cause is found where it is, and not where it only looks so."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sre_agent.catalogue.cause import Depth
from sre_agent.catalogue.index import entries
from sre_agent.orient.engine import diagnose
from sre_agent.picture.world import Picture
from tests.synthetic.case import Case
from tests.synthetic.cases import all_cases
from tests.synthetic.cluster import Cluster
from tests.synthetic.recording import stands
from tests.synthetic.shops import noisy_shop, shop
from tests.worlds import World

CASES = all_cases()


def name_of(case: Case) -> str:
    return f"{case.cause}-{case.have.__name__}"


@dataclass(frozen=True)
class Proof:
    case: Case
    world: World
    picture: Picture


@pytest.fixture(scope="module", params=CASES, ids=name_of)
def proof(request: pytest.FixtureRequest) -> Proof:
    """A case and the picture of it, painted once for every test that looks at it."""
    world = request.param.have()
    return Proof(request.param, world, world.picture())


def test_the_cause_and_its_entity_come_first(proof: Proof) -> None:
    case, best = proof.case, diagnose(proof.picture).diagnosis.hypotheses[0]
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


def test_every_quoted_word_stands_in_its_source(proof: Proof) -> None:
    if isinstance(proof.world, Cluster):
        snapshot = proof.world.snapshot()
        leads = [lead for entry in entries().values() for lead in entry.find(proof.picture)]
        assert [one for lead in leads for one in lead.citations if not stands(one, snapshot)] == []


@pytest.mark.parametrize("make", [shop, noisy_shop])
def test_a_healthy_system_gives_no_lead(make: type[Cluster]) -> None:
    picture = make().picture()
    leads = [lead for entry in entries().values() for lead in entry.find(picture)]
    assert [(lead.cause, str(lead.entity)) for lead in leads] == []
