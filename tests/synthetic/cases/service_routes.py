"""Services, their ports and protocols, and the addresses and names that callers use."""

from __future__ import annotations

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import kept_shop, said_long_ago, says
from tests.worlds import workload

REFUSED = "ERROR GET http://parcel:80/stock: dial tcp 10.96.0.7:80: connect: connection refused"
TIMED_OUT = "ERROR GET http://parcel:80/stock: dial tcp 10.96.0.7:80: i/o timeout"


def alerted(cluster: Cluster | None = None) -> Cluster:
    cluster = cluster or shop()
    cluster.alert("HighErrorRate", workload("ledger"))
    return cluster


def service(cluster: Cluster, name: str = "parcel") -> dict[str, object]:
    spec = cluster.find("services", name)["spec"]
    spec["clusterIP"] = "10.96.0.7"
    return spec  # type: ignore[no-any-return]


def wrong_selector() -> Cluster:
    cluster = alerted()
    service(cluster)["selector"] = {"app": "parcels"}
    says(cluster, "ledger", REFUSED)
    return cluster


def strays() -> Cluster:
    cluster = alerted()
    service(cluster)["selector"] = {"app": "portal"}
    says(cluster, "ledger", "ERROR GET http://parcel:80/stock: status 404")
    return cluster


def unready_pods() -> Cluster:
    cluster = alerted()
    service(cluster)
    cluster.break_pods("parcel", state={"running": {}})
    says(cluster, "ledger", REFUSED)
    return cluster


def some_unready() -> Cluster:
    cluster = alerted()
    pod = cluster.pods_of("parcel")[0]
    pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return cluster


def wrong_target() -> Cluster:
    cluster = alerted()
    service(cluster)["ports"] = [{"port": 80, "targetPort": 8081}]
    cluster.attempt("parcel", 80, False, "Connection Failed")
    says(cluster, "ledger", REFUSED)
    return cluster


def wrong_name_of_port() -> Cluster:
    cluster = alerted()
    cluster.change_container("parcel", ports=[{"name": "http", "containerPort": 8080}])
    service(cluster)["ports"] = [{"port": 80, "targetPort": "web"}]
    says(cluster, "ledger", REFUSED)
    return cluster


def wrong_protocol() -> Cluster:
    cluster = alerted()
    service(cluster)["ports"] = [{"port": 80, "targetPort": 8080, "protocol": "UDP"}]
    says(cluster, "ledger", TIMED_OUT)
    return cluster


def both_protocols() -> Cluster:
    cluster = alerted()
    cluster.change_container(
        "parcel", ports=[{"containerPort": 8080}, {"containerPort": 8080, "protocol": "UDP"}]
    )
    service(cluster)["ports"] = [
        {"name": "a", "port": 80, "targetPort": 8080},
        {"name": "b", "port": 80, "targetPort": 8080, "protocol": "UDP"},
    ]
    return cluster


def wrong_host() -> Cluster:
    cluster = alerted()
    for container in cluster.main("ledger"):
        container["env"] = [{"name": "PARCEL_URL", "value": "http://parcels:80"}]
    says(
        cluster,
        "ledger",
        "ERROR Get http://parcels:80/: dial tcp: lookup parcels on 10.96.0.10:53: no such host",
    )
    return cluster


def wrong_port_of_a_host() -> Cluster:
    cluster = alerted()
    for container in cluster.main("ledger"):
        container["env"] = [{"name": "PARCEL_ADDR", "value": "parcel:8080"}]
    says(cluster, "ledger", "error: connect ETIMEDOUT parcel:8080")
    return cluster


def switched_off_collector() -> Cluster:
    """A setting that names what was never installed, in a program that is well."""
    cluster = alerted()
    for container in cluster.main("ledger"):
        container["env"].append({"name": "COLLECTOR_ADDR", "value": "collector:4317"})
    says(cluster, "ledger", "WARN slow request: 210 ms")
    return cluster


def lonely_resolver() -> Cluster:
    cluster = alerted()
    cluster.change("ledger", dnsPolicy="Default")
    says(cluster, "ledger", "java.net.UnknownHostException: parcel: Name or service not known")
    return cluster


def resolver_is_silent() -> Cluster:
    cluster = alerted()
    says(
        cluster,
        "ledger",
        "ERROR lookup parcel on 10.96.0.10:53: read udp 10.1.0.4:51000->10.96.0.10:53: i/o timeout",
        "ERROR getaddrinfo EAI_AGAIN portal",
    )
    return cluster


def once_unresolved() -> Cluster:
    cluster = alerted()
    said_long_ago(cluster, "ledger", "ERROR getaddrinfo EAI_AGAIN parcel")
    return cluster


def wrong_port_of_a_database() -> Cluster:
    cluster = kept_shop(DB_PORT="3307")
    says(cluster, "ledger", "ERROR 2003 (HY000): Can't connect to MySQL server on 'vault:3307' (110)")
    return cluster


def hidden_port_of_a_database() -> Cluster:
    """The setting lies in a Secret; only its words tell the port."""
    cluster = kept_shop()
    says(
        cluster,
        "ledger",
        "com.zaxxer.hikari.pool.HikariPool - Exception: Communications link failure for jdbc:mysql://vault:3307/shop: Connection refused",
    )
    return cluster


def alone() -> Cluster:
    cluster = kept_shop()
    says(
        cluster,
        "ledger",
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
        "Caused by: java.net.ConnectException: Connection refused",
    )
    return cluster


def alone_and_down() -> Cluster:
    cluster = alone()
    for pod in cluster.pods_of("vault"):
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return cluster


def lost_peer() -> Cluster:
    cluster = alerted()
    says(cluster, "ledger", "Peer down")
    return cluster


CASES = (
    Case(
        "mysql_invalid_port",
        "ledger",
        hidden_port_of_a_database,
        wrong_host,
        "service_env_var_address_mismatch",
    ),
    Case("mysql_invalid_port", "ledger", hidden_port_of_a_database, alone_and_down, "db_unreachable"),
    Case("pod_network_partition", "ledger", lost_peer, wrong_protocol, "service_protocol_mismatch"),
    Case("service_selector_mismatch", "parcel", wrong_selector, unready_pods, "service_no_ready_endpoints"),
    Case("service_selector_mismatch", "parcel", strays, wrong_target, "service_port_mapping_mismatch"),
    Case("service_no_ready_endpoints", "parcel", unready_pods, some_unready),
    Case(
        "service_port_mapping_mismatch", "parcel", wrong_target, wrong_protocol, "service_protocol_mismatch"
    ),
    Case(
        "service_port_mapping_mismatch",
        "parcel",
        wrong_name_of_port,
        wrong_selector,
        "service_selector_mismatch",
    ),
    Case(
        "service_protocol_mismatch", "parcel", wrong_protocol, wrong_target, "service_port_mapping_mismatch"
    ),
    Case("service_protocol_mismatch", "parcel", wrong_protocol, both_protocols),
    Case(
        "service_env_var_address_mismatch",
        "ledger",
        wrong_host,
        lonely_resolver,
        "service_dns_resolution_failure",
    ),
    Case("service_env_var_address_mismatch", "ledger", wrong_port_of_a_host, switched_off_collector),
    Case(
        "service_dns_resolution_failure",
        "ledger",
        lonely_resolver,
        wrong_host,
        "service_env_var_address_mismatch",
    ),
    Case("service_dns_resolution_failure", "ledger", resolver_is_silent, once_unresolved),
    Case(
        "mysql_invalid_port",
        "ledger",
        wrong_port_of_a_database,
        wrong_port_of_a_host,
        "service_env_var_address_mismatch",
    ),
)
