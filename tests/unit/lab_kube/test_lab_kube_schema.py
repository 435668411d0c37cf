"""The schema is that of the official client, and decoding speaks as Go does."""

from __future__ import annotations

import pytest

from infrastructure.lab.kube.api import openapi, protobuf
from infrastructure.lab.kube.api.targets import parse
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.schema import generate, rules
from infrastructure.lab.kube.schema.decode import WrongType, decode
from infrastructure.lab.kube.schema.kinds import BY_KIND, BY_RESOURCE, KINDS
from infrastructure.lab.kube.schema.lists import PATCH_KEYS


def test_the_types_file_is_what_the_generator_makes() -> None:
    assert (
        generate.FILE.read_text(encoding="utf-8") == generate.rendered()
    ), "run python -m infrastructure.lab.kube.schema.generate"


def test_every_merge_key_is_a_field_of_the_items_it_names() -> None:
    from infrastructure.lab.kube.schema.decode import fields_of

    for (model, field), key in PATCH_KEYS.items():
        expression = fields_of(model)[field]
        assert expression.startswith("[@"), (model, field)
        assert key in fields_of(expression[2:-1]), (model, field)


def test_unknown_fields_are_named_by_path_and_left_out() -> None:
    body = {"metadata": {"name": "a", "labelz": {}}, "spec": {"containers": [{"name": "x", "imagge": "y"}]}}
    obj, unknown = decode("V1Pod", body)
    assert unknown == ["metadata.labelz", "spec.containers[0].imagge"]
    assert obj == {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "x"}]}}


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        ("V1Pod", {"spec": {"containers": {}}}, "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"),
        ("V1Deployment", {"spec": {"paused": "yes"}}, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool"),
        ("V1Deployment", {"spec": {"replicas": 1.5}}, "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ("V1ConfigMap", {"data": {"a": 1}}, "json: cannot unmarshal number into Go struct field ConfigMap.data.a of type string"),
        ("V1Secret", {"data": {"a": "not base64!"}}, "illegal base64 data at input byte 0"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused_in_the_words_of_go(
    model: str, body: dict[str, object], message: str
) -> None:
    with pytest.raises(WrongType) as caught:
        decode(model, body)
    assert str(caught.value) == message


def test_nulls_are_what_was_not_said() -> None:
    obj, _ = decode("V1Pod", {"metadata": {"creationTimestamp": None, "name": "a"}, "spec": None})
    assert obj == {"metadata": {"name": "a"}}


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if not kind.stored_as], ids=lambda kind: kind.resource
)
def test_an_empty_object_of_every_kind_is_judged_without_a_crash(kind: object) -> None:
    assert kind in KINDS
    found = BY_RESOURCE[kind.resource]  # type: ignore[attr-defined]
    problems = rules.of_create(found, {"metadata": {"name": "a", "namespace": "b"}})
    assert all(problem.path for problem in problems)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/namespaces/a/pods/b/log", ("pods", "a", "b", "log")),
        ("/api/v1/namespaces/a", ("namespaces", "a", "a", "")),
        ("/api/v1/namespaces/a/finalize", ("namespaces", "a", "a", "finalize")),
        ("/apis/apps/v1/deployments", ("deployments.apps", "", "", "")),
        ("/apis/apps/v1/namespaces/a/deployments/b/scale", ("deployments.apps", "a", "b", "scale")),
    ],
)
def test_a_path_names_a_resource(path: str, expected: tuple[str, ...]) -> None:
    found = parse(path)
    assert found is not None
    assert found.kind is not None
    assert (found.kind.resource, found.namespace, found.name, found.subresource) == expected


@pytest.mark.parametrize("path", ["/api/v1/things", "/api/v1/pods/a/b", "/api/v1/namespaces/a/nodes", "/apis/apps/v1/namespaces/a/deployments/b/scale/c"])  # fmt: skip
def test_a_path_that_names_nothing_is_not_found(path: str) -> None:
    with pytest.raises(ApiError):
        parse(path)


def test_a_message_of_a_go_client_is_read_as_json() -> None:
    meta = protobuf.field(1, "settings") + protobuf.field(11, protobuf.field(1, "a") + protobuf.field(2, "b"))
    body = protobuf.field(1, meta) + protobuf.field(2, protobuf.field(1, "k") + protobuf.field(2, "v"))
    envelope = protobuf.field(1, protobuf.field(1, "v1") + protobuf.field(2, "ConfigMap")) + protobuf.field(
        2, body
    )
    assert protobuf.read(b"k8s\x00" + envelope) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "labels": {"a": "b"}},
        "data": {"k": "v"},
    }


@pytest.mark.parametrize("raw", [b"", b"k8s\x00", b"k8s\x00\x0a\xff", b"{}", b"k8s\x00\x0b"])
def test_bytes_that_are_no_message_are_refused(raw: bytes) -> None:
    with pytest.raises(protobuf.NotAMessage):
        protobuf.read(raw)


def test_every_kind_takes_dry_runs_in_every_document() -> None:
    for kind in KINDS:
        found = openapi.document_v3(kind.api_version)["paths"]
        named = [
            path["patch"]
            for path in found.values()
            if path["patch"]["x-kubernetes-group-version-kind"]["kind"] == kind.kind
        ]
        assert {"dryRun", "fieldValidation"} <= {one["name"] for one in named[0]["parameters"]}
    assert BY_KIND["apps/v1", "Deployment"].plural.encode() in openapi.document_v2_protobuf()
