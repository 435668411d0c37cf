"""What may not change once an object exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from infrastructure.lab.kube.objects.failures import FieldProblem, forbidden_field, invalid_value
from infrastructure.lab.kube.objects.tree import Obj, clone, dig
from infrastructure.lab.kube.schema.kinds import Kind

_IMMUTABLE = "field is immutable"
_POD_TEXT = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
    "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
    "previously negative)"
)
_STATEFUL_TEXT = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
_STATEFUL_FREE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_CLAIM_TEXT = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound "
    "claims"
)


def check(kind: Kind, obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    yield from _RULES.get(kind.resource, _nothing)(obj, old)


def _nothing(_: Obj, __: Obj) -> Iterator[FieldProblem]:
    return iter(())


def _pod(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    if _without_free_fields(obj) != _without_free_fields(old):
        yield forbidden_field("spec", _POD_TEXT)
        return
    kept = dig(old, "spec", "tolerations", default=[])
    now = dig(obj, "spec", "tolerations", default=[])
    if any(one not in now for one in kept):
        text = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", text)


def _without_free_fields(pod: Obj) -> Obj:
    spec = clone(pod.get("spec", {}))
    for name in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"):
        spec.pop(name, None)
    for container in [*spec.get("containers", ()), *spec.get("initContainers", ())]:
        container.pop("image", None)
    return spec


def _selector(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    now = dig(obj, "spec", "selector", default={})
    if now != dig(old, "spec", "selector", default={}):
        yield invalid_value("spec.selector", now, _IMMUTABLE)


def _stateful_set(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    def fixed(one: Obj) -> Obj:
        return {key: value for key, value in one.get("spec", {}).items() if key not in _STATEFUL_FREE}

    if fixed(obj) != fixed(old):
        yield forbidden_field("spec", _STATEFUL_TEXT)


def _job(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    for name in ("completions", "selector", "template"):
        now = dig(obj, "spec", name)
        if now != dig(old, "spec", name):
            yield invalid_value(f"spec.{name}", now, _IMMUTABLE)


def _service(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    before, now = dig(old, "spec", "clusterIP"), dig(obj, "spec", "clusterIP")
    same_type = dig(old, "spec", "type") != "ExternalName" and dig(obj, "spec", "type") != "ExternalName"
    if before and same_type and now != before:
        yield invalid_value("spec.clusterIPs[0]", now, "may not change once set")


def _immutable_data(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    if old.get("type") != obj.get("type"):
        yield invalid_value("type", obj.get("type"), _IMMUTABLE)
    if not old.get("immutable"):
        return
    text = "field is immutable when `immutable` is set"
    if not obj.get("immutable"):
        yield forbidden_field("immutable", text)
    for field in ("data", "binaryData"):
        if obj.get(field) != old.get(field):
            yield forbidden_field(field, text)


def _role_reference(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    if obj.get("roleRef") != old.get("roleRef"):
        yield invalid_value("roleRef", obj.get("roleRef"), "cannot change roleRef")


def _claim(obj: Obj, old: Obj) -> Iterator[FieldProblem]:
    def fixed(one: Obj) -> Obj:
        skipped = ("resources", "volumeName", "volumeAttributesClassName")
        return {key: value for key, value in one.get("spec", {}).items() if key not in skipped}

    if fixed(obj) != fixed(old):
        yield forbidden_field("spec", _CLAIM_TEXT)


_RULES: Mapping[str, Callable[[Obj, Obj], Iterator[FieldProblem]]] = MappingProxyType(
    {
        "pods": _pod,
        "deployments.apps": _selector,
        "replicasets.apps": _selector,
        "daemonsets.apps": _selector,
        "statefulsets.apps": _stateful_set,
        "jobs.batch": _job,
        "services": _service,
        "configmaps": _immutable_data,
        "secrets": _immutable_data,
        "rolebindings.rbac.authorization.k8s.io": _role_reference,
        "clusterrolebindings.rbac.authorization.k8s.io": _role_reference,
        "persistentvolumeclaims": _claim,
    }
)
