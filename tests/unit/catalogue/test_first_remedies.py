"""What is proposed first: a step whose arguments are right to the letter, or words for a person that name what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sre_agent.catalogue.remedies.index import remedies, remedies_for
from sre_agent.catalogue.remedy import Drafts, Means, Unfit
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.orient.engine import diagnose
from tests.synthetic.cases import all_cases
from tests.synthetic.cases.service_routes import wrong_host
from tests.synthetic.cluster import Cluster
from tests.worlds import World

MEANS = Means(servers=frozenset({"k8s", "github"}), plan_name="plan-1")


@dataclass(frozen=True)
class Proposed:
    root: Hypothesis
    remedy: str
    drafts: Drafts

    @property
    def of_k8s(self) -> Iterator[Mapping[str, Any]]:
        return (one.arguments for one in self.drafts if one.where.startswith("k8s."))


def proposed(world: World) -> Proposed:
    root = diagnose(world.picture()).diagnosis.hypotheses[0]
    for remedy in remedies_for(root.cause):
        drafts = remedy.way(root, MEANS)
        if not isinstance(drafts, Unfit):
            return Proposed(root, remedy.name, drafts)
    raise AssertionError(f"{root.cause}: every remedy is unfit")


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
    case = next(one for one in all_cases() if one.cause == "oom_killed" and isinstance(one.have(), Cluster))
    root = proposed(case.have()).root
    bare = root.model_copy(update={"hints": {name: root.hints[name] for name in ("container", "limit")}})
    told = " ".join(one.statement for one in remedies()["raise_memory_by_hand"].way(bare, MEANS))  # type: ignore[union-attr]
    assert f"-c {root.hints['container']} --limits=memory=" in told
    assert f"(now {root.hints['limit']})" in told
