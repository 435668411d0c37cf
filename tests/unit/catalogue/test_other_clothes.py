"""A cause stays the same cause in another system's clothes, and a busy cluster stays a healthy one."""

from __future__ import annotations

import pytest

from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.orient.engine import Thinking, diagnose
from sre_agent.picture.recorded import picture_of_snapshot
from tests.synthetic.case import Case
from tests.synthetic.cases import all_cases
from tests.synthetic.clothes import DRESSES, Dress, managed
from tests.synthetic.cluster import Cluster
from tests.synthetic.healthy import HEALTHY
from tests.worlds import workload

EVERY = 3
"""Of so many cases one is dressed; over the table each family meets each dress."""
OF_NODES_THAT_ARE_SHOWN = ("kube_scheduler_unavailable", "kube_controller_manager_unavailable")
"""Where a cloud runs the control plane, no node of it can be blamed."""


def dressed(cluster: Cluster, dress: Dress) -> Diagnosis:
    picture = picture_of_snapshot(dress(cluster.snapshot()), cluster.frame)
    return diagnose(picture, Thinking(may_ask=False)).diagnosis


def in_turn() -> list[tuple[Case, Dress]]:
    told = [case for case in all_cases() if case.cause not in OF_NODES_THAT_ARE_SHOWN]
    return [(case, DRESSES[number % len(DRESSES)]) for number, case in enumerate(told[::EVERY])]


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize(
    ("case", "dress"), in_turn(), ids=lambda one: getattr(one, "cause", "") or one.__name__
)
def test_the_cause_is_the_same_in_other_clothes(case: Case, dress: Dress) -> None:
    world = case.have()
    if not isinstance(world, Cluster):
        pytest.skip("a picture without a snapshot cannot be dressed")
    best = dressed(world, dress).hypotheses[0]
    assert (best.cause, best.entity.name, best.entity.namespace) == (
        case.cause,
        case.entity,
        best.entity.namespace and world.namespace,
    )


@pytest.mark.promise("SEE-3")
@pytest.mark.parametrize("number", range(len(HEALTHY)), ids=lambda number: HEALTHY[number].__name__)
def test_no_cause_is_claimed_where_all_is_well(number: int) -> None:
    plain, other = HEALTHY[number](), HEALTHY[number]()
    plain.alert("HighErrorRate", workload("ledger"))
    for cluster, dress in ((plain, lambda snapshot: snapshot), (other, DRESSES[number % len(DRESSES)])):
        found = dressed(cluster, dress)
        assert found.outcome is not DiagnosisOutcome.ROOT_CAUSE, found.reason


def test_a_cloud_without_control_plane_nodes_is_not_taken_for_a_cordoned_cluster() -> None:
    cluster = HEALTHY[0]()
    cluster.alert("HighErrorRate", workload("ledger"))
    assert dressed(cluster, managed).outcome is not DiagnosisOutcome.ROOT_CAUSE
