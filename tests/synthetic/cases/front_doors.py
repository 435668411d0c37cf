"""Gateways, ingresses, policies and the mesh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import says
from tests.worlds import NOW, stamp, workload

NGINX = "server {{ listen 80; location /ledger/ {{ proxy_pass http://{ledger}:80; }} location /parcel/ {{ proxy_pass http://{parcel}:80; }} location /portal/ {{ proxy_pass http://portal:80; }} }}"


def alerted(name: str = "parcel") -> Cluster:
    cluster = shop()
    cluster.alert("HighErrorRate", workload(name))
    return cluster


def gateway(ledger: str = "ledger", parcel: str = "parcel") -> Cluster:
    cluster = alerted("edge")
    cluster.deployment("edge", image="reg.example/nginx:1.27", volumes=[])
    right = NGINX.format(ledger="ledger", parcel="parcel")
    cluster.config_map(
        "edge-conf", {"default.conf": NGINX.format(ledger=ledger, parcel=parcel)}, {"default.conf": right}
    )
    cluster.change("edge", volumes=[{"name": "conf", "configMap": {"name": "edge-conf"}}])
    cluster.healthy_signals("edge")
    return cluster


def wrong_way() -> Cluster:
    return gateway(parcel="ledger")


def way_to_nothing() -> Cluster:
    return gateway(parcel="parcels")


def right_way() -> Cluster:
    return gateway()


def ingress(
    service: str = "portal",
    port: int = 80,
    *,
    named: str | None = "nginx",
    tls: str = "",
    address: bool = True,
) -> Cluster:
    cluster = alerted("portal")
    cluster.named(
        "ingressclasses",
        "IngressClass",
        "nginx",
        namespaced=False,
        spec={"controller": "k8s.io/ingress-nginx"},
    )
    path = {
        "path": "/",
        "pathType": "Prefix",
        "backend": {"service": {"name": service, "port": {"number": port}}},
    }
    spec: dict[str, Any] = {"rules": [{"host": "shop.example", "http": {"paths": [path]}}]}
    if named:
        spec["ingressClassName"] = named
    if tls:
        spec["tls"] = [{"hosts": ["shop.example"], "secretName": tls}]
        cluster.named("secrets", "Secret", "shop-cert", type="kubernetes.io/tls", data={"tls.crt": ""})
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}} if address else {}
    cluster.named("ingresses", "Ingress", "front", spec=spec, status=status)
    return cluster


def no_backend() -> Cluster:
    return ingress("portals")


def wrong_backend_port() -> Cluster:
    return ingress(port=8080)


def no_class() -> Cluster:
    return ingress(named=None, address=False)


def unknown_class() -> Cluster:
    return ingress(named="traefik", address=False)


def served() -> Cluster:
    return ingress(tls="shop-cert")


def no_certificate() -> Cluster:
    return ingress(tls="shop-tls")


def policy(cluster: Cluster, name: str, selector: dict[str, Any], **spec: Any) -> None:
    meta = {"creationTimestamp": stamp(NOW - timedelta(minutes=3))}
    cluster.named(
        "networkpolicies", "NetworkPolicy", name, metadata=meta, spec={"podSelector": selector, **spec}
    )


def walled() -> Cluster:
    cluster = alerted("ledger")
    policy(cluster, "parcel-in", {"matchLabels": {"app": "parcel"}}, policyTypes=["Ingress"],
           ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "portal"}}}]}])  # fmt: skip
    says(cluster, "ledger", "ERROR GET http://parcel:80/stock: context deadline exceeded")
    return cluster


def gated() -> Cluster:
    """A policy that admits the caller on the right port."""
    cluster = alerted("ledger")
    policy(cluster, "parcel-in", {"matchLabels": {"app": "parcel"}}, policyTypes=["Ingress"],
           ingress=[{"from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["ledger"]}]}}],
                     "ports": [{"port": 8080, "protocol": "TCP"}]}])  # fmt: skip
    return cluster


def shut_in() -> Cluster:
    cluster = alerted("ledger")
    policy(cluster, "deny-egress", {"matchLabels": {"app": "ledger"}}, policyTypes=["Egress"], egress=[])
    says(cluster, "ledger", "ERROR getaddrinfo EAI_AGAIN parcel")
    return cluster


def route(**rule: Any) -> Cluster:
    cluster = alerted("parcel")
    rules = [{"route": [{"destination": {"host": "parcel", "subset": "v2"}}], **rule}]
    cluster.named("virtualservices", "VirtualService", "parcel", spec={"hosts": ["parcel"], "http": rules})
    return cluster


def no_subset() -> Cluster:
    cluster = route()
    says(cluster, "ledger", 'WARN "GET /stock HTTP/1.1" 503 NC cluster_not_found - parcel:80')
    return cluster


def subset() -> Cluster:
    cluster = route()
    spec = {"host": "parcel", "subsets": [{"name": "v2", "labels": {"app": "parcel"}}]}
    cluster.named("destinationrules", "DestinationRule", "parcel", spec=spec)
    return cluster


def left_over_fault() -> Cluster:
    cluster = subset()
    cluster.find("virtualservices", "parcel")["spec"]["http"][0]["fault"] = {
        "abort": {"percentage": {"value": 50}, "httpStatus": 503}
    }
    return cluster


CASES = (
    Case("gateway_misroute", "edge", wrong_way, right_way),
    Case("gateway_misroute", "edge", way_to_nothing, no_backend, "ingress_misconfigured"),
    Case("ingress_misconfigured", "front", no_backend, no_class, "ingress_class_missing"),
    Case("ingress_misconfigured", "front", wrong_backend_port, served),
    Case("ingress_class_missing", "front", no_class, served),
    Case("ingress_class_missing", "front", unknown_class, wrong_backend_port, "ingress_misconfigured"),
    Case("tls_certificate_invalid", "front", no_certificate, served),
    Case("network_policy_blocking", "parcel", walled, gated),
    Case("network_policy_blocking", "ledger", shut_in, no_subset, "service_mesh_misconfigured"),
    Case("service_mesh_misconfigured", "parcel", no_subset, subset),
    Case("service_mesh_misconfigured", "parcel", left_over_fault, walled, "network_policy_blocking"),
)
