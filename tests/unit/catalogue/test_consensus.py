"""A value counts as the usual one only where others agree on it."""

from __future__ import annotations

from sre_agent.catalogue.wrong_address import wrong_addresses
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop


def shop_with(**values: str) -> Cluster:
    cluster = shop()
    for name, value in values.items():
        for container in cluster.main(name):
            container.setdefault("env", []).append({"name": "MIRROR_URL", "value": value})
    return cluster


def weights(cluster: Cluster) -> dict[str, float]:
    found = wrong_addresses(cluster.picture())
    return {one.workload.name: one.weight for one in found if one.named.name == "MIRROR_URL"}


def test_a_setting_that_each_has_for_itself_blames_nobody() -> None:
    told = weights(shop_with(portal="http://one:80", ledger="http://two:80", parcel="http://three:80"))
    assert set(told.values()) == {0.0}


def test_the_one_that_differs_from_all_others_is_suspect() -> None:
    told = weights(
        shop_with(portal="http://parcel:80", ledger="http://parcels:80", parcel="http://parcel:80")
    )
    assert told["ledger"] > 0
