"""The arithmetic of roll-outs never goes below or above what the Deployment allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.lab.kube.controllers import rollout
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.rules.numbers import share


def replica_set(name: str, size: int, available: int, age: int = 0, maximum: int = 0) -> Obj:
    annotations = {rollout.MAXIMUM: str(maximum)} if maximum else {}
    meta = {
        "name": name,
        "creationTimestamp": f"2026-01-01T00:00:{59 - age:02d}Z",
        "annotations": annotations,
    }
    return {"metadata": meta, "spec": {"replicas": size}, "status": {"availableReplicas": available}}


def deployment(replicas: int, surge: int | str = "25%", unavailable: int | str = "25%") -> Obj:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    return {"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}}


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (4, "25%", "25%", (1, 1)),
        (3, "25%", "25%", (1, 0)),
        (1, "25%", "25%", (1, 0)),
        (10, 3, 0, (3, 0)),
        (2, 0, "25%", (0, 1)),
    ],
)
def test_fences_round_surge_up_and_unavailability_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    fence = rollout.fence_of(deployment(replicas, surge, unavailable))
    assert (fence.surge, fence.unavailable) == expected


def test_a_recreate_may_lose_everything() -> None:
    fence = rollout.fence_of({"spec": {"replicas": 3, "strategy": {"type": "Recreate"}}})
    assert (fence.minimum, fence.maximum) == (0, 3)


def test_sick_replicas_of_the_old_go_before_healthy_ones() -> None:
    fence = rollout.fence_of(deployment(4, 1, 1))
    old = [replica_set("broken", 2, 0, age=1), replica_set("fine", 2, 2, age=2)]
    assert rollout.shrunk(fence, replica_set("new", 1, 1), old)["broken"] == 0


@given(
    st.integers(0, 20),
    st.integers(0, 5),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=4),
)
def test_no_step_leaves_the_fence(
    replicas: int, surge: int, unavailable: int, sizes: list[tuple[int, int]]
) -> None:
    fence = rollout.fence_of(deployment(replicas, surge, unavailable))
    sets = [replica_set(f"r{i}", size, min(size, ready), i) for i, (size, ready) in enumerate(sizes)]
    new, *old = sets
    before = rollout.total(sets)
    grown = rollout.grown(fence, new, sets)
    if rollout.size(new) <= replicas:
        assert before - rollout.size(new) + grown <= max(before, fence.maximum)
        assert grown <= max(rollout.size(new), replicas)
    shrunk = rollout.shrunk(fence, new, old)
    available = sum(rollout.available(one) for one in sets)
    lost = sum(
        max(0, rollout.available(one) - shrunk[one["metadata"]["name"]])
        for one in old
        if one["metadata"]["name"] in shrunk
    )
    assert available - lost >= min(available, fence.minimum)
    assert all(
        0 <= size <= rollout.size(next(o for o in old if o["metadata"]["name"] == name))
        for name, size in shrunk.items()
    )


@given(st.integers(0, 30), st.integers(1, 10), st.integers(0, 10))
def test_a_scale_in_the_middle_fills_the_fence_exactly(replicas: int, first: int, second: int) -> None:
    wanted = deployment(replicas, 2, 1)
    fence = rollout.fence_of(wanted)
    sets = [
        replica_set("a", first, first, 1, first + second),
        replica_set("b", second, second, 2, first + second),
    ]
    sizes = rollout.proportional(wanted, sets)
    assert all(size >= 0 for size in sizes.values())
    assert sum(sizes.values()) == (fence.maximum if replicas else 0)


@pytest.mark.parametrize(("value", "up", "down"), [("25%", 2, 1), (3, 3, 3), ("100%", 5, 5), (None, 0, 0)])
def test_a_share_is_a_number_or_a_part(value: int | str | None, up: int, down: int) -> None:
    assert (share(value, 5, round_up=True), share(value, 5, round_up=False)) == (up, down)
