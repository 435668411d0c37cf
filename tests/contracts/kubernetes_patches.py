"""The four patches, with Kubernetes' own merge keys."""

from __future__ import annotations

import pytest

from tests.contracts.kubernetes_api import APPLY, JSON_PATCH, MERGE, STRATEGIC, ClusterContract, Json, Place

MAPS = "/api/v1/namespaces/{ns}/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments"


def containers(deployment: Json) -> dict[str, Json]:
    return {one["name"]: one for one in deployment["spec"]["template"]["spec"]["containers"]}


class PatchesContract(ClusterContract):
    @pytest.fixture
    def two(self, place: Place) -> Json:
        """A Deployment with two containers, paused so that nothing else writes it."""
        body = place.deployment("d", replicas=0, paused=True)
        first = body["spec"]["template"]["spec"]["containers"][0]
        first["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        first["ports"] = [{"containerPort": 80, "name": "http"}]
        body["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": first["image"]})
        return place.create(DEPLOYMENTS, body)

    def _template(self, place: Place, spec: Json) -> Json:
        return place.patch(f"{DEPLOYMENTS}/d", {"spec": {"template": {"spec": spec}}}, STRATEGIC)

    def test_merge_sets_and_null_takes_away(self, place: Place) -> None:
        place.configmap("a", {"keep": "1", "go": "2"})
        answer = place.patch(f"{MAPS}/a", {"data": {"go": None, "new": "3"}}, MERGE)
        assert answer["data"] == {"keep": "1", "new": "3"}

    def test_merge_replaces_lists_whole(self, place: Place, two: Json) -> None:
        only = {"name": "only", "image": place.server.image}
        body = {"spec": {"template": {"spec": {"containers": [only]}}}}
        answer = place.patch(f"{DEPLOYMENTS}/d", body, MERGE)
        assert list(containers(two)) == ["app", "side"]
        assert list(containers(answer)) == ["only"]

    def test_strategic_finds_containers_by_name(self, place: Place, two: Json) -> None:
        answer = self._template(place, {"containers": [{"name": "side", "image": "other:1"}]})
        assert set(containers(answer)) == {"app", "side"}
        assert containers(answer)["side"]["image"] == "other:1"
        assert containers(answer)["app"] == containers(two)["app"]

    def test_strategic_finds_variables_by_name_and_ports_by_number(self, place: Place, two: Json) -> None:
        change = {
            "name": "app",
            "env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
            "ports": [{"containerPort": 81}],
        }
        app = containers(self._template(place, {"containers": [change]}))["app"]
        assert {one["name"]: one["value"] for one in app["env"]} == {"A": "1", "B": "3", "C": "4"}
        assert {one["containerPort"] for one in app["ports"]} == {80, 81}
        assert len(containers(two)) == 2

    def test_strategic_takes_an_item_away(self, place: Place, two: Json) -> None:
        change = {"containers": [{"name": "side", "$patch": "delete"}]}
        assert set(containers(self._template(place, change))) == {"app"}
        change = {"containers": [{"name": "app", "env": [{"name": "A", "$patch": "delete"}]}]}
        assert [one["name"] for one in containers(self._template(place, change))["app"]["env"]] == ["B"]
        assert len(containers(two)) == 2

    def test_strategic_replaces_where_it_is_told_to(self, place: Place, two: Json) -> None:
        change = {"containers": [{"$patch": "replace"}, {"name": "new", "image": place.server.image}]}
        assert list(containers(self._template(place, change))) == ["new"]
        assert len(containers(two)) == 2

    def test_strategic_lists_without_a_key_are_replaced(self, place: Place, two: Json) -> None:
        self._template(place, {"tolerations": [{"key": "a", "operator": "Exists"}]})
        answer = self._template(place, {"tolerations": [{"key": "b", "operator": "Exists"}]})
        assert [one["key"] for one in answer["spec"]["template"]["spec"]["tolerations"]] == ["b"]
        assert len(containers(two)) == 2

    def test_json_patch_adds_replaces_and_removes(self, place: Place) -> None:
        place.configmap("a", {"k": "1", "go": "2"})
        operations = [
            {"op": "test", "path": "/data/k", "value": "1"},
            {"op": "replace", "path": "/data/k", "value": "2"},
            {"op": "remove", "path": "/data/go"},
            {"op": "add", "path": "/metadata/labels", "value": {"a.b~1c/d": "e"}},
        ]
        operations[3] = {"op": "add", "path": "/metadata/labels", "value": {"a.b/c": "e"}}
        answer = place.patch(f"{MAPS}/a", operations, JSON_PATCH)
        assert answer["data"] == {"k": "2"}
        answer = place.patch(
            f"{MAPS}/a", [{"op": "replace", "path": "/metadata/labels/a.b~1c", "value": "f"}], JSON_PATCH
        )
        assert answer["metadata"]["labels"] == {"a.b/c": "f"}

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "test", "path": "/data/k", "value": "another"},
            {"op": "test", "path": "/data/nothing", "value": "1"},
            {"op": "remove", "path": "/data/nothing"},
            {"op": "replace", "path": "/spec/replicas", "value": 1},
        ],
    )
    def test_json_patch_that_does_not_apply_is_unprocessable_and_writes_nothing(
        self, place: Place, operation: Json
    ) -> None:
        before = place.configmap("a", {"k": "1"})
        operations = [operation, {"op": "replace", "path": "/data/k", "value": "2"}]
        status, answer = place.raw("PATCH", f"{MAPS}/a", operations, Content_Type=JSON_PATCH)
        assert (status, answer["reason"]) == (422, "Invalid")
        assert answer["message"] == "the server rejected our request due to an error in our request"
        assert place.get(f"{MAPS}/a")["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]

    def test_a_patch_that_names_an_older_version_is_a_conflict(self, place: Place) -> None:
        version = place.configmap("a", {"k": "1"})["metadata"]["resourceVersion"]
        place.patch(f"{MAPS}/a", {"data": {"k": "2"}}, MERGE)
        body = {"metadata": {"resourceVersion": version}, "data": {"k": "3"}}
        status, answer = place.raw("PATCH", f"{MAPS}/a", body, Content_Type=MERGE)
        assert (status, answer["reason"]) == (409, "Conflict")

    def test_a_patch_of_another_kind_is_an_unsupported_media_type(self, place: Place) -> None:
        place.configmap("a")
        status, answer = place.raw("PATCH", f"{MAPS}/a", {}, Content_Type="application/json")
        assert (status, answer["reason"]) == (415, "UnsupportedMediaType")


class ApplyContract(ClusterContract):
    def _apply(self, place: Place, data: dict[str, str], manager: str, query: str = "") -> tuple[int, Json]:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
        path = f"{MAPS}/a?fieldManager={manager}{query}"
        return place.raw("PATCH", path, body, Content_Type=APPLY)

    def test_it_makes_what_is_not_there(self, place: Place) -> None:
        status, answer = self._apply(place, {"k": "1"}, "one")
        assert status == 201
        entry = answer["metadata"]["managedFields"][0]
        assert (entry["manager"], entry["operation"]) == ("one", "Apply")
        assert entry["fieldsV1"] == {"f:data": {"f:k": {}}}

    def test_what_the_manager_no_longer_wishes_goes(self, place: Place) -> None:
        self._apply(place, {"k": "1", "old": "2"}, "one")
        status, answer = self._apply(place, {"k": "1"}, "one")
        assert (status, answer["data"]) == (200, {"k": "1"})

    def test_what_another_manager_set_is_left_alone(self, place: Place) -> None:
        self._apply(place, {"k": "1"}, "one")
        self._apply(place, {"other": "2"}, "two")
        _, answer = self._apply(place, {"k": "3"}, "one")
        assert answer["data"] == {"k": "3", "other": "2"}

    def test_another_managers_field_is_a_conflict_unless_forced(self, place: Place) -> None:
        self._apply(place, {"k": "1"}, "one")
        status, answer = self._apply(place, {"k": "2"}, "two")
        assert (status, answer["reason"]) == (409, "Conflict")
        assert answer["message"] == 'Apply failed with 1 conflict: conflict with "one": .data.k'
        assert answer["details"]["causes"] == [
            {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.k"}
        ]
        status, answer = self._apply(place, {"k": "2"}, "two", "&force=true")
        assert (status, answer["data"]) == (200, {"k": "2"})

    def test_a_field_changed_by_an_update_conflicts_too(self, place: Place) -> None:
        self._apply(place, {"k": "1"}, "one")
        place.patch(f"{MAPS}/a?fieldManager=hand", {"data": {"k": "2"}}, MERGE)
        status, answer = self._apply(place, {"k": "3"}, "one")
        assert status == 409
        assert 'conflict with "hand"' in answer["message"]

    def test_equal_wishes_share_a_field(self, place: Place) -> None:
        self._apply(place, {"k": "1"}, "one")
        assert self._apply(place, {"k": "1"}, "two")[0] == 200
        _, answer = self._apply(place, {}, "two")
        assert answer["data"] == {"k": "1"}

    def test_a_manager_must_say_its_name(self, place: Place) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
        status, _ = place.raw("PATCH", f"{MAPS}/a", body, Content_Type=APPLY)
        assert status in (400, 422)

    def test_lists_are_merged_by_their_keys(self, place: Place) -> None:
        body = place.deployment("d", replicas=0)
        path = f"{DEPLOYMENTS}/d?fieldManager="
        assert place.raw("PATCH", f"{path}one", body, Content_Type=APPLY)[0] == 201
        side = {"name": "side", "image": place.server.image}
        more = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d"},
            "spec": {
                "selector": body["spec"]["selector"],
                "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [side]}},
            },
        }
        status, answer = place.raw("PATCH", f"{path}two", more, Content_Type=APPLY)
        assert status == 200, answer
        assert set(containers(answer)) == {"app", "side"}
        body["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}]
        status, answer = place.raw("PATCH", f"{path}one", body, Content_Type=APPLY)
        assert set(containers(answer)) == {"app", "side"}
        del more["spec"]["template"]["spec"]["containers"]
        more["spec"]["template"]["spec"] = {"containers": [{"name": "app", "image": place.server.image}]}
        _, answer = place.raw("PATCH", f"{path}two", more, Content_Type=APPLY)
        assert set(containers(answer)) == {"app"}
