"""Too few replicas."""

from __future__ import annotations

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import workload


def scaled_to_zero() -> Cluster:
    cluster = shop()
    cluster.any_workload("ledger")["spec"]["replicas"] = 0
    cluster.without_pods("ledger")
    cluster.event(
        "Deployment", "ledger", "ScalingReplicaSet", "Scaled down replica set ledger-r1 to 0 from 2"
    )
    cluster.alert("HighErrorRate", workload("portal"))
    return cluster


def scaled_to_one() -> Cluster:
    cluster = shop()
    cluster.any_workload("ledger")["spec"]["replicas"] = 1
    cluster.lists["pods"].remove(cluster.pods_of("ledger")[0])
    return cluster


CASES = (Case("deployment_zero_replicas", "ledger", scaled_to_zero, scaled_to_one),)
