"""The map of an incident shows what was seen, how it is, and the way from what fails to what is blamed."""

from __future__ import annotations

from sre_agent.domain.entity import EntityRef
from sre_agent.offline.topology import MOST_SPOTS, Condition, Topology, topology_of
from sre_agent.offline.topology_ties import Link
from tests.worlds import World, workload


def shop() -> World:
    """web → orders → stock; an alert is about web."""
    world = World()
    world.deployment("web", env=[{"name": "ORDERS_URL", "value": "http://orders:80"}])
    world.deployment("orders", env=[{"name": "STOCK_URL", "value": "http://stock:80"}])
    world.deployment("stock")
    world.alert("HighErrorRate", workload("web"), service="web")
    return world


def drawn(world: World, blamed: EntityRef | None) -> Topology:
    return topology_of(world.picture(), blamed)


def conditions(told: Topology) -> dict[str, Condition]:
    return {spot.id: spot.condition for spot in told.spots}


def test_the_path_leads_from_what_fails_along_the_calls_to_what_is_blamed() -> None:
    told = drawn(shop(), workload("stock"))
    assert told.path == (
        "Deployment/acme/web",
        "Service/acme/orders",
        "Deployment/acme/orders",
        "Service/acme/stock",
        "Deployment/acme/stock",
    )
    assert {(tie.source, tie.target) for tie in told.ties if tie.on_path} == set(
        zip(told.path, told.path[1:], strict=False)
    )


def test_each_object_says_how_it_is() -> None:
    world = shop()
    world.break_pods("orders")
    told = drawn(world, workload("stock"))
    of = conditions(told)
    assert of["Deployment/acme/stock"] is Condition.BLAMED
    assert (of["Deployment/acme/orders"], of["Service/acme/orders"]) == (Condition.ILL, Condition.ILL)
    assert of["Service/acme/stock"] is Condition.WELL
    says = {spot.id: spot.says for spot in told.spots}
    assert says["Deployment/acme/web"] == ("HighErrorRate fires",)
    assert "not ready" in says["Deployment/acme/orders"][0]


def test_what_was_only_named_is_not_called_well() -> None:
    assert conditions(drawn(shop(), None))["Node//n1"] is Condition.UNKNOWN


def test_a_node_is_reached_over_the_pods_that_run_there() -> None:
    told = drawn(shop(), EntityRef(kind="Node", name="n1"))
    assert told.path == ("Deployment/acme/web", "Node//n1")
    assert next(tie for tie in told.ties if tie.on_path).link is Link.RUNS_ON


def test_a_workload_is_tied_to_the_blamed_settings_that_it_reads() -> None:
    world = shop()
    world.config_map("limits", {"MAX": "1"})
    template = world.lists["deployments"][0]["spec"]["template"]
    template["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "limits"}}]
    told = drawn(world, workload("limits", kind="ConfigMap"))
    assert told.path == ("Deployment/acme/web", "ConfigMap/acme/limits")


def test_a_blamed_pod_stands_as_its_workload() -> None:
    told = drawn(shop(), workload("web-r1-0", kind="Pod"))
    assert conditions(told)["Deployment/acme/web"] is Condition.BLAMED


def test_where_nothing_ties_them_there_is_no_path_and_the_blamed_is_still_shown() -> None:
    told = drawn(shop(), workload("elsewhere", namespace="other"))
    assert (told.path, conditions(told)["Deployment/other/elsewhere"]) == ((), Condition.BLAMED)


def test_without_a_cause_nobody_is_blamed() -> None:
    told = drawn(shop(), None)
    assert (told.path, Condition.BLAMED in conditions(told).values()) == ((), False)


def test_of_too_many_objects_the_path_is_drawn_and_the_rest_counted() -> None:
    world = shop()
    for number in range(MOST_SPOTS):
        world.deployment(f"other-{number}", replicas=1)
    told = drawn(world, workload("stock"))
    assert len(told.spots) == MOST_SPOTS
    assert set(told.path) <= {spot.id for spot in told.spots}
    assert told.left_out > 0
    ids = {spot.id for spot in told.spots}
    assert all({tie.source, tie.target} <= ids for tie in told.ties)


def test_calls_that_go_round_in_a_circle_end() -> None:
    world = World()
    world.deployment("a", env=[{"name": "B", "value": "http://b:80"}])
    world.deployment("b", env=[{"name": "A", "value": "http://a:80"}])
    world.alert("Slow", workload("a"))
    assert topology_of(world.picture(), workload("nowhere")).path == ()
