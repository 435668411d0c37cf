"""Workloads: roll-outs, logs, scaling, eviction, quotas and what owners do to what they own."""

from __future__ import annotations

from kubernetes import client

from tests.contracts.kubernetes_api import (
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    ClusterContract,
    Json,
    Place,
    ready,
    rolled_out,
    runs_containers,
)

PODS = "/api/v1/namespaces/{ns}/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments"
REPLICA_SETS = "/apis/apps/v1/namespaces/{ns}/replicasets"
REVISION = "deployment.kubernetes.io/revision"


class RolloutsContract(ClusterContract):
    def _deploy(self, place: Place, **spec: object) -> Json:
        place.create(DEPLOYMENTS, place.deployment("d", **spec))
        return place.until(place.apps.list_namespaced_deployment, "d", rolled_out)

    def _change(self, place: Place, value: str) -> Json:
        body = {"spec": {"template": {"metadata": {"annotations": {"change": value}}}}}
        place.patch(f"{DEPLOYMENTS}/d", body, STRATEGIC)
        return place.until(place.apps.list_namespaced_deployment, "d", rolled_out)

    def _replica_sets(self, place: Place) -> dict[str, Json]:
        found = place.get(REPLICA_SETS)["items"]
        return {one["metadata"]["annotations"][REVISION]: one for one in found}

    def test_a_deployment_makes_its_pods_through_a_replica_set(self, place: Place) -> None:
        done = self._deploy(place, replicas=2)
        assert done["status"]["observedGeneration"] == done["metadata"]["generation"]
        only = self._replica_sets(place)["1"]
        digest = only["metadata"]["labels"]["pod-template-hash"]
        assert only["metadata"]["name"] == f"d-{digest}"
        pods = place.get(f"{PODS}?labelSelector=pod-template-hash%3D{digest}")["items"]
        assert len(pods) == 2
        assert all(pod["metadata"]["ownerReferences"][0]["uid"] == only["metadata"]["uid"] for pod in pods)
        reasons = {one["type"]: one["reason"] for one in done["status"]["conditions"]}
        assert reasons == {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}

    def test_a_new_template_is_rolled_out_and_an_old_one_back(self, place: Place) -> None:
        self._deploy(place, replicas=2)
        self._change(place, "two")
        sets = self._replica_sets(place)
        assert {number: one["spec"]["replicas"] for number, one in sets.items()} == {"1": 0, "2": 2}
        old = sets["1"]["spec"]["template"]
        old["metadata"]["labels"].pop("pod-template-hash")
        place.patch(
            f"{DEPLOYMENTS}/d", [{"op": "replace", "path": "/spec/template", "value": old}], JSON_PATCH
        )
        done = place.until(
            place.apps.list_namespaced_deployment,
            "d",
            lambda one: rolled_out(one) and one["metadata"]["annotations"][REVISION] == "3",
        )
        assert done["metadata"]["annotations"][REVISION] == "3"
        after = self._replica_sets(place)
        assert after["3"]["metadata"]["uid"] == sets["1"]["metadata"]["uid"]
        assert after["3"]["spec"]["replicas"] == 2

    def test_a_scale_is_no_new_revision(self, place: Place) -> None:
        self._deploy(place)
        scale = place.get(f"{DEPLOYMENTS}/d/scale")
        assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == (
            "Scale",
            {"replicas": 1},
            "app=d",
        )
        place.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 3}}, MERGE)
        done = place.until(
            place.apps.list_namespaced_deployment,
            "d",
            lambda one: rolled_out(one) and one["spec"]["replicas"] == 3,
        )
        assert done["metadata"]["annotations"][REVISION] == "1"

    def test_a_scale_below_nothing_is_invalid(self, place: Place) -> None:
        self._deploy(place, replicas=0)
        status, _ = place.raw(
            "PATCH", f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": -1}}, Content_Type=MERGE
        )
        assert status == 422

    @runs_containers
    def test_an_image_that_cannot_be_pulled_keeps_the_old_pods(self, place: Place) -> None:
        self._deploy(place, replicas=2, progressDeadlineSeconds=600)
        change = {"containers": [{"name": "app", "image": "registry.invalid/missing:1"}]}
        place.patch(f"{DEPLOYMENTS}/d", {"spec": {"template": {"spec": change}}}, STRATEGIC)

        def cannot_pull(pod: Json) -> bool:
            found = pod.get("status", {}).get("containerStatuses") or [{}]
            reason = found[0].get("state", {}).get("waiting", {}).get("reason", "")
            return reason in ("ErrImagePull", "ImagePullBackOff")

        new = place.until(
            place.apps.list_namespaced_deployment, "d", lambda one: one["status"].get("updatedReplicas") == 1
        )
        pods = place.get(PODS)["items"]
        stuck = next(
            pod for pod in pods if pod["spec"]["containers"][0]["image"].startswith("registry.invalid")
        )
        place.until(place.core.list_namespaced_pod, stuck["metadata"]["name"], cannot_pull)
        assert new["status"]["availableReplicas"] == 2

    def test_a_recreate_has_no_two_generations_at_once(self, place: Place) -> None:
        self._deploy(place, strategy={"type": "Recreate"})
        self._change(place, "two")
        assert {one["spec"]["replicas"] for one in self._replica_sets(place).values()} == {0, 1}


class PodsContract(ClusterContract):
    def _run(self, place: Place, script: str, **spec: object) -> Json:
        place.create(PODS, place.pod("p", script, **spec))
        return place.until(
            place.core.list_namespaced_pod, "p", lambda pod: pod["status"]["phase"] != "Pending"
        )

    @runs_containers
    def test_a_pod_runs_and_its_log_can_be_read(self, place: Place) -> None:
        self._run(place, "echo one; echo two; echo three; sleep 3600")
        core = place.core
        text = _log_with(place, "p", "three")
        assert text.split() == ["one", "two", "three"]
        assert core.read_namespaced_pod_log("p", place.namespace, tail_lines=1) == "three\n"
        stamped = core.read_namespaced_pod_log("p", place.namespace, timestamps=True, tail_lines=1)
        stamp, word = stamped.split()
        assert word == "three"
        assert stamp.endswith("Z")
        assert "T" in stamp
        assert core.read_namespaced_pod_log("p", place.namespace, limit_bytes=3) == "one"
        assert "one" in core.read_namespaced_pod_log("p", place.namespace, since_seconds=3600)

    @runs_containers
    def test_the_log_before_the_last_crash_is_kept(self, place: Place) -> None:
        self._run(place, "echo before; exit 3")

        def crashed(pod: Json) -> bool:
            found = pod["status"].get("containerStatuses") or [{}]
            return (
                bool(found[0].get("lastState", {}).get("terminated")) and found[0].get("restartCount", 0) > 0
            )

        pod = place.until(place.core.list_namespaced_pod, "p", crashed)
        assert pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 3
        assert place.core.read_namespaced_pod_log("p", place.namespace, previous=True) == "before\n"

    def test_a_log_of_what_never_ran_is_a_bad_request(self, place: Place) -> None:
        place.create(PODS, place.pod("p", nodeSelector={"no": "where"}))
        status, answer = place.raw("GET", f"{PODS}/p/log?container=nobody")
        assert (status, answer["message"]) == (400, "container nobody is not valid for pod p")

    @runs_containers
    def test_a_pod_that_ends_well_has_succeeded(self, place: Place) -> None:
        self._run(place, "exit 0", restartPolicy="Never")
        done = place.until(
            place.core.list_namespaced_pod, "p", lambda pod: pod["status"]["phase"] == "Succeeded"
        )
        state = done["status"]["containerStatuses"][0]["state"]["terminated"]
        assert (state["exitCode"], state["reason"]) == (0, "Completed")

    def test_a_pod_that_fits_nowhere_says_why(self, place: Place) -> None:
        place.create(PODS, place.pod("p", nodeSelector={"no": "where"}))

        def refused(pod: Json) -> bool:
            return any(one.get("reason") == "Unschedulable" for one in pod["status"].get("conditions", ()))

        pod = place.until(place.core.list_namespaced_pod, "p", refused)
        message = next(one["message"] for one in pod["status"]["conditions"] if one["type"] == "PodScheduled")
        assert "nodes are available: " in message
        assert "node(s) didn't match Pod's node affinity/selector" in message

    def test_a_ready_pod_stands_behind_its_service(self, place: Place) -> None:
        place.create(PODS, place.pod("p"))
        place.until(place.core.list_namespaced_pod, "p", ready)
        body = {
            "metadata": {"name": "s"},
            "spec": {"selector": {"app": "p"}, "ports": [{"port": 80, "targetPort": 8080}]},
        }
        place.create("/api/v1/namespaces/{ns}/services", body)
        found = place.until(
            place.core.list_namespaced_endpoints,
            "s",
            lambda one: bool((one.get("subsets") or [{}])[0].get("addresses")),
        )
        subset = found["subsets"][0]
        assert subset["addresses"][0]["targetRef"]["name"] == "p"
        assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]

    @runs_containers
    def test_a_variable_from_a_missing_config_map_holds_the_container(self, place: Place) -> None:
        pod = place.pod("p")
        reference = {"configMapKeyRef": {"name": "nothing", "key": "k"}}
        pod["spec"]["containers"][0]["env"] = [{"name": "A", "valueFrom": reference}]
        place.create(PODS, pod)

        def waiting(pod: Json) -> bool:
            found = pod["status"].get("containerStatuses") or [{}]
            return found[0].get("state", {}).get("waiting", {}).get("reason") == "CreateContainerConfigError"

        found = place.until(place.core.list_namespaced_pod, "p", waiting)
        message = found["status"]["containerStatuses"][0]["state"]["waiting"]["message"]
        assert message == 'configmap "nothing" not found'
        place.configmap("nothing", {"k": "v"})
        place.until(place.core.list_namespaced_pod, "p", ready)


class OwnersContract(ClusterContract):
    def _owned(self, place: Place) -> None:
        place.create(DEPLOYMENTS, place.deployment("d"))
        place.until(place.apps.list_namespaced_deployment, "d", rolled_out)

    def _name(self, place: Place, path: str) -> str:
        return str(place.get(path)["items"][0]["metadata"]["name"])

    def test_what_is_owned_goes_with_its_owner(self, place: Place) -> None:
        self._owned(place)
        replica_set, pod = self._name(place, REPLICA_SETS), self._name(place, PODS)
        place.raw("DELETE", f"{DEPLOYMENTS}/d", {"propagationPolicy": "Background"})
        place.until_gone(place.apps.list_namespaced_replica_set, replica_set)
        place.until_gone(place.core.list_namespaced_pod, pod)

    def test_an_owner_waits_for_what_it_owns_when_told_to(self, place: Place) -> None:
        self._owned(place)
        pod = self._name(place, PODS)
        status, answer = place.raw("DELETE", f"{DEPLOYMENTS}/d", {"propagationPolicy": "Foreground"})
        assert status == 200
        assert answer["metadata"]["finalizers"] == ["foregroundDeletion"]
        place.until_gone(place.apps.list_namespaced_deployment, "d")
        assert place.raw("GET", f"{PODS}/{pod}")[0] == 404

    def test_orphans_stay(self, place: Place) -> None:
        self._owned(place)
        replica_set = self._name(place, REPLICA_SETS)
        place.raw("DELETE", f"{DEPLOYMENTS}/d", {"propagationPolicy": "Orphan"})
        place.until_gone(place.apps.list_namespaced_deployment, "d")
        left = place.get(f"{REPLICA_SETS}/{replica_set}")
        assert "ownerReferences" not in left["metadata"]

    def test_a_namespace_takes_everything_with_it(self, place: Place) -> None:
        core = place.core
        other = core.create_namespace({"metadata": {"generateName": "contract-gone-"}}).metadata.name
        core.create_namespaced_config_map(other, {"metadata": {"name": "a"}})
        core.delete_namespace(other)
        there = Place(place.server, place.api, other)

        def gone(_: Json) -> bool:
            return False

        listed = core.list_namespace(field_selector=f"metadata.name={other}")
        if listed.items:
            from kubernetes import watch

            for event in watch.Watch().stream(
                core.list_namespace,
                field_selector=f"metadata.name={other}",
                resource_version=listed.metadata.resource_version,
                timeout_seconds=60,
            ):
                if event["type"] == "DELETED":
                    break
        assert there.raw("GET", "/api/v1/namespaces/{ns}/configmaps/a")[0] == 404
        assert gone({}) is False


class LimitsContract(ClusterContract):
    def _budget(self, place: Place, minimum: int) -> None:
        place.create(DEPLOYMENTS, place.deployment("d"))
        place.until(place.apps.list_namespaced_deployment, "d", rolled_out)
        spec = {"minAvailable": minimum, "selector": {"matchLabels": {"app": "d"}}}
        place.create(
            "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": spec}
        )
        policy = client.PolicyV1Api(place.api)
        place.until(
            policy.list_namespaced_pod_disruption_budget,
            "b",
            lambda one: one.get("status", {}).get("currentHealthy") == 1
            and "observedGeneration" in one["status"],
        )

    def _evict(self, place: Place, query: str = "") -> tuple[int, Json]:
        pod = place.get(PODS)["items"][0]["metadata"]["name"]
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
        return place.raw("POST", f"{PODS}/{pod}/eviction{query}", body)

    def test_a_budget_stops_an_eviction(self, place: Place) -> None:
        self._budget(place, 1)
        for query in ("", "?dryRun=All"):
            status, answer = self._evict(place, query)
            assert (status, answer["reason"]) == (429, "TooManyRequests")
            assert answer["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
            cause = answer["details"]["causes"][0]
            assert cause["reason"] == "DisruptionBudget"
            assert cause["message"] == "The disruption budget b needs 1 healthy pods and has 1 currently"

    def test_an_eviction_that_is_allowed_ends_the_pod(self, place: Place) -> None:
        self._budget(place, 0)
        pod = place.get(PODS)["items"][0]["metadata"]["name"]
        assert self._evict(place, "?dryRun=All")[0] == 201
        assert place.raw("GET", f"{PODS}/{pod}")[0] == 200
        status, answer = self._evict(place)
        assert (status, answer["status"]) == (201, "Success")
        place.until_gone(place.core.list_namespaced_pod, pod)

    def test_an_eviction_of_nobody_is_not_found(self, place: Place) -> None:
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "nobody"}}
        assert place.raw("POST", f"{PODS}/nobody/eviction", body)[0] == 404

    def test_a_quota_counts_and_refuses(self, place: Place) -> None:
        path = "/api/v1/namespaces/{ns}/resourcequotas"
        place.create(path, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}})
        quotas = place.core.list_namespaced_resource_quota
        place.until(quotas, "q", lambda one: one.get("status", {}).get("used", {}).get("pods") == "0")
        place.create(PODS, place.pod("p", nodeSelector={"no": "where"}))
        place.until(quotas, "q", lambda one: one["status"]["used"]["pods"] == "1")
        status, answer = place.raw("POST", PODS, place.pod("q"))
        assert (status, answer["reason"]) == (403, "Forbidden")
        assert answer["message"] == (
            'pods "q" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'
        )

    def test_a_replica_set_that_may_not_says_so(self, place: Place) -> None:
        path = "/api/v1/namespaces/{ns}/resourcequotas"
        place.create(path, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}})
        quotas = place.core.list_namespaced_resource_quota
        place.until(quotas, "q", lambda one: "used" in one.get("status", {}))
        place.create(DEPLOYMENTS, place.deployment("d"))

        def failing(one: Json) -> bool:
            return any(
                held["type"] == "ReplicaFailure" for held in one.get("status", {}).get("conditions", ())
            )

        found = place.until(place.apps.list_namespaced_deployment, "d", failing)
        held = next(one for one in found["status"]["conditions"] if one["type"] == "ReplicaFailure")
        assert (held["status"], held["reason"]) == ("True", "FailedCreate")
        assert "exceeded quota: q" in held["message"]

    def test_a_limit_range_fills_in_and_forbids(self, place: Place) -> None:
        item = {"type": "Container", "default": {"memory": "64Mi"}, "max": {"memory": "128Mi"}}
        body = {"metadata": {"name": "l"}, "spec": {"limits": [item]}}
        place.create("/api/v1/namespaces/{ns}/limitranges", body)
        made = place.create(PODS, place.pod("p", nodeSelector={"no": "where"}))
        assert made["spec"]["containers"][0]["resources"]["limits"] == {"memory": "64Mi"}
        big = place.pod("big")
        big["spec"]["containers"][0]["resources"] = {"limits": {"memory": "1Gi"}}
        status, answer = place.raw("POST", PODS, big)
        assert status == 403
        assert "maximum memory usage per Container is 128Mi, but limit is 1Gi" in answer["message"]

    def test_a_job_runs_to_its_end(self, place: Place) -> None:
        template = {"spec": {"restartPolicy": "Never", "containers": [place.container("exit 0")]}}
        place.create(
            "/apis/batch/v1/namespaces/{ns}/jobs", {"metadata": {"name": "j"}, "spec": {"template": template}}
        )
        batch = client.BatchV1Api(place.api)

        def complete(job: Json) -> bool:
            return any(one["type"] == "Complete" for one in job.get("status", {}).get("conditions", ()))

        done = place.until(batch.list_namespaced_job, "j", complete)
        assert done["status"]["succeeded"] == 1


def _log_with(place: Place, pod: str, word: str) -> str:
    """The log once it holds `word`: follow it until then."""
    answer = place.core.read_namespaced_pod_log(pod, place.namespace, follow=True, _preload_content=False)
    text = ""
    for chunk in answer.response.stream(1 << 10) if hasattr(answer, "response") else answer.stream(1 << 10):
        text += chunk.decode()
        if word in text:
            return text
    raise AssertionError(f"{word} was never written: {text!r}")
