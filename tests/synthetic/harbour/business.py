"""Faults of code, settings, data and demand; imports no rule."""

from __future__ import annotations

from datetime import timedelta

from tests.synthetic.harbour.fault import Fault, Make
from tests.synthetic.harbour.integration import dotnet, exporter, go, java, python
from tests.synthetic.harbour.place import Place, hashed, stamp
from tests.synthetic.harbour.runtime import all_of, pod_series, says
from tests.synthetic.harbour.services import SPACE


def changed(
    service: str, kind: str, title: str, diff: str = "", before: timedelta = timedelta(minutes=2)
) -> Make:
    def make(place: Place) -> None:
        place.changes.append(
            {
                "at": stamp(place.onset - before),
                "kind": kind,
                "service": service,
                "revision": hashed(title, 7, "0123456789abcdef"),
                "author": "ines",
                "title": title,
                "url": None,
                "diff": diff or None,
            }
        )

    return make


def released(name: str, image: str) -> Make:
    """A roll-out that ended two minutes before the trouble began."""

    def make(place: Place) -> None:
        at = place.onset - timedelta(minutes=2)
        old = place.get("replicasets", place.lists_replica(name), SPACE[name])
        old["spec"]["replicas"], old["status"] = 0, {"replicas": 0}
        for box in place.containers(name):
            box["image"] = image
        label = {**old["metadata"]["labels"], "pod-template-hash": hashed(name + image, 9)}
        meta = {
            "labels": label,
            "annotations": {"deployment.kubernetes.io/revision": "8"},
            "age": place.since + timedelta(minutes=2),
            "ownerReferences": [{"kind": "Deployment", "name": name, "controller": True}],
        }
        old_box = {**old["spec"]["template"]["spec"]["containers"][0], "image": image + "-before"}
        template = old["spec"]["template"]
        new = {
            **template,
            "spec": {
                **template["spec"],
                "containers": [{**old_box, "image": image}, *template["spec"]["containers"][1:]],
            },
        }
        old["spec"]["template"] = {
            **template,
            "spec": {**template["spec"], "containers": [old_box, *template["spec"]["containers"][1:]]},
        }
        made = place.put(
            "replicasets",
            "ReplicaSet",
            f"{name}-{label['pod-template-hash']}",
            SPACE[name],
            metadata=meta,
            spec={"replicas": 2, "template": new},
            status={"replicas": 2, "readyReplicas": 2},
        )
        for pod in place.pods(name):
            pod["metadata"]["ownerReferences"] = [
                {"kind": "ReplicaSet", "name": made["metadata"]["name"], "controller": True}
            ]
            pod["metadata"]["creationTimestamp"] = stamp(at)
            for one in pod["status"]["containerStatuses"]:
                one["state"] = {"running": {"startedAt": stamp(at)}}
            for one in pod["status"]["conditions"]:
                one["lastTransitionTime"] = stamp(at)
        place.event(
            "Deployment",
            SPACE[name],
            name,
            "ScalingReplicaSet",
            f"Scaled up replica set {made['metadata']['name']} to 2 from 0",
            at=at,
            count=1,
            level="Normal",
            source="deployment-controller",
        )

    return make


def busy(*names: str, times: float) -> Make:
    return lambda place: place.busier.update(dict.fromkeys(names, times))


def loads(name: str) -> Make:
    return all_of(
        pod_series(name, "container_cpu_usage_seconds_total", 1.97, 0.3, "count", "cpu", job="kubelet")
    )


def fewer(place: Place) -> None:
    """Somebody took two of four copies away."""
    words = f"Scaled down replica set {place.lists_replica('quotes')} from 4 to 2"
    place.event(
        "Deployment",
        "booking",
        "quotes",
        "ScalingReplicaSet",
        words,
        at=place.onset - timedelta(seconds=30),
        count=1,
        level="Normal",
        source="deployment-controller",
    )


FAULTS = (
    Fault("bad_deployment", ("customs",), all_of(released("customs", "registry.harbour.example/booking/customs:v3.19.0"), changed("customs", "deploy", "customs v3.19.0: new declaration format"), says("customs", go("runtime error: index out of range [3] with length 3", "handler panicked"))), "customs"),
    Fault("bad_config_change", ("fx-rates",), all_of(changed("fx-rates", "config", "fx-rates: use the new rate feed", "-FEED_URL=https://feed.example/v2\n+FEED_URL=https://feed.example/v3-beta\n"), says("fx-rates", java("java.lang.IllegalStateException: FEED_URL: unsupported feed version v3-beta"))), "fx-rates"),
    Fault("feature_flag_regression", ("loyalty",), all_of(changed("loyalty", "flag", "Turn on loyalty-tiers-v2 for everyone"), says("loyalty", dotnet("System.NotSupportedException: tier PLATINUM is unknown in loyalty-tiers-v2"))), "loyalty"),
    Fault("feature_flag_regression", ("loyalty",), says("loyalty", "{t} info: OpenFeature[0] flag loyalty-tiers-v2 evaluated to variant on (reason: SPLIT, rollout 100%)", dotnet("System.NotSupportedException: tier PLATINUM is unknown, feature loyalty-tiers-v2 enabled")), "loyalty", form="words"),
    Fault("unhandled_exception", ("reports",), says("reports", python("Exception in ASGI application Traceback (most recent call last): File \"/app/reports/build.py\", line 88, in build rows[index] IndexError: list index out of range")), "reports"),
    Fault("null_reference", ("members",), says("members", dotnet("System.NullReferenceException: Object reference not set to an instance of an object. at Harbour.Members.Card.Render() in /src/Card.cs:line 41")), "members"),
    Fault("null_reference", ("availability",), says("availability", go("runtime error: invalid memory address or nil pointer dereference", "panic recovered")), "availability", form="go"),
    Fault("null_reference", ("payouts",), says("payouts", java("java.lang.NullPointerException: Cannot invoke \\\"c.h.Account.getIban()\\\" because \\\"account\\\" is null at c.h.p.payouts.Send.run(Send.java:77)")), "payouts", form="java"),
    Fault("deadlock", ("settlement",), says("settlement", "Found one Java-level deadlock:", '"pool-2-thread-1": waiting to lock monitor 0x00007f1 (object 0x0000000712, a java.lang.Object), which is held by "pool-2-thread-2"'), "settlement", "slow"),
    Fault("data_validation_failure", ("manifests",), says("manifests", go("validation failed: field gross_weight must be greater than 0, got -12.5", "rejecting manifest")), "manifests"),
    Fault("schema_migration_failure", ("members",), says("members", dotnet("Npgsql.PostgresException (0x80004005): 42703: column m.tier does not exist")), "members"),
    Fault("schema_migration_failure", ("ledger-api",), says("ledger-api", java("org.flywaydb.core.internal.command.DbMigrate$FlywayMigrateException: Migration V41__split_accounts.sql failed SQL State : 42P07")), "ledger-api", form="flyway"),
    Fault("data_corruption", ("ledger-pg",), all_of(says("ledger-pg", '{t} UTC [413] ERROR:  invalid page in block 4412 of relation base/16401/24576'), says("ledger-api", java("ERROR: invalid page in block 4412 of relation base/16401/24576", "o.h.engine.jdbc.spi.SqlExceptionHelper"))), "ledger-pg"),
    Fault("duplicate_processing", ("payouts",), says("payouts", java("payout 8812 was already executed: message redelivered, paid twice")), "payouts"),
    Fault("performance_regression", ("tariffs",), all_of(released("tariffs", "registry.harbour.example/booking/tariffs:v3.19.0"), changed("tariffs", "deploy", "tariffs v3.19.0: per-item surcharges"), exporter("mysql_global_status_queries", 8100, 400, kind="count", target="voyages-mysql.data:3306"), loads("tariffs")), "tariffs", "slow"),
    Fault("missing_index", ("voyages-mysql",), all_of(says("voyages-mysql", "# Query_time: 12.411  Lock_time: 0.000  Rows_sent: 2  Rows_examined: 18211044 SET timestamp=1802182800; SELECT * FROM sailings WHERE vessel_code = 'X';"), exporter("mysql_global_status_select_full_join", 50, 0, kind="count", target="voyages-mysql.data:3306")), "voyages-mysql", "slow"),
    Fault("traffic_surge", ("front-proxy", "quotes", "login", "harbour-web", "voyages", "tariffs"), all_of(busy("front-proxy", "harbour-web", "quotes", "voyages", "login", "tariffs", "itinerary", "members", "berths", times=7.0), loads("quotes")), "quotes", "slow"),
    Fault("capacity_shortfall", ("quotes",), all_of(fewer, loads("quotes")), "quotes", "slow"),
)  # fmt: skip
