"""Refusals: each with the code, the reason and the details of the real server."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from tests.contracts.kubernetes_api import ClusterContract, Json, Place

PODS = "/api/v1/namespaces/{ns}/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments"


class RefusalsContract(ClusterContract):
    def test_what_is_not_there_is_not_found(self, place: Place) -> None:
        status, answer = place.raw("GET", f"{DEPLOYMENTS}/nothing")
        assert status == 404
        assert answer == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": 'deployments.apps "nothing" not found',
            "reason": "NotFound",
            "details": {"name": "nothing", "group": "apps", "kind": "deployments"},
            "code": 404,
        }

    def test_a_namespace_that_is_not_there_takes_nothing(self, place: Place) -> None:
        status, answer = place.raw(
            "POST", "/api/v1/namespaces/nowhere/configmaps", {"metadata": {"name": "a"}}
        )
        assert (status, answer["message"]) == (404, 'namespaces "nowhere" not found')

    @pytest.mark.parametrize(
        "path", ["/api/v1/unicorns", "/apis/example.com/v1/things", "/apis/apps/v9/deployments"]
    )
    def test_a_kind_that_is_not_served_is_not_found(self, place: Place, path: str) -> None:
        assert place.raw("GET", path)[0] == 404

    def test_a_method_that_is_not_served_is_not_allowed(self, place: Place) -> None:
        status, answer = place.raw("POST", f"{PODS}/a", {"metadata": {"name": "a"}})
        assert (status, answer["reason"]) == (405, "MethodNotAllowed")

    def test_a_body_that_is_not_json_is_a_bad_request(self, place: Place) -> None:
        status, answer = place.raw("POST", PODS, "{nonsense")
        assert (status, answer["reason"]) == (400, "BadRequest")

    def test_a_value_of_the_wrong_type_is_a_bad_request(self, place: Place) -> None:
        body = place.deployment("d")
        body["spec"]["replicas"] = "three"
        status, answer = place.raw("POST", DEPLOYMENTS, body)
        assert status == 400
        assert answer["message"] == (
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into '
            "Go struct field DeploymentSpec.spec.replicas of type int32"
        )

    def test_an_unknown_field_is_refused_when_strict_and_dropped_when_not(self, place: Place) -> None:
        body = place.deployment("d", replicas=0)
        body["spec"]["replicaz"] = 3
        status, answer = place.raw("POST", f"{DEPLOYMENTS}?fieldValidation=Strict", body)
        assert status == 400
        assert 'strict decoding error: unknown field "spec.replicaz"' in answer["message"]
        assert "replicaz" not in place.create(f"{DEPLOYMENTS}?fieldValidation=Ignore", body)["spec"]

    def test_a_bad_name_is_invalid_and_says_where(self, place: Place) -> None:
        status, answer = place.raw("POST", PODS, place.pod("Bad_Name"))
        assert (status, answer["reason"]) == (422, "Invalid")
        assert answer["details"]["kind"] == "Pod"
        causes = {one["field"]: one for one in answer["details"]["causes"]}
        assert causes["metadata.name"]["reason"] == "FieldValueInvalid"
        assert answer["message"].startswith('Pod "Bad_Name" is invalid: ')

    @pytest.mark.parametrize(
        ("change", "field", "reason"),
        [
            ({"containers": []}, "spec.containers", "FieldValueRequired"),
            ({"restartPolicy": "Sometimes"}, "spec.restartPolicy", "FieldValueNotSupported"),
            ({"containers": [{"name": "a"}]}, "spec.containers[0].image", "FieldValueRequired"),
            (
                {"containers": [{"name": "a", "image": "b"}, {"name": "a", "image": "b"}]},
                "spec.containers[1].name",
                "FieldValueDuplicate",
            ),
            (
                {"containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 99999}]}]},
                "spec.containers[0].ports[0].containerPort",
                "FieldValueInvalid",
            ),
            (
                {
                    "containers": [
                        {"name": "a", "image": "b", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
                    ]
                },
                "spec.containers[0].volumeMounts[0].name",
                "FieldValueNotFound",
            ),
            (
                {"containers": [{"name": "a", "image": "b", "livenessProbe": {"periodSeconds": 1}}]},
                "spec.containers[0].livenessProbe",
                "FieldValueRequired",
            ),
            (
                {
                    "containers": [
                        {
                            "name": "a",
                            "image": "b",
                            "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
                        }
                    ]
                },
                "spec.containers[0].resources.requests",
                "FieldValueInvalid",
            ),
        ],
    )
    def test_nonsense_in_a_pod_is_invalid(self, place: Place, change: Json, field: str, reason: str) -> None:
        pod = place.pod("p")
        pod["spec"].update(change)
        status, answer = place.raw("POST", PODS, pod)
        assert status == 422, answer
        assert {one["field"]: one["reason"] for one in answer["details"]["causes"]}[field] == reason

    def test_a_selector_must_fit_its_template(self, place: Place) -> None:
        body = place.deployment("d")
        body["spec"]["selector"]["matchLabels"] = {"app": "another"}
        status, answer = place.raw("POST", DEPLOYMENTS, body)
        assert status == 422
        assert "`selector` does not match template `labels`" in answer["message"]

    def test_a_selector_cannot_change(self, place: Place) -> None:
        body = place.create(DEPLOYMENTS, place.deployment("d", replicas=0))
        body["spec"]["selector"]["matchLabels"] = {"app": "e"}
        body["spec"]["template"]["metadata"]["labels"] = {"app": "e"}
        body["metadata"].pop("resourceVersion")
        status, answer = place.raw("PUT", f"{DEPLOYMENTS}/d", body)
        assert status == 422
        assert "field is immutable" in answer["message"]

    def test_a_pod_can_change_little_but_its_image(self, place: Place) -> None:
        made = place.create(PODS, place.pod("p", nodeSelector={"no": "where"}))
        made["spec"]["containers"][0]["image"] = "another:1"
        made["metadata"].pop("resourceVersion")
        assert place.raw("PUT", f"{PODS}/p", made)[0] == 200
        made["spec"]["restartPolicy"] = "Never"
        status, answer = place.raw("PUT", f"{PODS}/p", made)
        assert status == 422
        assert "pod updates may not change fields other than" in answer["message"]

    @pytest.mark.parametrize(
        ("spec", "field"),
        [
            ({"ports": [{"port": 0}]}, "spec.ports[0].port"),
            ({"ports": []}, "spec.ports"),
            ({"ports": [{"port": 80}], "type": "Magic"}, "spec.type"),
            ({"ports": [{"port": 80}, {"port": 81}]}, "spec.ports[0].name"),
            ({"ports": [{"port": 80}], "clusterIP": "1.2.3.4"}, "spec.clusterIPs"),
        ],
    )
    def test_nonsense_in_a_service_is_invalid(self, place: Place, spec: Any, field: str) -> None:
        status, answer = place.raw(
            "POST", "/api/v1/namespaces/{ns}/services", {"metadata": {"name": "s"}, "spec": spec}
        )
        assert status == 422, answer
        assert field in {one["field"] for one in answer["details"]["causes"]}


class RightsContract(ClusterContract):
    """401 and 403, from RBAC objects and ServiceAccount tokens."""

    @pytest.fixture
    def reader(self, place: Place) -> Place:
        """A ServiceAccount that may list pods here, and nothing else."""
        place.create("/api/v1/namespaces/{ns}/serviceaccounts", {"metadata": {"name": "reader"}})
        root = "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}"
        rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
        place.create(f"{root}/roles", {"metadata": {"name": "read"}, "rules": [rule]})
        subject = {"kind": "ServiceAccount", "name": "reader", "namespace": place.namespace}
        role = {"kind": "Role", "name": "read", "apiGroup": "rbac.authorization.k8s.io"}
        place.create(
            f"{root}/rolebindings", {"metadata": {"name": "read"}, "roleRef": role, "subjects": [subject]}
        )
        return with_token(place, self.token(place))

    def token(self, place: Place) -> str:
        body = {"spec": {"expirationSeconds": 3600}}
        answer = place.create("/api/v1/namespaces/{ns}/serviceaccounts/reader/token", body)
        return str(answer["status"]["token"])

    def test_a_role_opens_what_it_names(self, reader: Place) -> None:
        assert reader.raw("GET", PODS)[0] == 200

    @pytest.mark.parametrize(
        ("method", "path", "verb", "resource", "group"),
        [
            ("GET", f"{PODS}/a", "get", "pods", ""),
            ("GET", "/api/v1/namespaces/{ns}/secrets", "list", "secrets", ""),
            ("GET", f"{PODS}?watch=true", "watch", "pods", ""),
            ("POST", DEPLOYMENTS, "create", "deployments", "apps"),
            ("DELETE", f"{PODS}/a", "delete", "pods", ""),
            ("GET", f"{PODS}/a/log", "get", "pods/log", ""),
            ("PATCH", f"{DEPLOYMENTS}/a/scale", "patch", "deployments/scale", "apps"),
        ],
    )
    def test_everything_else_is_forbidden(
        self, reader: Place, method: str, path: str, verb: str, resource: str, group: str
    ) -> None:
        status, answer = reader.raw(method, path)
        assert (status, answer["reason"]) == (403, "Forbidden")
        who = f"system:serviceaccount:{reader.namespace}:reader"
        expected = f'User "{who}" cannot {verb} resource "{resource}" in API group "{group}" in the namespace'
        assert expected in answer["message"]

    def test_another_namespace_is_forbidden(self, reader: Place) -> None:
        assert reader.raw("GET", "/api/v1/namespaces/default/pods")[0] == 403

    def test_a_token_that_is_none_is_unauthorized(self, place: Place) -> None:
        status, answer = with_token(place, "nonsense").raw("GET", PODS)
        assert (status, answer["reason"], answer["message"]) == (401, "Unauthorized", "Unauthorized")

    def test_a_deleted_account_is_unauthorized(self, place: Place, reader: Place) -> None:
        place.core.delete_namespaced_service_account("reader", place.namespace)
        place.until_gone(place.core.list_namespaced_service_account, "reader")
        assert reader.raw("GET", PODS)[0] in (200, 401)
        assert self.gone_for_good(place, reader)

    def gone_for_good(self, place: Place, reader: Place) -> bool:
        """Real servers cache a token's verdict for some seconds."""
        review = {
            "spec": {"token": reader.api.configuration.api_key["authorization"].removeprefix("Bearer ")}
        }
        answer = place.create("/apis/authentication.k8s.io/v1/tokenreviews", review)
        return not answer["status"].get("authenticated", False)

    def test_a_review_says_what_one_may(self, reader: Place) -> None:
        for verb, allowed in (("list", True), ("delete", False)):
            spec = {"resourceAttributes": {"namespace": reader.namespace, "verb": verb, "resource": "pods"}}
            answer = reader.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": spec})
            assert answer["status"]["allowed"] is allowed

    def test_a_review_says_who_one_is(self, reader: Place) -> None:
        answer = reader.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
        info = answer["status"]["userInfo"]
        assert info["username"] == f"system:serviceaccount:{reader.namespace}:reader"
        assert f"system:serviceaccounts:{reader.namespace}" in info["groups"]

    def test_a_token_review_knows_a_good_token(self, place: Place, reader: Place) -> None:
        token = self.token(place)
        answer = place.create("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token}})
        assert answer["status"]["authenticated"] is True
        assert answer["status"]["user"]["username"].endswith(":reader")
        assert reader.namespace == place.namespace


def with_token(place: Place, token: str) -> Place:
    """The same place through other eyes."""
    settings = client.Configuration()
    settings.host = place.api.configuration.host
    settings.ssl_ca_cert = place.api.configuration.ssl_ca_cert
    settings.api_key["authorization"] = f"Bearer {token}"
    return Place(place.server, client.ApiClient(settings), place.namespace)
