"""The rules of pod specs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infrastructure.lab.kube.objects.failures import (
    FieldProblem,
    duplicate,
    invalid_value,
    not_there,
    required,
    unsupported,
)
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.rules.containers import container
from infrastructure.lab.kube.schema.rules.metadata import dns_label, labels
from infrastructure.lab.kube.schema.rules.numbers import not_negative

_RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_TOLERATION_OPERATORS = ("Equal", "Exists")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def pod(obj: Obj) -> Iterator[FieldProblem]:
    yield from pod_spec(obj.get("spec", {}), "spec")


def template(
    obj: Obj, path: str, *, restart: tuple[str, ...] = ("Always",), claims: frozenset[str] = frozenset()
) -> Iterator[FieldProblem]:
    """`claims` are volumes that come from elsewhere: a StatefulSet's claim templates."""
    yield from labels(obj.get("metadata", {}).get("labels") or {}, f"{path}.metadata.labels")
    spec = obj.get("spec", {})
    yield from pod_spec(spec, f"{path}.spec", claims)
    policy = spec.get("restartPolicy")
    if policy in _RESTART and policy not in restart:
        yield unsupported(f"{path}.spec.restartPolicy", policy, restart)


def pod_spec(spec: Obj, path: str, claims: frozenset[str] = frozenset()) -> Iterator[FieldProblem]:
    volumes = yield from _volumes(spec.get("volumes", []), f"{path}.volumes")
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    seen: set[str] = set()
    for group in ("initContainers", "containers"):
        for index, one in enumerate(spec.get(group, ())):
            here = f"{path}.{group}[{index}]"
            yield from _unique(one.get("name", ""), seen, f"{here}.name")
            yield from container(one, here)
            yield from _mounts(one, volumes | claims, here)
    yield from _policies(spec, path)
    yield from _tolerations(spec.get("tolerations", []), f"{path}.tolerations")
    yield from labels(spec.get("nodeSelector") or {}, f"{path}.nodeSelector")


def _unique(name: str, seen: set[str], path: str) -> Iterator[FieldProblem]:
    yield from dns_label(name, path)
    if name and name in seen:
        yield duplicate(path, name)
    seen.add(name)


def _volumes(volumes: list[Obj], path: str) -> Any:
    """Yields problems; returns the names that mounts may use."""
    seen: set[str] = set()
    for index, volume in enumerate(volumes):
        yield from _unique(volume.get("name", ""), seen, f"{path}[{index}].name")
        sources = [key for key in volume if key != "name"]
        if len(sources) > 1:
            yield FieldProblem(
                "FieldValueForbidden",
                f"{path}[{index}].{sources[1]}",
                "Forbidden: may not specify more than 1 volume type",
            )
    return seen


def _mounts(one: Obj, volumes: set[str], path: str) -> Iterator[FieldProblem]:
    paths: set[str] = set()
    for index, mount in enumerate(one.get("volumeMounts", ())):
        here = f"{path}.volumeMounts[{index}]"
        name, target = mount.get("name", ""), mount.get("mountPath", "")
        if name and name not in volumes:
            yield not_there(f"{here}.name", name)
        if target in paths:
            yield invalid_value(f"{here}.mountPath", target, "must be unique")
        paths.add(target)


def _policies(spec: Obj, path: str) -> Iterator[FieldProblem]:
    if spec.get("restartPolicy", "Always") not in _RESTART:
        yield unsupported(f"{path}.restartPolicy", spec["restartPolicy"], _RESTART)
    if spec.get("dnsPolicy", "ClusterFirst") not in _DNS:
        yield unsupported(f"{path}.dnsPolicy", spec["dnsPolicy"], _DNS)
    yield from not_negative(
        spec.get("terminationGracePeriodSeconds"), f"{path}.terminationGracePeriodSeconds"
    )
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and deadline < 1:
        text = "must be between 1 and 2147483647, inclusive"
        yield invalid_value(f"{path}.activeDeadlineSeconds", deadline, text)


def _tolerations(tolerations: list[Obj], path: str) -> Iterator[FieldProblem]:
    for index, one in enumerate(tolerations):
        here = f"{path}[{index}]"
        operator = one.get("operator", "Equal")
        if operator not in _TOLERATION_OPERATORS:
            yield unsupported(f"{here}.operator", operator, _TOLERATION_OPERATORS)
        elif operator == "Exists" and one.get("value"):
            yield invalid_value(
                f"{here}.operator", one["value"], "value must be empty when `operator` is 'Exists'"
            )
        if one.get("effect") and one["effect"] not in _EFFECTS:
            yield unsupported(f"{here}.effect", one["effect"], _EFFECTS)
