"""What is proposed first against each cause: a step whose arguments stand in objects that were read, or words for a person that name them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sre_agent.catalogue.remedies.index import remedies, remedies_for
from sre_agent.catalogue.remedy import Drafts, Means, Unfit
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.orient.engine import diagnose
from tests.synthetic.case import Case
from tests.synthetic.cases import all_cases
from tests.synthetic.cases.service_routes import wrong_host
from tests.synthetic.cluster import Cluster

CASES = [case for case in all_cases() if isinstance(case.have(), Cluster)]
MEANS = Means(servers=frozenset({"k8s", "github"}), plan_name="plan-1")


@dataclass(frozen=True)
class Proposed:
    world: Cluster
    root: Hypothesis
    remedy: str
    drafts: Drafts

    @property
    def of_k8s(self) -> Iterator[Mapping[str, Any]]:
        return (one.arguments for one in self.drafts if one.where.startswith("k8s."))

    def read(self) -> str:
        """Everything that was read of the cluster, as text."""
        return json.dumps(self.world.collected(), default=str)


def proposed(world: Cluster) -> Proposed:
    root = diagnose(world.picture()).diagnosis.hypotheses[0]
    for remedy in remedies_for(root.cause):
        drafts = remedy.way(root, MEANS)
        if not isinstance(drafts, Unfit):
            return Proposed(world, root, remedy.name, drafts)
    raise AssertionError(f"{root.cause}: every remedy is unfit")


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.cause}-{case.have.__name__}")
def first(request: pytest.FixtureRequest) -> Proposed:
    return proposed(request.param.have())


def test_every_cause_has_a_remedy_of_its_own(first: Proposed) -> None:
    assert first.remedy != "tell_a_person"


def test_names_in_arguments_are_those_of_objects_that_were_read(first: Proposed) -> None:
    read = first.read()
    named = [
        str(arguments[field])
        for arguments in first.of_k8s
        for field in ("name", "node", "pod", "container", "variable", "key", "from_cronjob")
        if arguments.get(field) and not (field == "name" and "from_cronjob" in arguments)
    ]
    assert [name for name in named if json.dumps(name) not in read] == []


def test_no_word_for_a_person_was_left_empty(first: Proposed) -> None:
    assert [one.statement for one in first.drafts if "None" in one.statement or "  " in one.statement] == []


@pytest.mark.parametrize("elsewhere", [True, False], ids=["another uses it rightly", "only here"])
@pytest.mark.parametrize("form", ["http://{}:80", "http://{}:80/stock?all=1", "{}:80"])
def test_a_misspelt_host_is_put_right_and_all_else_of_the_address_stays(form: str, elsewhere: bool) -> None:
    world = wrong_host()
    world.change_container("ledger", env=[{"name": "PARCEL_URL", "value": form.format("parcels")}])
    if elsewhere:
        world.change_container("portal", env=[{"name": "PARCEL_URL", "value": form.format("parcel")}])
    found = proposed(world)
    assert (found.root.cause, found.remedy) == ("service_env_var_address_mismatch", "restore_setting")
    assert [arguments["value"] for arguments in found.of_k8s] == [form.format("parcel")]


def test_what_was_killed_for_memory_is_told_with_its_container_and_present_limit() -> None:
    root = next(found.root for found in map(ill_with_memory, CASES) if found is not None)
    bare = root.model_copy(update={"hints": {name: root.hints[name] for name in ("container", "limit")}})
    told = " ".join(one.statement for one in remedies()["raise_memory_by_hand"].way(bare, MEANS))  # type: ignore[union-attr]
    assert f"-c {root.hints['container']} --limits=memory=" in told
    assert f"(now {root.hints['limit']})" in told


def ill_with_memory(case: Case) -> Proposed | None:
    return proposed(case.have()) if case.cause == "oom_killed" else None  # type: ignore[arg-type]
