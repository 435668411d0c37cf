"""The network of one workload, and what looks like it."""

from __future__ import annotations

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import says
from tests.worlds import workload

CHAIN = ("portal", "ledger", "parcel")


def slow(*names: str, by: float = 2.0) -> Cluster:
    """The shop in which these become slow, the ones that wait for others a little slower than those."""
    cluster = shop()
    for number, name in enumerate(names):
        cluster.series("latency", {"service": name}, 0.05, 0.05 + by * (1 + 0.1 * number))
        cluster.series("cpu_usage", {"service": name}, 0.2, 0.2)
    for name in CHAIN:
        cluster.series("network_receive_packets", {"service": name}, 100.0, 95.0)
    cluster.series("node_tcp_retransmits", {"node": "n1"}, 0.05, 0.05)
    cluster.alert("HighLatency", workload("portal"))
    return cluster


def delayed() -> Cluster:
    return slow("parcel", "ledger", "portal")


def delayed_in_the_middle() -> Cluster:
    return slow("ledger", "portal")


def busy() -> Cluster:
    cluster = slow("parcel", "ledger", "portal")
    cluster.series("cpu_usage", {"service": "parcel"}, 0.2, 0.9)
    return cluster


def lossy() -> Cluster:
    cluster = slow("parcel", "ledger", "portal", by=0.6)
    cluster.series("node_tcp_retransmits", {"node": "n1"}, 0.0, 7.0)
    cluster.series("success_ratio", {"service": "parcel"}, 1.0, 0.9)
    return cluster


def cut() -> Cluster:
    cluster = slow("ledger", "portal")
    cluster.series("network_receive_packets", {"service": "parcel"}, 100.0, 0.5)
    cluster.find("services", "parcel")["spec"]["clusterIP"] = "10.96.0.7"
    says(cluster, "ledger", "ERROR Get http://parcel:80/: dial tcp 10.96.0.7:80: i/o timeout")
    return cluster


CASES = (
    Case("pod_network_delay", "parcel", delayed, busy),
    Case("pod_network_delay", "ledger", delayed_in_the_middle, lossy),
    Case("pod_network_packet_loss", "parcel", lossy, delayed, "pod_network_delay"),
    Case("pod_network_partition", "parcel", cut, delayed, "pod_network_delay"),
)
