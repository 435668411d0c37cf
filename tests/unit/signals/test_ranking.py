"""Who is at fault is told from series of shops the rules have never seen: by kind of fault, with and without a graph."""

from __future__ import annotations

import numpy as np
import pytest
from shops import KINDS, Shop, shop

from sre_agent.signals.ranking.blame import Blame, blame
from sre_agent.signals.ranking.kinds import Role, role_of
from sre_agent.signals.ranking.suspects import Asked
from sre_agent.signals.ranking.table import Table, TableError, read_graph, read_table
from tests.effort import tries


def judged(made: Shop, *, graph: bool = True, target: bool = False, late_seconds: float = 0.0) -> Blame:
    table = read_table(made.csv())
    edges = read_graph(made.graph()) if graph else ()
    return blame(table, Asked(made.at + late_seconds, edges, made.entry if target else ""))


@pytest.mark.parametrize("kind", KINDS)
def test_the_service_at_fault_comes_first(kind: str) -> None:
    for seed in (11, 12)[: tries(2, usual=1)]:
        made, culprit = shop(seed, kind=kind, rows=400)
        found = judged(made, target=True)
        assert found.services[0].service == culprit
        assert not found.healthy


@pytest.mark.parametrize("kind", ["cpu", "mem", "disk", "socket"])
def test_the_series_that_was_tampered_with_comes_first(kind: str) -> None:
    made, culprit = shop(21, kind=kind, rows=400)
    first = judged(made).suspects[0]
    assert (first.service, first.metric) == (culprit, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_graph_it_is_among_the_first_three(kind: str) -> None:
    made, culprit = shop(31, kind=kind, rows=400)
    assert culprit in [one.service for one in judged(made, graph=False).services[:3]]


@pytest.mark.parametrize("kind", ["cpu", "delay"])
def test_an_alert_that_comes_minutes_late_changes_nothing(kind: str) -> None:
    made, culprit = shop(41, kind=kind, rows=500)
    assert judged(made, late_seconds=90).services[0].service == culprit


def test_a_shop_without_a_fault_is_healthy() -> None:
    for seed in range(tries(4, usual=2)):
        made, _ = shop(50 + seed, rows=400)
        assert judged(made, target=True).healthy
        assert judged(made).healthy


def test_load_that_rises_for_everybody_blames_no_cpu() -> None:
    made, _ = shop(61, rows=400)
    surge = np.where(made.times >= made.at, 1.6, 1.0)
    for name in made.names:
        for metric in ("workload", "cpu"):
            made.series[name, metric] = made.series[name, metric] * surge
    assert all(one.score < 0.4 for one in judged(made).suspects if one.metric == "cpu")


def test_gaps_and_series_that_were_hardly_ever_there_do_not_take_the_lead() -> None:
    made, culprit = shop(71, kind="delay", rows=400)
    dice = np.random.default_rng(1)
    for key, values in made.series.items():
        made.series[key] = np.where(dice.random(values.size) < 0.2, np.nan, values)
    rare = np.full(made.times.size, np.nan)
    rare[::60] = 1.0
    rare[made.times >= made.at] = 90.0
    made.series["stranger", "latency-90"] = rare
    assert judged(made).services[0].service == culprit


def test_the_same_table_gives_the_same_answer() -> None:
    made, _ = shop(81, kind="loss", rows=300)
    first, second = judged(made), judged(made)
    assert first.services == second.services


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("cpu", Role.RESOURCE),
        ("container-cpu-usage-seconds-total", Role.RESOURCE),
        ("latency-p99", Role.LATENCY),
        ("istio_request_duration_p50", Role.LATENCY),
        ("availability", Role.HEALTH),
        ("http_5xx_errors", Role.FAILURE),
        ("network_receive_errors", Role.NETWORK),
        ("tcpRetransmits", Role.NETWORK),
        ("rx_bytes", Role.VOLUME),
        ("memory_bytes", Role.RESOURCE),
        ("requests", Role.TRAFFIC),
        ("something", Role.OTHER),
    ],
)
def test_a_metrics_name_tells_what_it_is(metric: str, role: Role) -> None:
    assert role_of(metric) is role


def test_services_given_by_name_may_hold_the_separator() -> None:
    rows = "\n".join(f"{at},1,2" for at in range(9))
    table = read_table(f"time,a_b_cpu_used,a_mem\n{rows}", ["a", "a_b"])
    assert [(one.service, one.metric) for one in table.columns] == [("a_b", "cpu_used"), ("a", "mem")]
    assert next((one.service, one.metric) for one in read_table(f"time,a_b_cpu,x_mem\n{rows}").columns) == (
        "a_b",
        "cpu",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first column should be `time`"),
        ("when,a_cpu\n1,2", "first column should be `time`"),
        ("time,a_cpu\n1,2", "1 rows are too few"),
        ("time,a_cpu\nnoon,2", "row 2: the time should be a number"),
        ("time,a_cpu\n1,2,3", "row 2 has 3 cells"),
    ],
)
def test_a_wrong_table_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TableError, match=said.replace("(", r"\(")):
        read_table(text)


def test_a_graph_without_its_columns_is_refused() -> None:
    with pytest.raises(TableError, match="caller,callee"):
        read_graph("from,to\na,b")


def test_silence_everywhere_is_healthy_and_no_crash() -> None:
    times = np.arange(40, dtype=float)
    empty = Table(
        times, tuple(read_table("time,a_cpu,b_latency\n" + "\n".join(f"{t}," for t in range(40))).columns)
    )
    assert blame(empty, Asked(30.0)).healthy
