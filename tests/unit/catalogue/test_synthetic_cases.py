"""Every cause is found where it is, and not where it only looks so; each family's cases are gone through in one test, which names those that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from sre_agent.catalogue.cause import Depth
from sre_agent.catalogue.index import entries
from sre_agent.catalogue.remedies.index import remedies_for
from sre_agent.catalogue.remedy import Drafts, Means, Unfit
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.orient.engine import diagnose
from sre_agent.picture.world import Picture
from tests.synthetic.case import Case
from tests.synthetic.cases import families
from tests.synthetic.cluster import Cluster
from tests.synthetic.recording import stands
from tests.synthetic.shops import noisy_shop, shop
from tests.worlds import World

MEANS = Means(servers=frozenset({"k8s", "github"}), plan_name="plan-1")
each_family = pytest.mark.parametrize("family", families())


@dataclass(frozen=True)
class Proof:
    """A case, painted and diagnosed once for every test that looks at it, and what is proposed first against its cause."""

    case: Case
    world: World
    picture: Picture
    best: Hypothesis
    remedy: str
    drafts: Drafts

    @property
    def name(self) -> str:
        return f"{self.case.cause}-{self.case.have.__name__}"

    @property
    def of_k8s(self) -> Iterator[Mapping[str, Any]]:
        return (one.arguments for one in self.drafts if one.where.startswith("k8s."))


@cache
def proofs(family: str) -> tuple[Proof, ...]:
    return tuple(_proof(case) for case in families()[family])


def _proof(case: Case) -> Proof:
    world = case.have()
    picture = world.picture()
    best = diagnose(picture).diagnosis.hypotheses[0]
    for remedy in remedies_for(best.cause):
        drafts = remedy.way(best, MEANS)
        if not isinstance(drafts, Unfit):
            return Proof(case, world, picture, best, remedy.name, drafts)
    raise AssertionError(f"{best.cause}: every remedy is unfit")


def of_clusters(family: str) -> Iterator[tuple[Proof, Cluster]]:
    return ((one, one.world) for one in proofs(family) if isinstance(one.world, Cluster))


@each_family
def test_the_cause_and_its_entity_come_first(family: str) -> None:
    found = {one.name: (one.best.cause, one.best.entity.name) for one in proofs(family)}
    assert found == {one.name: (one.case.cause, one.case.entity) for one in proofs(family)}
    least = {True: 0.4, False: 0.6}
    unsure = [
        (one.name, one.best.confidence)
        for one in proofs(family)
        if one.best.confidence < least[entries()[one.case.cause].cause.depth is Depth.SYMPTOM]
    ]
    assert unsure == []


@each_family
def test_what_only_looks_so_is_not_called_so(family: str) -> None:
    wrong = []
    for case in families()[family]:
        found = diagnose(case.miss().picture()).diagnosis.hypotheses
        first = found[0].cause if found else ""
        if first == case.cause or (case.instead and first != case.instead):
            wrong.append((case.cause, case.miss.__name__, first))
    assert wrong == []


@each_family
def test_every_quoted_word_stands_in_its_source(family: str) -> None:
    fallen = []
    for proof, world in of_clusters(family):
        snapshot = world.snapshot()
        leads = [lead for entry in entries().values() for lead in entry.find(proof.picture)]
        cited = {one for lead in leads for one in lead.citations}
        fallen += [(proof.name, one) for one in cited if not stands(one, snapshot)]
    assert fallen == []


@each_family
def test_every_cause_has_a_remedy_of_its_own(family: str) -> None:
    assert [one.name for one, _ in of_clusters(family) if one.remedy == "tell_a_person"] == []


@each_family
def test_names_in_arguments_are_those_of_objects_that_were_read(family: str) -> None:
    unread = []
    for proof, world in of_clusters(family):
        named = {
            str(arguments[field])
            for arguments in proof.of_k8s
            for field in ("name", "node", "pod", "container", "variable", "key", "from_cronjob")
            if arguments.get(field) and not (field == "name" and "from_cronjob" in arguments)
        }
        read = json.dumps(world.collected(), default=str) if named else ""
        unread += [(proof.name, name) for name in named if json.dumps(name) not in read]
    assert unread == []


@each_family
def test_no_word_for_a_person_was_left_empty(family: str) -> None:
    told = [(one.name, draft.statement) for one, _ in of_clusters(family) for draft in one.drafts]
    assert [(name, said) for name, said in told if "None" in said or "  " in said] == []


@pytest.mark.parametrize("make", [shop, noisy_shop])
def test_a_healthy_system_gives_no_lead(make: type[Cluster]) -> None:
    picture = make().picture()
    leads = [lead for entry in entries().values() for lead in entry.find(picture)]
    assert [(lead.cause, str(lead.entity)) for lead in leads] == []
