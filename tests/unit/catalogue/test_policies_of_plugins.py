"""What policies of Cilium and Calico forbid is found as what the API's own forbid; imports the rule's family only by its answer."""

from __future__ import annotations

from typing import Any

import pytest

from sre_agent.offline.desk import diagnosis_of
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import workload

OWN = {"app": "parcel"}
ANOTHER = {"app": "somebody"}
CALLER = {"app": "ledger"}


def guarded(plural: str, kind: str, spec: dict[str, Any], **top: Any) -> Cluster:
    """The shop, in which ledger calls parcel in vain, with a policy on parcel."""
    cluster = shop()
    cluster.edges = [("ledger", "parcel")]
    cluster.named(plural, kind, "parcel-callers", spec=spec, **top)
    cluster.attempt("parcel", 80, False, "i/o timeout", "ledger")
    cluster.alert("HighErrorRate", workload("ledger"))
    return cluster


def cause_of(cluster: Cluster) -> str:
    found = [one.cause for one in diagnosis_of(cluster.snapshot())[0].hypotheses]
    return "network_policy_blocking" if "network_policy_blocking" in found else ""


def cilium(*rules: dict[str, Any], way: str = "ingress") -> Cluster:
    spec: dict[str, Any] = {
        "endpointSelector": {"matchLabels": {f"k8s:{key}": told for key, told in OWN.items()}},
        way: list(rules),
    }
    return guarded("ciliumnetworkpolicies", "CiliumNetworkPolicy", spec)


def calico(*rules: dict[str, Any]) -> Cluster:
    spec: dict[str, Any] = {"selector": "app == 'parcel'", "types": ["Ingress"], "ingress": list(rules)}
    return guarded("networkpolicies", "NetworkPolicy", spec, apiVersion="crd.projectcalico.org/v1")


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize(
    "cluster",
    [
        cilium({"fromEndpoints": [{"matchLabels": ANOTHER}]}),
        cilium({}),
        cilium({"fromEntities": ["world"]}),
        cilium(
            {
                "fromEndpoints": [{"matchLabels": CALLER}],
                "toPorts": [{"ports": [{"port": "9", "protocol": "TCP"}]}],
            }
        ),
        calico({"action": "Allow", "source": {"selector": "app == 'somebody'"}}),
        calico({"action": "Allow", "source": {"namespaceSelector": "projectcalico.org/name == 'elsewhere'"}}),
        calico({"action": "Deny"}),
    ],
)
def test_a_policy_of_a_plugin_that_admits_no_caller_is_found(cluster: Cluster) -> None:
    assert cause_of(cluster) == "network_policy_blocking"


@pytest.mark.parametrize(
    "cluster",
    [
        cilium({"fromEndpoints": [{"matchLabels": CALLER}]}),
        cilium({"fromEndpoints": [{}]}),
        cilium({"fromEntities": ["cluster"]}),
        cilium({"toPorts": [{"ports": [{"port": "8080", "protocol": "ANY"}]}]}),
        cilium(),
        cilium({"fromGroups": [{"aws": {}}]}),
        calico({"action": "Allow", "source": {"selector": "app in {'ledger', 'till'}"}}),
        calico({"action": "Allow", "source": {"selector": "all()"}}, {"action": "Deny"}),
        calico({"action": "Allow", "source": {"notSelector": "app == 'x'"}}),
        calico({"action": "Deny", "source": {"selector": "app == 'x'"}}, {"action": "Allow"}),
        calico({"action": "Allow", "destination": {"ports": ["8000:8090"]}, "protocol": "TCP"}),
    ],
)
def test_one_that_admits_the_caller_or_cannot_be_told_is_not_blamed(cluster: Cluster) -> None:
    assert cause_of(cluster) == ""
