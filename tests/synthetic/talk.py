"""What programs say, and a shop whose workloads keep a database, a cache and a queue; imports no rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, ONSET, stamp, workload

APP = ("ledger", "parcel")


def says(cluster: Cluster, name: str, *lines: str, times: int = 3) -> None:
    """Every pod of a workload says these lines several times, from the onset until now."""
    said = [
        f"{stamp(ONSET + (NOW - ONSET) * number / times)} {line}" for number in range(times) for line in lines
    ]
    for pod in cluster.pods_of(name):
        cluster.log(pod["metadata"]["name"], [*said, f"{stamp(NOW)} INFO served"])


def said_long_ago(cluster: Cluster, name: str, *lines: str) -> None:
    """The same lines a day before, and quiet work since."""
    old = NOW - timedelta(days=1)
    for pod in cluster.pods_of(name):
        quiet = [f"{stamp(old + timedelta(hours=hour))} INFO served" for hour in range(1, 25)]
        cluster.log(pod["metadata"]["name"], [*(f"{stamp(old)} {line}" for line in lines), *quiet])


def told(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def kept_shop(alert: str = "ledger", **settings: str) -> Cluster:
    """The shop, with a database `vault`, a cache `larder` and a queue `belt` that ledger and parcel use.

    `settings`: variables of ledger that differ from what parcel has.
    """
    cluster = shop()
    data_store(cluster, "vault", "reg.example/mysql:8.0", 3306, kind="StatefulSet")
    data_store(cluster, "larder", "reg.example/redis:7", 6379)
    data_store(cluster, "belt", "reg.example/rabbitmq:3", 5672)
    usual = {
        "DB_HOST": "vault",
        "DB_PORT": "3306",
        "DB_USER": "app",
        "CACHE_ADDR": "larder:6379",
        "QUEUE_URL": "amqp://belt:5672",
    }
    for name in APP:
        mine = {**usual, **(settings if name == "ledger" else {})}
        for container in cluster.main(name):
            container.setdefault("env", []).extend(
                told(key, value)
                for key, value in mine.items()
                if not any(one["name"] == key for one in container["env"])
            )
        cluster.edges += [(name, store) for store in ("vault", "larder", "belt")]
    if alert:
        cluster.alert("HighErrorRate", workload(alert))
    return cluster


def data_store(cluster: Cluster, name: str, image: str, port: int, *, kind: str = "Deployment") -> None:
    container: dict[str, Any] = {"image": image, "ports": [{"containerPort": port}]}
    if kind == "StatefulSet":
        cluster.stateful_set(name, **container)
        spec = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": port}]}
        cluster.named("services", "Service", name, spec=spec)
    else:
        cluster.deployment(name, replicas=1, port=port, image=image)
        cluster.find("services", name)["spec"]["ports"] = [{"port": port, "targetPort": port}]
    cluster.series("traffic", {"service": name}, 5.0, 5.0)
    cluster.series("errors", {"service": name}, 0.0, 0.0)
