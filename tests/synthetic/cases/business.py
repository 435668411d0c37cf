"""Releases, settings, flags, defects, data and demand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import kept_shop, said_long_ago, says
from tests.worlds import ONSET, stamp, workload

TRACE = (
    "ERROR cannot price the basket",
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3.11/site-packages/flask/app.py", line 1820, in full_dispatch_request',
    '  File "/app/ledger/prices.py", line 88, in total',
)


def traced(*lines: str, release: bool = False, old: bool = False) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop()
        (said_long_ago if old else says)(cluster, "ledger", *lines)
        if release:
            rolled_out(cluster, image="reg.example/ledger:2.0")
            cluster.series("errors", {"service": "ledger"}, 0.0, 0.5)
        return cluster

    make.__name__ = "_".join(lines[-1].split()[:4]) + ("_released" if release else "")
    return make


def rolled_out(cluster: Cluster, at: timedelta = timedelta(seconds=20), **fields: Any) -> None:
    """A second revision of ledger shortly before the onset."""
    template = copy.deepcopy(cluster.any_workload("ledger")["spec"]["template"])
    template["spec"]["containers"][0].update(fields)
    cluster.replica_set("ledger", 2, template, ONSET - at)
    cluster.any_workload("ledger")["spec"]["template"] = copy.deepcopy(template)


def changed(kind: str, title: str, minutes: float) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop()
        says(cluster, "ledger", "ERROR total is negative: discount applied twice")
        at = ONSET - timedelta(minutes=minutes)
        cluster.changes.append(
            {"at": stamp(at), "kind": kind, "service": "ledger", "revision": "r7", "title": title}
        )
        return cluster

    make.__name__ = f"{kind}_{minutes:.0f}_minutes_before"
    return make


def variable(name: str, before: str, now: str) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop(**{name: before})
        env = copy.deepcopy(cluster.main("ledger")[0]["env"])
        for one in env:
            if one["name"] == name:
                one["value"] = now
        rolled_out(cluster, env=env)
        says(cluster, "ledger", "ERROR basket rejected")
        return cluster

    make.__name__ = f"{name}_{now}"
    return make


def slow(*, release: bool, by: float = 2.0, traffic: float = 5.0) -> Cluster:
    cluster = shop()
    for number, name in enumerate(("ledger", "portal")):
        cluster.series("latency", {"service": name}, 0.05, by * (1 + 0.1 * number))
    for name in ("portal", "ledger", "parcel"):
        cluster.series("traffic", {"service": name}, 5.0, traffic)
    if release:
        rolled_out(cluster, image="reg.example/ledger:2.0")
    cluster.alert("HighLatency", workload("portal"))
    return cluster


def slow_release() -> Cluster:
    return slow(release=True)


def slow_network() -> Cluster:
    return slow(release=False)


def surge() -> Cluster:
    return slow(release=False, traffic=20.0)


def fewer() -> Cluster:
    cluster = slow(release=False)
    cluster.event(
        "Deployment", "ledger", "ScalingReplicaSet", "Scaled down replica set ledger-r1 from 4 to 1"
    )
    return cluster


def refusing() -> Cluster:
    cluster = kept_shop()
    says(cluster, "ledger", "WARN server is overloaded, rejecting new requests")
    return cluster


NULL = traced(*TRACE, "AttributeError: 'NoneType' object has no attribute 'amount'")
NULL_JS = traced(
    "TypeError: Cannot read properties of undefined (reading 'amount')",
    "    at total (/app/src/prices.js:88:14)",
)
UNHANDLED = traced(*TRACE, "KeyError: 'EUR'")
UNHANDLED_GO = traced(
    "panic: runtime error: index out of range [3] with length 3",
    "goroutine 17 [running]:",
    "main.total(...)",
    "\t/src/prices.go:88 +0x1d",
)
UNHANDLED_OLD = traced(*TRACE, "KeyError: 'EUR'", old=True)
RELEASED = traced(*TRACE, "KeyError: 'EUR'", release=True)
STUCK = traced("fatal error: all goroutines are asleep - deadlock!")
STUCK_JVM = traced(
    "Found one Java-level deadlock:",
    '"worker-1": waiting to lock monitor 0x00007f2 (object 0x0000, a Basket)',
)
TRANSACTIONS = traced(
    "ERROR 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"
)
ENDLESS = traced("RecursionError: maximum recursion depth exceeded while calling a Python object")
ENDLESS_JVM = traced("java.lang.StackOverflowError: null", "\tat shop.Prices.total(Prices.java:88)")
INVALID = traced(
    'ERROR new row for relation "orders" violates check constraint "positive_total" (SQLSTATE 23514)'
)
INVALID_TWO = traced("ERROR payload validation failed: total must be a number")
NO_COLUMN = traced("ERROR: column orders.discount does not exist (SQLSTATE 42703)")
DIRTY = traced("FATAL Dirty database version 41. Fix and force version.")
TWICE = traced('ERROR duplicate key value violates unique constraint "payments_pkey" (SQLSTATE 23505)')
TWICE_TWO = traced("ERROR order 77 already processed, refusing to charge again")
FLAG = changed("flag", "Switch new-discounts on for everyone", 4)
FLAG_LATER = changed("flag", "Switch new-discounts on for everyone", -1.5)
CONFIG = changed("config", "Set ROUNDING to up", 4)
DEPLOY = changed("deploy", "Deploy ledger 2.0", 4)
FLAG_VARIABLE = variable("FEATURE_DISCOUNTS", "false", "true")
SET_VARIABLE = variable("ROUNDING", "down", "sideways")
FINE = traced("WARN slow request: 210 ms")


def damaged() -> Cluster:
    cluster = kept_shop("vault")
    says(cluster, "vault", "ERROR: invalid page in block 4711 of relation base/16384/2619 (SQLSTATE XX001)")
    return cluster


def full() -> Cluster:
    cluster = kept_shop("vault")
    says(
        cluster,
        "vault",
        "ERROR: could not extend file base/16384/2619: No space left on device (SQLSTATE 53100)",
    )
    return cluster


CASES = (
    Case("null_reference", "ledger", NULL, UNHANDLED, "unhandled_exception"),
    Case("null_reference", "ledger", NULL_JS, UNHANDLED_GO, "unhandled_exception"),
    Case("unhandled_exception", "ledger", UNHANDLED, NULL, "null_reference"),
    Case("unhandled_exception", "ledger", UNHANDLED_GO, UNHANDLED_OLD),
    Case("unhandled_exception", "ledger", UNHANDLED, RELEASED, "bad_deployment"),
    Case("bad_deployment", "ledger", RELEASED, UNHANDLED, "unhandled_exception"),
    Case("bad_deployment", "ledger", DEPLOY, FLAG_LATER),
    Case("deadlock", "ledger", STUCK, TRANSACTIONS, "db_lock_contention"),
    Case("deadlock", "ledger", STUCK_JVM, ENDLESS, "infinite_loop"),
    Case("infinite_loop", "ledger", ENDLESS, STUCK, "deadlock"),
    Case("infinite_loop", "ledger", ENDLESS_JVM, UNHANDLED, "unhandled_exception"),
    Case("data_validation_failure", "ledger", INVALID, TWICE, "duplicate_processing"),
    Case("data_validation_failure", "ledger", INVALID_TWO, NO_COLUMN, "schema_migration_failure"),
    Case("schema_migration_failure", "ledger", NO_COLUMN, INVALID, "data_validation_failure"),
    Case("schema_migration_failure", "ledger", DIRTY, FINE),
    Case("data_corruption", "vault", damaged, full, "db_disk_full"),
    Case("duplicate_processing", "ledger", TWICE, INVALID, "data_validation_failure"),
    Case("duplicate_processing", "ledger", TWICE_TWO, FINE),
    Case("feature_flag_regression", "ledger", FLAG, FLAG_LATER),
    Case("feature_flag_regression", "ledger", FLAG_VARIABLE, SET_VARIABLE, "bad_config_change"),
    Case("bad_config_change", "ledger", CONFIG, FLAG, "feature_flag_regression"),
    Case("bad_config_change", "ledger", SET_VARIABLE, FLAG_VARIABLE, "feature_flag_regression"),
    Case("performance_regression", "ledger", slow_release, slow_network, "pod_network_delay"),
    Case("traffic_surge", "portal", surge, slow_network, "pod_network_delay"),
    Case("capacity_shortfall", "ledger", fewer, surge, "traffic_surge"),
    Case("capacity_shortfall", "ledger", refusing, FINE),
)
