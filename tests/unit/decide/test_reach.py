"""How far a step reaches is counted from the topology that was just read, and never guessed."""

from __future__ import annotations

from sre_agent.decide.reach import behind, dependants, with_reach
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import StepKey
from sre_agent.domain.plan import BlastRadius, Call, Risk, Step, Undo

TOPOLOGY: JsonObject = {
    "workloads": [
        {"kind": "Deployment", "name": "cart-v1", "pods": ["cart-v1-a", "cart-v1-b"]},
        {"kind": "Deployment", "name": "cart-v2", "pods": ["cart-v2-a"]},
        {"kind": "Deployment", "name": "web", "pods": ["web-a"]},
    ],
    "services": [
        {"name": "cart", "pods": ["cart-v1-a", "cart-v1-b", "cart-v2-a"], "ready_addresses": 4},
        {"name": "web", "pods": ["web-a"], "ready_addresses": 1},
    ],
    "edges": [{"from": "web", "to": "cart", "why": "CART_URL"}],
}
CART = EntityRef(kind="Deployment", name="cart-v1", namespace="shop")


def step(target: EntityRef = CART, **blast: int) -> Step:
    return Step(
        index=0, action="rollout_restart", call=Call(server="k8s", tool="rollout_restart", arguments={}), target=target,
        statement="s", risk=Risk.LOW, undo=Undo(call=None, statement="s"), key=StepKey("key-00001"),
        blast_radius=BlastRadius(**({"pods": 2} | blast)),  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_workload_stands_behind_the_services_that_select_its_pods_whatever_their_names() -> None:
    reach = with_reach(step(), TOPOLOGY, {}).blast_radius
    assert (reach.services, reach.capacity, reach.share_of_capacity) == (("shop/cart",), 4, 0.5)


def test_dependants_are_found_up_the_whole_call_graph_the_nearest_first() -> None:
    known = {"shop/edge": ("shop/web",), "shop/batch": ("shop/edge",), "shop/cart": ("shop/db",)}
    assert with_reach(step(), TOPOLOGY, known).blast_radius.dependants == (
        "shop/web", "shop/edge", "shop/batch",
    )  # fmt: skip


def test_a_ring_of_calls_ends_and_names_nobody_as_its_own_dependant() -> None:
    ring = {"shop/a": ("shop/b",), "shop/b": ("shop/a",)}
    assert dependants(["shop/a"], ring) == ("shop/b",)


def test_where_the_topology_could_not_be_read_it_says_so_and_counts_replicas_alone() -> None:
    reach = with_reach(step(replicas_before=4), None, {"shop/web": ("shop/cart-v1",)}).blast_radius
    assert (reach.services, reach.capacity, reach.share_of_capacity) == ((), 4, 0.5)
    assert reach.dependants == ("shop/web",)
    assert reach.notes == ("Not known: the live topology.",)


def test_a_share_of_nothing_known_is_not_known() -> None:
    assert with_reach(step(), None, {}).blast_radius.share_of_capacity is None
    assert with_reach(step(pods=0), None, {}).blast_radius.share_of_capacity == 0.0


def test_a_pod_and_a_service_are_found_by_themselves() -> None:
    pod = EntityRef(kind="Pod", name="cart-v2-a", namespace="shop")
    service = EntityRef(kind="Service", name="web", namespace="shop")
    assert behind(pod, TOPOLOGY).services == ("shop/cart",)
    assert behind(service, TOPOLOGY).capacity == 1


def test_the_last_ready_replica_is_told_from_one_of_many_and_from_what_is_down_already() -> None:
    told = [BlastRadius(away=away, ready=ready).takes_last_replica
            for away, ready in ((1, 1), (1, 2), (0, 1), (1, 0), (None, 2), (1, None))]  # fmt: skip
    assert told == ["yes", "no", "no", "no", "unknown", "unknown"]
