"""Objects leave without noise and without Secrets' values; pointers and patches say exactly what is meant."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.k8s import kinds, pointers, shape
from mcp_servers.k8s.pointers import ABSENT, at, pointer, put, puts, with_values
from mcp_servers.k8s.refusals import Refused, is_budget, refused
from mcp_servers.k8s.rollouts import of_sources
from mcp_servers.kit.errors import Code
from tests.unit.k8s.fake_api import deployment, replica_set


def test_a_secrets_values_never_leave_not_even_inside_its_annotations() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {
            "name": "db",
            "annotations": {shape.LAST_APPLIED: '{"data":{"p":"aHVudGVyMg=="}}', "a": "b"},
        },
        "data": {"p": "aHVudGVyMg=="},
        "stringData": {"q": "hunter2"},
    }
    clean = shape.cleaned(secret)
    assert clean["data"] == {"p": ""}
    assert clean["stringData"] == {"q": ""}
    assert clean["metadata"]["annotations"] == {"a": "b"}
    assert secret["data"] == {"p": "aHVudGVyMg=="}


def test_items_of_a_list_say_what_they_are_and_lose_managed_fields() -> None:
    item = {"metadata": {"name": "x", "managedFields": [{}]}, "spec": {}}
    clean = shape.cleaned(item, kinds.of("deployments"))
    assert (clean["kind"], clean["apiVersion"]) == ("Deployment", "apps/v1")
    assert "managedFields" not in clean["metadata"]


NAMES = st.text(st.sampled_from("ab/~0"), min_size=1, max_size=4)
TREES = st.recursive(
    st.integers(0, 3) | st.text(max_size=2),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, TREES, max_size=3), st.lists(NAMES, min_size=1, max_size=3), st.integers(4, 6))
def test_putting_a_value_makes_it_stand_there_and_taking_it_away_leaves_nothing(
    tree: dict[str, Any], parts: list[str], new: int
) -> None:
    path = pointer(*parts)
    parents = [at(tree, pointer(*parts[:depth])) for depth in range(len(parts))]
    if any(not isinstance(parent, dict) and parent is not ABSENT for parent in parents):
        return
    changed = jsonpatch.apply_patch(tree, put(tree, path, new))
    assert at(changed, path) == new
    gone = jsonpatch.apply_patch(changed, put(changed, path, None))
    assert at(gone, path) is ABSENT
    assert put(changed, path, new) == []


def test_a_missing_parent_of_two_fields_is_made_once() -> None:
    operations = puts({}, {"/limits/cpu": "1", "/limits/memory": "2"})
    assert jsonpatch.apply_patch({}, operations) == {"limits": {"cpu": "1", "memory": "2"}}
    assert pointers.adds_parents(operations)
    assert not pointers.adds_parents(put({"a": 1}, "/a", 2))


def test_values_may_be_put_back_into_a_copy() -> None:
    tree = {"a": {"b": [1, 2]}, "c": 3}
    before = copy.deepcopy(tree)
    assert with_values(tree, {"/a/b/1": 9, "/c": None, "/d": 4, "/a/b/7": 1}) == {"a": {"b": [1, 9]}, "d": 4}
    assert tree == before


def test_a_diff_shows_what_changes_and_not_what_the_server_counts() -> None:
    before = {**deployment(), "metadata": {"name": "cart", "resourceVersion": "1", "generation": 1}}
    after = copy.deepcopy(before)
    after["metadata"] = {
        "name": "cart",
        "resourceVersion": "2",
        "generation": 2,
        "annotations": {shape.STEP: "k"},
    }
    assert shape.unified_diff(before, after) == ""
    after["spec"]["replicas"] = 4
    diff = shape.unified_diff(before, after)
    assert "-  replicas: 3\n+  replicas: 4\n" in diff
    assert "resourceVersion" not in diff
    assert shape.STEP not in diff


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"a": "b", "c": "d"}}, "a=b,c=d"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}, "a in (x,y)"),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}, "a notin (x)"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a"),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "!a"),
        ({}, ""),
    ],
)
def test_a_workloads_selector_as_text(selector: dict[str, Any], text: str) -> None:
    assert shape.label_selector(selector) == text


def test_an_empty_service_selector_selects_nothing() -> None:
    assert not shape.selects({}, {"metadata": {"labels": {"a": "b"}}})
    assert shape.selects({"a": "b"}, {"metadata": {"labels": {"a": "b", "c": "d"}}})


def test_warnings_are_read_from_their_headers_each_once() -> None:
    headers = ['299 - "unknown field \\"spec.x\\""', '299 - "unknown field \\"spec.x\\""', "299 - bare"]
    assert shape.warnings(headers) == ['unknown field "spec.x"', "299 - bare"]


def test_revisions_are_told_newest_first_without_the_hash_of_their_pods() -> None:
    item = {
        **deployment(),
        "metadata": {"uid": "uid-cart", "annotations": {"deployment.kubernetes.io/revision": "3"}},
    }
    found = of_sources(item, [replica_set(1, "a:1"), replica_set(3, "a:3"), replica_set(2, "a:2")])
    assert ([each.number for each in found.all], found.current) == ([3, 2, 1], 3)
    assert found.all[0].template["metadata"]["labels"] == {"app": "cart"}
    assert found.before_current() is found.all[1]
    assert found.numbered(1) is found.all[2]


def test_controller_revisions_are_told_the_same_way() -> None:
    item = {"kind": "StatefulSet", "metadata": {"uid": "u"}, "status": {"updateRevision": "db-b"}}
    sources = [
        {
            "metadata": {"name": f"db-{name}"},
            "revision": number,
            "data": {"spec": {"template": {"$patch": "replace", "spec": {}}}},
        }
        for number, name in ((1, "a"), (2, "b"))
    ]
    found = of_sources(item, [*sources, {"metadata": {"name": "odd"}}])
    assert ([each.number for each in found.all], found.current) == ([2, 1], 2)
    assert found.all[0].template == {"spec": {}}


@pytest.mark.parametrize(
    ("http", "code"),
    [
        (400, Code.INVALID_ARGUMENT),
        (401, Code.UNAUTHORIZED),
        (403, Code.FORBIDDEN),
        (404, Code.NOT_FOUND),
        (409, Code.CONFLICT),
        (410, Code.INVALID_ARGUMENT),
        (422, Code.INVALID_ARGUMENT),
        (429, Code.UNAVAILABLE),
        (500, Code.UPSTREAM_ERROR),
        (503, Code.UNAVAILABLE),
    ],
)
def test_what_the_server_answers_keeps_its_meaning_and_its_words(http: int, code: Code) -> None:
    problem = refused(
        http, b'{"kind":"Status","message":"because","details":{"causes":[{"message":"cause"}]}}'
    )
    assert problem.code is code
    assert "because" in problem.message
    assert "cause" in problem.message


def test_an_answer_that_is_no_status_is_told_as_it_is() -> None:
    assert refused(502, b"<html>bad gateway</html>").message == "<html>bad gateway</html>"
    assert "HTTP 500" in refused(500, b"[]").message


def test_an_eviction_turned_down_for_a_budget_is_told_from_too_many_requests() -> None:
    assert is_budget(
        Refused(429, {"message": "Cannot evict pod as it would violate the pod's disruption budget."})
    )
    assert not is_budget(Refused(429, {"message": "too many requests"}))
