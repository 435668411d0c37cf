"""Writing: identity, versions, dry runs, preconditions, finalizers."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from tests.contracts.kubernetes_api import JSON_PATCH, MERGE, ClusterContract, Json, Place

MAPS = "/api/v1/namespaces/{ns}/configmaps"


class WritesContract(ClusterContract):
    def test_a_new_object_is_given_what_only_the_server_knows(self, place: Place) -> None:
        made = place.configmap("a", {"k": "v"})["metadata"]
        assert made["uid"]
        assert made["resourceVersion"].isdigit()
        assert made["creationTimestamp"].endswith("Z")
        assert made["namespace"] == place.namespace

    def test_a_generated_name_has_five_more_letters(self, place: Place) -> None:
        body = {"metadata": {"generateName": "made-"}}
        names = {place.create(MAPS, body)["metadata"]["name"] for _ in range(2)}
        assert len(names) == 2
        assert all(name.startswith("made-") and len(name) == len("made-") + 5 for name in names)

    def test_a_name_can_be_taken_once(self, place: Place) -> None:
        place.configmap("a")
        status, answer = place.raw("POST", MAPS, {"metadata": {"name": "a"}})
        assert (status, answer["reason"]) == (409, "AlreadyExists")
        assert answer["message"] == 'configmaps "a" already exists'
        assert answer["details"] == {"name": "a", "kind": "configmaps"}

    def test_an_update_of_an_older_version_is_a_conflict(self, place: Place) -> None:
        first = place.configmap("a", {"k": "1"})
        place.patch(f"{MAPS}/a", {"data": {"k": "2"}}, MERGE)
        status, answer = place.raw("PUT", f"{MAPS}/a", {**first, "data": {"k": "3"}})
        assert (status, answer["reason"]) == (409, "Conflict")
        assert answer["message"].startswith(
            'Operation cannot be fulfilled on configmaps "a": the object has been'
        )
        assert place.get(f"{MAPS}/a")["data"] == {"k": "2"}

    def test_an_update_without_a_version_overwrites(self, place: Place) -> None:
        place.configmap("a", {"k": "1"})
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "2"}}
        status, answer = place.raw("PUT", f"{MAPS}/a", body)
        assert (status, answer["data"]) == (200, {"k": "2"})

    def test_a_write_that_changes_nothing_spends_no_version(self, place: Place) -> None:
        first = place.configmap("a", {"k": "1"})
        again = place.patch(f"{MAPS}/a", {"data": {"k": "1"}}, MERGE)
        assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]

    def test_the_generation_counts_changes_of_the_spec_alone(self, place: Place) -> None:
        path = "/apis/apps/v1/namespaces/{ns}/deployments"
        place.create(path, place.deployment("d", replicas=0))
        labelled = place.patch(f"{path}/d", {"metadata": {"labels": {"a": "b"}}}, MERGE)
        assert labelled["metadata"]["generation"] == 1
        paused = place.patch(f"{path}/d", {"spec": {"paused": True}}, MERGE)
        assert paused["metadata"]["generation"] == 2

    def test_a_status_is_written_only_through_its_own_door(self, place: Place) -> None:
        path = "/api/v1/namespaces/{ns}/pods"
        place.create(path, place.pod("p", nodeSelector={"no": "where"}))
        place.patch(f"{path}/p", {"status": {"message": "by the front door"}}, MERGE)
        assert "message" not in place.get(f"{path}/p")["status"]
        place.patch(
            f"{path}/p/status", {"status": {"message": "by its own"}, "spec": {"hostname": "x"}}, MERGE
        )
        now = place.get(f"{path}/p")
        assert now["status"]["message"] == "by its own"
        assert "hostname" not in now["spec"]

    def test_string_data_of_a_secret_becomes_data(self, place: Place) -> None:
        body = {"metadata": {"name": "s"}, "stringData": {"k": "v"}}
        made = place.create("/api/v1/namespaces/{ns}/secrets", body)
        assert made["data"] == {"k": base64.b64encode(b"v").decode()}
        assert made["type"] == "Opaque"

    def test_quantities_come_back_in_canonical_form(self, place: Place) -> None:
        pod = place.pod("p", nodeSelector={"no": "where"})
        pod["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "0.5", "memory": "1024Mi"}}
        made = place.create("/api/v1/namespaces/{ns}/pods", pod)
        expected = {"cpu": "500m", "memory": "1Gi"}
        assert made["spec"]["containers"][0]["resources"] == {"limits": expected, "requests": expected}
        assert made["status"] == {"phase": "Pending", "qosClass": "Guaranteed"}

    def test_a_pod_is_completed_by_defaults_and_admission(self, place: Place) -> None:
        made = place.create("/api/v1/namespaces/{ns}/pods", place.pod("p", nodeSelector={"no": "where"}))[
            "spec"
        ]
        assert made["restartPolicy"] == "Always"
        assert made["serviceAccountName"] == "default"
        assert {one["key"] for one in made["tolerations"]} == {
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/unreachable",
        }
        assert (
            made["containers"][0]["volumeMounts"][0]["mountPath"]
            == "/var/run/secrets/kubernetes.io/serviceaccount"
        )

    def test_a_deletion_with_another_uid_is_a_conflict(self, place: Place) -> None:
        place.configmap("a")
        status, answer = place.raw("DELETE", f"{MAPS}/a", {"preconditions": {"uid": "another"}})
        assert (status, answer["reason"]) == (409, "Conflict")
        assert "uid" in answer["message"].lower()
        assert place.get(f"{MAPS}/a")

    def test_a_deletion_of_an_older_version_is_a_conflict(self, place: Place) -> None:
        first = place.configmap("a")["metadata"]["resourceVersion"]
        place.patch(f"{MAPS}/a", {"data": {"k": "2"}}, MERGE)
        status, _ = place.raw("DELETE", f"{MAPS}/a", {"preconditions": {"resourceVersion": first}})
        assert status == 409

    def test_a_deletion_answers_what_is_gone(self, place: Place) -> None:
        uid = place.configmap("a")["metadata"]["uid"]
        status, answer = place.raw("DELETE", f"{MAPS}/a")
        assert (status, answer["status"]) == (200, "Success")
        assert answer["details"] == {"name": "a", "kind": "configmaps", "uid": uid}
        assert place.raw("GET", f"{MAPS}/a")[0] == 404

    def test_a_finalizer_holds_what_is_being_deleted(self, place: Place) -> None:
        place.configmap("a", finalizers=["contract.example/hold"])
        status, answer = place.raw("DELETE", f"{MAPS}/a")
        assert status == 200
        assert answer["metadata"]["deletionTimestamp"]
        assert place.get(f"{MAPS}/a")["metadata"]["finalizers"] == ["contract.example/hold"]
        place.patch(f"{MAPS}/a", [{"op": "remove", "path": "/metadata/finalizers"}], JSON_PATCH)
        assert place.raw("GET", f"{MAPS}/a")[0] == 404

    def test_a_collection_is_deleted_by_selector(self, place: Place) -> None:
        place.configmap("a", labels={"go": "yes"})
        place.configmap("b", labels={"go": "no"})
        place.core.delete_collection_namespaced_config_map(place.namespace, label_selector="go=yes")
        names = {one.metadata.name for one in place.core.list_namespaced_config_map(place.namespace).items}
        assert "a" not in names
        assert "b" in names


class DryRunContract(ClusterContract):
    """A dry run says what would be, refuses what would be refused, and leaves no trace."""

    @pytest.fixture
    def before(self, place: Place) -> Json:
        place.create("/apis/apps/v1/namespaces/{ns}/deployments", place.deployment("d", replicas=0))
        place.until(
            place.apps.list_namespaced_deployment,
            "d",
            lambda one: one.get("status", {}).get("observedGeneration") == 1,
        )
        place.configmap("a", {"k": "1"})
        return _everything(place)

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", MAPS, {"metadata": {"name": "new"}}),
            ("PUT", f"{MAPS}/a", {"metadata": {"name": "a"}, "data": {"k": "2"}}),
            ("PATCH", f"{MAPS}/a", {"data": {"k": "2"}}),
            ("DELETE", f"{MAPS}/a", None),
            ("PATCH", "/apis/apps/v1/namespaces/{ns}/deployments/d/scale", {"spec": {"replicas": 3}}),
            ("DELETE", "/apis/apps/v1/namespaces/{ns}/deployments/d", None),
            ("DELETE", MAPS, None),
        ],
    )
    def test_it_answers_as_if_and_changes_nothing(
        self, place: Place, before: Json, method: str, path: str, body: Any
    ) -> None:
        headers = {"Content_Type": MERGE} if method == "PATCH" else {}
        status, _ = place.raw(method, f"{path}?dryRun=All", body, **headers)
        assert status in (200, 201)
        assert _everything(place) == before

    def test_it_shows_the_object_that_would_be(self, place: Place, before: Json) -> None:
        answer = place.patch(f"{MAPS}/a?dryRun=All", {"data": {"k": "2"}}, MERGE)
        assert answer["data"] == {"k": "2"}
        assert answer["metadata"]["resourceVersion"] == before["a"]["resourceVersion"]

    def test_a_name_is_not_taken_by_it(self, place: Place) -> None:
        body = {"metadata": {"name": "new"}}
        for _ in range(2):
            assert place.raw("POST", f"{MAPS}?dryRun=All", body)[0] == 201

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"metadata": {"name": "a"}}, 409),
            ({"metadata": {"name": "Not A Name"}}, 422),
            ({"metadata": {"name": "b", "namespace": "elsewhere"}}, 400),
        ],
    )
    def test_it_refuses_what_would_be_refused(self, place: Place, body: Json, expected: int) -> None:
        place.configmap("a")
        assert place.raw("POST", f"{MAPS}?dryRun=All", body)[0] == expected

    def test_a_quota_speaks_in_it(self, place: Place) -> None:
        quota = {"metadata": {"name": "q"}, "spec": {"hard": {"services": "0"}}}
        place.create("/api/v1/namespaces/{ns}/resourcequotas", quota)
        place.until(
            place.core.list_namespaced_resource_quota, "q", lambda one: "used" in one.get("status", {})
        )
        service = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
        status, answer = place.raw("POST", "/api/v1/namespaces/{ns}/services?dryRun=All", service)
        assert status == 403
        assert (
            "exceeded quota: q, requested: services=1, used: services=0, limited: services=0"
            in answer["message"]
        )

    def test_anything_but_all_is_refused(self, place: Place) -> None:
        with pytest.raises(ApiException) as caught:
            place.core.create_namespaced_config_map(
                place.namespace, {"metadata": {"name": "x"}}, dry_run="Some"
            )
        assert caught.value.status in (400, 422)


def _everything(place: Place) -> Json:
    """Versions of all that the namespace holds: any write would show."""
    found: Json = {}
    for path in (
        MAPS,
        "/apis/apps/v1/namespaces/{ns}/deployments",
        "/apis/apps/v1/namespaces/{ns}/replicasets",
    ):
        for one in place.get(path)["items"]:
            found[one["metadata"]["name"]] = one["metadata"]
    return found
