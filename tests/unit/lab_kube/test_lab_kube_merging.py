"""Field sets and strategic merges, property by property."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.registry import fieldsets, strategic
from infrastructure.lab.kube.registry.patching import json_patch, merge_patch

NAMES = st.sampled_from(["a", "b", "c"])
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "image": st.sampled_from(["x:1", "y:2"])}, optional={"env": st.just([])}
    ),
    unique_by=lambda one: one["name"],
    max_size=3,
)


def pod(containers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"metadata": {"name": "p", "labels": {"k": "v"}}, "spec": {"containers": containers}}


@given(CONTAINERS)
def test_a_field_set_survives_being_written_down(containers: list[dict[str, Any]]) -> None:
    found = fieldsets.owned("V1Pod", pod(containers))
    assert fieldsets.load(fieldsets.dump(found)) == found


@given(CONTAINERS)
def test_every_owned_path_leads_to_a_value(containers: list[dict[str, Any]]) -> None:
    obj = pod(containers)
    for path in fieldsets.owned("V1Pod", obj):
        assert fieldsets.lookup(obj, path) is not None


@given(CONTAINERS, CONTAINERS)
def test_a_strategic_merge_holds_all_of_both_and_lets_the_patch_win(
    before: list[dict[str, Any]], patch: list[dict[str, Any]]
) -> None:
    merged = strategic.merge("V1Pod", pod(before), {"spec": {"containers": patch}})
    images = {one["name"]: one["image"] for one in merged["spec"]["containers"]}
    assert images == {one["name"]: one["image"] for one in (*before, *patch)}


@given(CONTAINERS)
def test_a_strategic_merge_changes_neither_argument(containers: list[dict[str, Any]]) -> None:
    original = pod([{"name": "a", "image": "x:1"}])
    patch = {"spec": {"containers": containers, "$setElementOrder/containers": [{"name": "a"}]}}
    strategic.merge("V1Pod", original, patch)
    assert original == pod([{"name": "a", "image": "x:1"}])


def test_the_order_a_client_asks_for_is_kept() -> None:
    original = pod([{"name": "a"}, {"name": "b"}, {"name": "c"}])
    patch = {"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": []}}
    merged = strategic.merge("V1Pod", original, patch)
    assert [one["name"] for one in merged["spec"]["containers"]] == ["c", "a", "b"]


def test_finalizers_are_added_to_and_taken_from() -> None:
    original = {"metadata": {"finalizers": ["a", "b"]}}
    patch = {"metadata": {"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert strategic.merge("V1Pod", original, patch)["metadata"]["finalizers"] == ["b", "c"]


def test_retained_keys_drop_the_others() -> None:
    original = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    change = {"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "c"}}
    merged = strategic.merge("V1Pod", original, {"spec": {"volumes": [change]}})
    assert merged["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]


def test_an_item_without_its_key_is_a_bad_request() -> None:
    with pytest.raises(ApiError) as caught:
        strategic.merge("V1Pod", pod([]), {"spec": {"containers": [{"image": "x"}]}})
    assert caught.value.code == 400


@given(st.dictionaries(NAMES, st.one_of(st.none(), st.integers(), st.dictionaries(NAMES, st.integers()))))
def test_a_merge_patch_is_done_when_done_once(patch: dict[str, Any]) -> None:
    once = merge_patch({"a": 1, "b": {"c": 2}}, patch)
    assert merge_patch(once, patch) == once


@pytest.mark.parametrize(
    "operations", ["text", {"op": "add"}, [{"op": "leap", "path": "/a"}], [{"path": "/a"}], [1]]
)
def test_what_is_no_json_patch_is_a_bad_request(operations: Any) -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({"a": 1}, operations)
    assert caught.value.code == 400
