"""The guilty change is found among others by what fails, where and since when; without one, none is blamed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from shops import KINDS, Shop, shop

from sre_agent.signals.changes.rank import Ranked, ranked
from sre_agent.signals.changes.symptoms import plain_name, symptoms_of
from sre_agent.signals.changes.touch import files_in, weight_of, words_in
from sre_agent.snapshots.content import Snapshot
from tests.effort import tries

ORDINARY = (
    ("deploy", "Release {service} 2.{n}.0"),
    ("config", "Raise the page size of {service}"),
    ("flag", "Turn new-banner on for a tenth of users"),
    ("merge", "Rename a helper in {service}"),
    ("scale", "Scale {service} from 3 to 4"),
    ("merge", "Fix a typo in the readme of {service}"),
)
GUILTY = {
    "cpu": ("deploy", "Compress every response of {service}"),
    "mem": ("deploy", "Keep sessions of {service} in memory"),
    "disk": ("config", "Log every query of {service} to disk"),
    "delay": ("config", "Change the upstream timeout of {service}"),
    "loss": ("config", "New network policy for {service}"),
    "socket": ("deploy", "{service} opens a connection for each request"),
}


def when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def change(at: float, kind: str, title: str, service: str | None, n: int, diff: str = "") -> dict[str, Any]:
    return {
        "at": when(at),
        "kind": kind,
        "service": service,
        "revision": f"r{n}",
        "author": "a",
        "title": title,
        "url": None,
        "diff": diff or None,
    }


def recorded(
    made: Shop, changes: list[Mapping[str, Any]], *, alert_after: float = 60.0, metrics: bool = True
) -> Snapshot:
    files: dict[str, Any] = {}
    times = made.times.tolist()
    for (service, metric), values in made.series.items():
        rows = [[t, f"{v:.6g}"] for t, v in zip(times, values.tolist(), strict=True)]
        one = {"metric": {"service": service}, "values": rows}
        files.setdefault(metric, {"data": {"result": []}})["data"]["result"].append(one)
    alert = {
        "status": "firing",
        "labels": {"alertname": "Slow", "service": made.entry},
        "annotations": {},
        "startsAt": when(made.at + alert_after),
    }
    return Snapshot(
        captured_at=datetime.fromtimestamp(float(made.times[-1]), UTC),
        cluster=None, namespace=None, complaint=None,
        metrics=files if metrics else None,
        alerts=({"alerts": [alert]},),
        topology=tuple(made.edges),
        changes=tuple(sorted(changes, key=lambda one: str(one["at"]))),
    )  # fmt: skip


def story(seed: int, kind: str, *, guilty: bool = True, metrics: bool = True) -> tuple[Ranked, str, str]:
    """What was ranked, the guilty revision, and the newest before the alert."""
    made, culprit = shop(seed, kind=kind, rows=300, step=5.0)
    dice = np.random.default_rng(seed)
    changes = []
    for n in range(int(dice.integers(4, 9))):
        what, title = ORDINARY[int(dice.integers(len(ORDINARY)))]
        service = made.names[int(dice.integers(1, len(made.names)))]
        if service != culprit:
            at = made.at - float(dice.uniform(-900, 20_000))
            changes.append(change(at, what, title.format(service=service, n=n), service, n))
    if guilty:
        what, title = GUILTY[kind]
        changes.append(
            change(made.at - float(dice.uniform(20, 1500)), what, title.format(service=culprit), culprit, 99)
        )
    snapshot = recorded(made, changes, metrics=metrics)
    found = ranked(snapshot.changes or (), snapshot.topology or (), symptoms_of(snapshot))
    before = [one for one in changes if one["at"] <= when(made.at + 60)]
    return found, "r99", max(before, key=lambda one: one["at"])["revision"] if before else ""


def test_the_guilty_change_comes_first_far_more_often_than_the_newest_is_guilty() -> None:
    told = [story(seed, kind) for kind in KINDS for seed in (1, 2, 3)[: tries(3, usual=2)]]
    first = sum(found.changes[0].revision == guilty and not found.none_to_blame for found, guilty, _ in told)
    newest = sum(newest == guilty for _, guilty, newest in told)
    assert first >= 0.85 * len(told) > newest


def test_where_no_change_fits_none_is_blamed() -> None:
    made, culprit = shop(5, kind="cpu", rows=300, step=5.0)
    after = [change(made.at + 600, "deploy", f"Release {culprit} 3", culprit, 1)]
    docs = [
        change(
            made.at - 300,
            "merge",
            "Fix a typo in the readme",
            culprit,
            2,
            "--- a/README.md\n+++ b/README.md\n+x",
        )
    ]
    long_ago = [change(made.at - 5 * 86400, "deploy", f"Release {culprit} 2", culprit, 3)]
    for changes in ([], after, docs, long_ago, after + docs + long_ago):
        snapshot = recorded(made, changes)
        assert ranked(changes, made.edges, symptoms_of(snapshot)).none_to_blame, changes


def test_what_began_after_the_symptom_is_innocent_and_says_so() -> None:
    made, culprit = shop(6, kind="delay", rows=300, step=5.0)
    changes = [
        change(made.at - 200, "deploy", f"Release {culprit} 2", culprit, 1),
        change(made.at + 400, "deploy", f"Release {culprit} 3", culprit, 2),
    ]
    snapshot = recorded(made, changes)
    found = ranked(changes, made.edges, symptoms_of(snapshot))
    assert [one.revision for one in found.changes] == ["r1", "r2"]
    assert any("after the trouble began" in why.says for why in found.changes[1].why)


def test_words_of_the_failure_decide_between_two_changes_of_one_service() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    changes = [
        change(
            start.timestamp() - 900,
            "config",
            "Lower the pool",
            "cart",
            1,
            "--- a/cart.yaml\n+++ b/cart.yaml\n-maxPoolSize: 50\n+maxPoolSize: 2",
        ),
        change(
            start.timestamp() - 300,
            "deploy",
            "New greeting",
            "cart",
            2,
            "--- a/greeting.py\n+++ b/greeting.py\n+print('hello')",
        ),
    ]
    alert = {
        "status": "firing",
        "labels": {"alertname": "CartErrors", "service": "cart"},
        "annotations": {"description": "connection pool exhausted: timeout waiting for maxPoolSize"},
        "startsAt": start.isoformat(),
    }
    snapshot = Snapshot(captured_at=start, cluster=None, namespace=None, complaint=None, alerts=({"alerts": [alert]},),
                        changes=tuple(changes))  # fmt: skip
    assert ranked(changes, (), symptoms_of(snapshot)).changes[0].revision == "r1"


def test_without_metrics_the_graph_and_the_alert_still_lead_somewhere() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    edges = [("front", "cart"), ("cart", "store"), ("front", "mail")]
    changes = [
        change(start - 600, "deploy", "Release store", "store", 1),
        change(start - 60, "deploy", "Release x", "other", 2),
    ]
    alert = {"status": "firing", "labels": {"alertname": "A", "service": "cart"}, "startsAt": when(start)}
    snapshot = Snapshot(captured_at=datetime.fromtimestamp(start, UTC), cluster=None, namespace=None, complaint=None,
                        alerts=({"alerts": [alert]},), topology=tuple(edges), changes=tuple(changes))  # fmt: skip
    assert ranked(changes, edges, symptoms_of(snapshot)).changes[0].revision == "r1"


def test_broken_entries_are_ranked_and_do_not_stop_it() -> None:
    odd: list[Mapping[str, Any]] = [
        {},
        {"at": 7, "title": None, "diff": 3, "service": 9},
        {"at": "yesterday"},
    ]
    snapshot = Snapshot(captured_at=datetime(2026, 3, 1, tzinfo=UTC), cluster=None, namespace=None, complaint=None,
                        metrics={"x": {"data": []}}, alerts=({"alerts": "no"}, {}), changes=tuple(odd))  # fmt: skip
    assert len(ranked(odd, (), symptoms_of(snapshot)).changes) == 3


@pytest.mark.parametrize(
    ("kind", "title", "diff", "least", "most"),
    [
        ("merge", "docs: explain the cart", "", 0.0, 0.2),
        ("merge", "Add tests", "--- a/tests/x.py\n+++ b/tests/x.py\n+x", 0.0, 0.2),
        ("config", "Lower the timeout", "--- a/app.yaml\n+++ b/app.yaml\n+t: 1", 0.8, 1.0),
        ("deploy", "Release", "", 0.8, 1.0),
    ],
)
def test_what_runs_no_differently_weighs_next_to_nothing(
    kind: str, title: str, diff: str, least: float, most: float
) -> None:
    assert least <= weight_of(kind, title, diff) <= most


def test_files_words_and_names_are_read_from_what_people_write() -> None:
    assert files_in("diff --git a/x.go b/x.go\n--- a/x.go\n+++ b/x.go\n+y") == ("a/x.go", "x.go") or files_in(
        "--- a/x.go\n+++ b/x.go\n+y"
    ) == ("x.go",)
    assert {"pool", "size", "maxpoolsize"} <= words_in("maxPoolSize: 5")
    assert plain_name("shop/cart-7d9f8c6b5d-x2k4p") == "cart"
    assert plain_name("cart.shop.svc:8080") == "cart"
