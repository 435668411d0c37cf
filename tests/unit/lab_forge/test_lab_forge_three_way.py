"""The patch of an apply: additions from live to wanted, deletions from last applied to wanted."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.lab.forge.delivery.three_way import three_way_patch


def containers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"containers": list(items)}}


CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("nothing differs", {"a": 1}, {"a": 1}, {"a": 1, "status": {}}, {}),
    ("a value changed by hand goes back", {"a": 1}, {"a": 1}, {"a": 2}, {"a": 1}),
    ("a field dropped from the manifest goes", {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2}, {"b": None}),
    ("a field somebody else added stays", {"a": 1}, {"a": 1}, {"a": 1, "c": 3}, {}),
    ("a dropped field that is gone already asks for nothing", {"a": 1, "b": 2}, {"a": 1}, {"a": 1}, {}),
    (
        "a dropped map key",
        {"data": {"x": "1", "y": "2"}},
        {"data": {"x": "1"}},
        {"data": {"x": "1", "y": "2", "z": "3"}},
        {"data": {"y": None}},
    ),
    (
        "one container of two changes",
        containers({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}),
        containers({"name": "a", "image": "a:2"}, {"name": "b", "image": "b:1"}),
        containers({"name": "a", "image": "a:1", "imagePullPolicy": "Always"}, {"name": "b", "image": "b:1"}),
        containers({"name": "a", "image": "a:2"}),
    ),
    (
        "a container leaves and another comes",
        containers({"name": "a"}, {"name": "b"}),
        containers({"name": "a"}, {"name": "c", "image": "c:1"}),
        containers({"name": "a"}, {"name": "b"}, {"name": "injected"}),
        containers({"$patch": "delete", "name": "b"}, {"name": "c", "image": "c:1"}),
    ),
    (
        "a deletion and a change inside one element",
        containers(
            {"name": "a", "image": "1", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}]}
        ),
        containers({"name": "a", "image": "2", "env": [{"name": "X", "value": "1"}]}),
        containers(
            {"name": "a", "image": "1", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}]}
        ),
        containers({"name": "a", "env": [{"$patch": "delete", "name": "Y"}], "image": "2"}),
    ),
    (
        "service ports merge by port",
        {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}},
        {"spec": {"ports": [{"port": 80, "targetPort": 8081}]}},
        {"spec": {"ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 1}]}},
        {"spec": {"ports": [{"port": 80, "targetPort": 8081}]}},
    ),
    (
        "lists of words are replaced",
        {"args": ["a"]},
        {"args": ["a", "b"]},
        {"args": ["a"]},
        {"args": ["a", "b"]},
    ),
    ("true is not one", {"a": True}, {"a": True}, {"a": 1}, {"a": True}),
]


@pytest.mark.parametrize(
    ("last", "wanted", "live", "patch"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_strategic_patch_says_only_what_must_change(
    last: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert three_way_patch(last, wanted, live, strategic=True) == patch


def test_without_strategy_a_list_is_sent_whole() -> None:
    old, new = containers({"name": "a"}, {"name": "b"}), containers({"name": "b"})
    assert three_way_patch(old, new, old, strategic=False) == new
