"""Reading: discovery, lists by selector and in pages, tables."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.contracts.kubernetes_api import TABLE, ClusterContract, Place, Server

CORE = [
    "bindings",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "pods/eviction",
    "pods/log",
    "resourcequotas",
    "secrets",
    "serviceaccounts",
    "serviceaccounts/token",
    "services",
][1:]
GROUPED = {
    "apps/v1": "controllerrevisions daemonsets deployments deployments/scale replicasets statefulsets",
    "batch/v1": "cronjobs jobs",
    "autoscaling/v2": "horizontalpodautoscalers",
    "policy/v1": "poddisruptionbudgets",
    "networking.k8s.io/v1": "ingresses networkpolicies",
    "discovery.k8s.io/v1": "endpointslices",
    "storage.k8s.io/v1": "storageclasses",
    "coordination.k8s.io/v1": "leases",
    "events.k8s.io/v1": "events",
    "rbac.authorization.k8s.io/v1": "roles rolebindings clusterroles clusterrolebindings",
    "authorization.k8s.io/v1": "selfsubjectaccessreviews subjectaccessreviews selfsubjectrulesreviews",
    "authentication.k8s.io/v1": "tokenreviews selfsubjectreviews",
}


TYPED = {
    "CoreV1Api": (
        "node namespace pod_for_all_namespaces service_for_all_namespaces endpoints_for_all_namespaces "
        "config_map_for_all_namespaces secret_for_all_namespaces service_account_for_all_namespaces "
        "event_for_all_namespaces resource_quota_for_all_namespaces limit_range_for_all_namespaces "
        "persistent_volume persistent_volume_claim_for_all_namespaces"
    ),
    "AppsV1Api": (
        "deployment_for_all_namespaces replica_set_for_all_namespaces stateful_set_for_all_namespaces "
        "daemon_set_for_all_namespaces controller_revision_for_all_namespaces"
    ),
    "BatchV1Api": "job_for_all_namespaces cron_job_for_all_namespaces",
    "DiscoveryV1Api": "endpoint_slice_for_all_namespaces",
    "PolicyV1Api": "pod_disruption_budget_for_all_namespaces",
    "CoordinationV1Api": "lease_for_all_namespaces",
    "StorageV1Api": "storage_class",
    "RbacAuthorizationV1Api": (
        "role_for_all_namespaces role_binding_for_all_namespaces cluster_role cluster_role_binding"
    ),
}


class ReadsContract(ClusterContract):
    def test_everything_there_is_reads_as_the_client_s_own_models(self, place: Place) -> None:
        """The models are strict: a field of a wrong type or a missing one would raise."""
        claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
        claim["spec"]["resources"] = {"requests": {"storage": "1Mi"}}
        pod = place.pod("db")
        spec = {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": pod}
        body = {"metadata": {"name": "db"}, "spec": {**spec, "volumeClaimTemplates": [claim]}}
        place.create("/apis/apps/v1/namespaces/{ns}/statefulsets", body)
        place.until(
            place.apps.list_namespaced_stateful_set, "db", lambda one: one["status"].get("readyReplicas") == 1
        )
        for name, calls in TYPED.items():
            api = getattr(client, name)(place.api)
            for call in calls.split():
                assert getattr(api, f"list_{call}")().metadata.resource_version

    def test_the_server_says_its_version(self, api: client.ApiClient) -> None:
        found = client.VersionApi(api).get_code()
        assert found.major == "1"
        assert found.git_version.startswith("v1.")

    def test_every_kind_of_the_core_is_found_by_discovery(self, api: client.ApiClient) -> None:
        found = {one.name for one in client.CoreV1Api(api).get_api_resources().resources}
        assert found >= set(CORE)

    @pytest.mark.parametrize("version", GROUPED)
    def test_every_grouped_kind_is_found_by_discovery(self, place: Place, version: str) -> None:
        found = place.get(f"/apis/{version}")
        names = {one["name"] for one in found["resources"]}
        assert names >= set(GROUPED[version].split())

    def test_groups_are_listed_with_their_preferred_version(self, api: client.ApiClient) -> None:
        groups = {
            one.name: one.preferred_version.version for one in client.ApisApi(api).get_api_versions().groups
        }
        assert groups["apps"] == "v1"
        assert groups["autoscaling"] == "v2"

    @pytest.mark.parametrize(
        ("selector", "names"),
        [
            ("tier=front", ["a"]),
            ("tier!=front", ["b", "c"]),
            ("tier in (front, back)", ["a", "b"]),
            ("tier notin (front)", ["b", "c"]),
            ("tier", ["a", "b"]),
            ("!tier", ["c"]),
            ("set=mine,tier=back", ["b"]),
        ],
    )
    def test_a_list_follows_label_selectors(self, place: Place, selector: str, names: list[str]) -> None:
        place.configmap("a", labels={"set": "mine", "tier": "front"})
        place.configmap("b", labels={"set": "mine", "tier": "back"})
        place.configmap("c", labels={"set": "mine"})
        found = place.core.list_namespaced_config_map(place.namespace, label_selector=f"set=mine,{selector}")
        assert [one.metadata.name for one in found.items] == names

    def test_a_list_follows_field_selectors(self, place: Place) -> None:
        for name in ("a", "b"):
            place.configmap(name)
        found = place.core.list_namespaced_config_map(place.namespace, field_selector="metadata.name=b")
        assert [one.metadata.name for one in found.items] == ["b"]

    def test_a_field_selector_that_is_not_indexed_is_a_bad_request(self, place: Place) -> None:
        with pytest.raises(ApiException) as caught:
            place.core.list_namespaced_pod(place.namespace, field_selector="spec.colour=red")
        assert caught.value.status == 400
        assert "field label not supported" in caught.value.body

    def test_a_label_selector_that_cannot_be_read_is_a_bad_request(self, place: Place) -> None:
        status, answer = place.raw("GET", f"/api/v1/namespaces/{{ns}}/pods?labelSelector={quote('a in (')}")
        assert (status, answer["reason"]) == (400, "BadRequest")

    def test_pages_together_are_the_list_and_say_what_remains(self, place: Place) -> None:
        for number in range(5):
            place.configmap(f"page-{number}")
        path = "/api/v1/namespaces/{ns}/configmaps?limit=2"
        first = place.get(path)
        total = len(first["items"]) + first["metadata"]["remainingItemCount"]
        names, token = [one["metadata"]["name"] for one in first["items"]], first["metadata"]["continue"]
        while token:
            page = place.get(f"{path}&continue={quote(token)}")
            assert page["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
            names += [one["metadata"]["name"] for one in page["items"]]
            token = page["metadata"].get("continue", "")
        assert names == sorted(names)
        assert len(names) == total

    def test_pages_show_one_moment_whatever_is_written_meanwhile(self, place: Place) -> None:
        for name in ("x-1", "x-2", "x-3"):
            place.configmap(name, labels={"set": "x"})
        path = "/api/v1/namespaces/{ns}/configmaps?labelSelector=set%3Dx&limit=1"
        first = place.get(path)
        place.configmap("x-4", labels={"set": "x"})
        place.core.delete_namespaced_config_map("x-3", place.namespace)
        second = place.get(f"{path}&continue={quote(first['metadata']['continue'])}")
        third = place.get(f"{path}&continue={quote(second['metadata']['continue'])}")
        assert [one["metadata"]["name"] for one in (*second["items"], *third["items"])] == ["x-2", "x-3"]
        assert "continue" not in third["metadata"]

    def test_a_continue_token_that_is_none_is_a_bad_request(self, place: Place) -> None:
        status, _ = place.raw("GET", "/api/v1/namespaces/{ns}/configmaps?limit=1&continue=nonsense")
        assert status == 400

    def test_a_list_names_its_kind_and_its_items_do_not_repeat_it(self, place: Place) -> None:
        place.configmap("a")
        found = place.get("/api/v1/namespaces/{ns}/configmaps")
        assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
        assert "kind" not in found["items"][0]

    def test_a_table_has_the_columns_of_kubectl(self, place: Place) -> None:
        place.create("/api/v1/namespaces/{ns}/pods", place.pod("one"))
        _, found = place.raw("GET", "/api/v1/namespaces/{ns}/pods", Accept=TABLE)
        assert found["kind"] == "Table"
        columns = [one["name"] for one in found["columnDefinitions"]]
        assert columns[:7] == ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"]
        row = found["rows"][0]
        assert row["cells"][0] == "one"
        assert row["object"]["kind"] == "PartialObjectMetadata"

    def test_metadata_alone_can_be_asked_for(self, place: Place) -> None:
        place.configmap("a", {"key": "value"})
        accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        _, found = place.raw("GET", "/api/v1/namespaces/{ns}/configmaps", Accept=accept)
        assert found["kind"] == "PartialObjectMetadataList"
        assert all("data" not in one for one in found["items"])

    def test_an_event_is_seen_in_both_its_versions(self, place: Place) -> None:
        target = {"kind": "ConfigMap", "namespace": place.namespace, "name": "a", "apiVersion": "v1"}
        body = {
            "metadata": {"name": "e"},
            "involvedObject": target,
            "reason": "Tried",
            "message": "once",
            "type": "Normal",
        }
        place.create("/api/v1/namespaces/{ns}/events", body)
        old = place.get("/api/v1/namespaces/{ns}/events/e")
        new = place.get("/apis/events.k8s.io/v1/namespaces/{ns}/events/e")
        assert (old["message"], new["note"]) == ("once", "once")
        assert new["regarding"]["name"] == "a"
        found = place.core.list_namespaced_event(
            place.namespace, field_selector="involvedObject.name=a,reason=Tried"
        )
        assert [one.metadata.name for one in found.items] == ["e"]

    def test_a_list_from_the_future_is_refused(self, place: Place) -> None:
        version = int(place.get("/api/v1/namespaces/{ns}/configmaps")["metadata"]["resourceVersion"])
        status, answer = place.raw(
            "GET",
            f"/api/v1/namespaces/{{ns}}/configmaps?resourceVersion={version + 100_000}&timeoutSeconds=1",
        )
        assert (status, answer["reason"]) == (504, "Timeout")

    def test_the_health_of_the_server_can_be_read(self, place: Place, server: Server) -> None:
        assert server.kubeconfig.exists()
        for path in ("/healthz", "/livez", "/readyz"):
            status, answer = place.raw("GET", path)
            assert (status, answer) == (200, {"text": "ok"})
