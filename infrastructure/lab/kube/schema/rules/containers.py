"""The rules of one container: image, ports, environment, resources and probes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.failures import (
    FieldProblem,
    duplicate,
    forbidden_field,
    invalid_value,
    required,
    unsupported,
)
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.rules.numbers import not_negative, port, port_name, port_or_name

_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_SCHEMES = ("HTTP", "HTTPS")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_VARIABLE = re.compile(r"[ -<>-~]+")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def container(one: Obj, path: str) -> Iterator[FieldProblem]:
    if not one.get("image"):
        yield required(f"{path}.image")
    elif one["image"] != one["image"].strip():
        yield invalid_value(f"{path}.image", one["image"], "must not have leading or trailing whitespace")
    if one.get("imagePullPolicy", "Always") not in _PULL:
        yield unsupported(f"{path}.imagePullPolicy", one["imagePullPolicy"], _PULL)
    yield from _ports(one.get("ports", []), f"{path}.ports")
    yield from _environment(one.get("env", []), f"{path}.env")
    yield from _resources(one.get("resources", {}), f"{path}.resources")
    for name in _PROBES:
        if name in one:
            yield from _probe(name, one[name], f"{path}.{name}")


def _ports(ports: list[Obj], path: str) -> Iterator[FieldProblem]:
    names: set[str] = set()
    for index, one in enumerate(ports):
        here = f"{path}[{index}]"
        yield from port(one.get("containerPort", 0), f"{here}.containerPort")
        if one.get("protocol", "TCP") not in _PROTOCOLS:
            yield unsupported(f"{here}.protocol", one["protocol"], _PROTOCOLS)
        name = one.get("name")
        if name:
            yield from port_name(name, f"{here}.name")
            if name in names:
                yield duplicate(f"{here}.name", name)
            names.add(name)


def _environment(variables: list[Obj], path: str) -> Iterator[FieldProblem]:
    for index, one in enumerate(variables):
        here = f"{path}[{index}]"
        name = one.get("name", "")
        if not name:
            yield required(f"{here}.name")
        elif _VARIABLE.fullmatch(name) is None:
            yield invalid_value(
                f"{here}.name",
                name,
                "a valid environment variable name must consist only of printable ASCII characters other than '='",
            )
        source = one.get("valueFrom")
        if source is not None:
            yield from _source(one, source, f"{here}.valueFrom")


def _source(variable: Obj, source: Obj, path: str) -> Iterator[FieldProblem]:
    given = [name for name in _SOURCES if name in source]
    if not given:
        text = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        yield invalid_value(path, "", text)
    elif len(given) > 1:
        yield invalid_value(path, "", "may not have more than one field specified at a time")
    if variable.get("value"):
        yield invalid_value(path, "", "may not be specified when `value` is not empty")


def _resources(resources: Obj, path: str) -> Iterator[FieldProblem]:
    limits = resources.get("limits") or {}
    for group in ("limits", "requests"):
        for name, value in (resources.get(group) or {}).items():
            if quantity.parse(value) < 0:
                yield invalid_value(f"{path}.{group}[{name}]", value, "must be greater than or equal to 0")
    for name, value in (resources.get("requests") or {}).items():
        if name in limits and quantity.parse(value) > quantity.parse(limits[name]):
            text = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid_value(f"{path}.requests", value, text)


def _probe(name: str, probe: Obj, path: str) -> Iterator[FieldProblem]:
    given = [handler for handler in _HANDLERS if handler in probe]
    if not given:
        yield required(path, "must specify a handler type")
    for extra in given[1:]:
        yield forbidden_field(f"{path}.{extra}", "may not specify more than 1 handler type")
    for handler in given:
        yield from _handler(handler, probe[handler], f"{path}.{handler}")
    for field in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        yield from not_negative(probe.get(field), f"{path}.{field}")
    if name != "readinessProbe" and probe.get("successThreshold", 1) > 1:
        yield invalid_value(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def _handler(name: str, handler: Obj, path: str) -> Iterator[FieldProblem]:
    if name == "exec":
        if not handler.get("command"):
            yield required(f"{path}.command")
        return
    yield from port_or_name(handler.get("port", 0), f"{path}.port")
    if name == "httpGet" and handler.get("scheme", "HTTP") not in _SCHEMES:
        yield unsupported(f"{path}.scheme", handler["scheme"], _SCHEMES)
