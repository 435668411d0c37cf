"""Changes to workloads: how many, which image, which environment, which resources, which probe. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import JsonValue

from mcp_servers.k8s import shape
from mcp_servers.k8s.asks import Scale, SetEnv, SetImage, SetProbe, SetResources
from mcp_servers.k8s.blast import of_scaling, of_template
from mcp_servers.k8s.change import Around, Change, JsonMap, UndoPlan, element, is_secret_value
from mcp_servers.k8s.pointers import ABSENT, Operation, at, pointer, put, puts
from mcp_servers.k8s.pointers import test as op_test
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.errors import Code, ToolError

CONTAINERS: Final = "/spec/template/spec/containers"


def scale(item: Json, ask: Scale, around: Around) -> Change:
    _refuse_autoscaled(item, around)
    path = "/spec/replicas"
    before = shape.spec(item).get("replicas", 1)
    undo = UndoPlan(
        "scale",
        {**at_workload(item), "replicas": before},
        f"Scale {item['kind']} {shape.name_of(item)} back to {before}.",
    )
    return Change(
        tuple(put(item, path, ask.replicas)), (path,), undo, blast=of_scaling(item, ask.replicas, around)
    )


def set_image(item: Json, ask: SetImage, around: Around) -> Change:
    refuse_paused(item)
    index, guard = element(item, CONTAINERS, ask.container)
    path = f"{CONTAINERS}/{index}/image"
    before = at(item, path)
    undo = UndoPlan(
        "set_image",
        {**_at_container(item, ask.container), "image": before},
        f"Set the image of {ask.container} back to {before}.",
    )
    return Change(tuple(put(item, path, ask.image)), (path,), undo, (guard,), of_template(item, around))


def set_env(item: Json, ask: SetEnv, around: Around) -> Change:
    refuse_paused(item)
    index, guard = element(item, CONTAINERS, ask.container)
    entries = f"{CONTAINERS}/{index}/env"
    found = at(item, entries)
    known: list[Any] = found if isinstance(found, list) else []
    place = next((n for n, each in enumerate(known) if each.get("name") == ask.variable), None)
    if place is None:
        operations, guards = _new_entry(entries, found, ask), [guard]
        fields = [entries if ask.value is None else f"{entries}/{len(known)}"]
    else:
        path = f"{entries}/{place}"
        operations, guards = _changed_entry(path, known[place], ask), [
            guard,
            op_test(f"{path}/name", ask.variable),
        ]
        fields = [f"{path}/name", f"{path}/value"]
        if "valueFrom" in known[place]:
            fields.append(f"{path}/valueFrom")
    before = known[place] if place is not None else None
    out_of_order = place is not None and ask.value is None and place + 1 < len(known)
    undo = _undo_env(item, ask, before, around)
    if out_of_order and around.revisions.current:
        undo = undo_by_revision(
            item, around, f"Bring back the revision that had {ask.variable} in its place."
        )
    return Change(tuple(operations), tuple(fields), undo, tuple(guards), of_template(item, around))


def set_resources(item: Json, ask: SetResources, around: Around) -> Change:
    refuse_paused(item)
    if not ask.requests and not ask.limits:
        raise ToolError(Code.INVALID_ARGUMENT, "requests, limits: name at least one resource to change.")
    index, guard = element(item, CONTAINERS, ask.container)
    root = f"{CONTAINERS}/{index}/resources"
    wanted: dict[str, JsonValue] = {}
    before: dict[str, JsonMap] = {"requests": {}, "limits": {}}
    for group, values in (("requests", ask.requests), ("limits", ask.limits)):
        for name, value in values.items():
            path = root + pointer(group, name)
            wanted[path] = value
            before[group][name] = _or_none(at(item, path))
    undo = UndoPlan(
        "set_resources",
        {**_at_container(item, ask.container), **before},
        f"Give {ask.container} its former requests and limits.",
    )
    return Change(tuple(puts(item, wanted)), tuple(wanted), undo, (guard,), of_template(item, around))


def set_probe(item: Json, ask: SetProbe, around: Around) -> Change:
    refuse_paused(item)
    index, guard = element(item, CONTAINERS, ask.container)
    root = f"{CONTAINERS}/{index}/{ask.probe}Probe"
    probe = at(item, root)
    if not isinstance(probe, dict):
        raise ToolError(Code.NOT_FOUND, f"Container {ask.container} has no {ask.probe} probe to change.")
    wanted = {f"{root}/{path}": value for path, value in _probe_fields(probe, ask).items()}
    if not wanted:
        raise ToolError(Code.INVALID_ARGUMENT, "Name at least one property of the probe to change.")
    undo = _undo_probe(item, ask, wanted, around)
    return Change(tuple(puts(item, wanted)), tuple(wanted), undo, (guard,), of_template(item, around))


def at_workload(item: Json) -> JsonMap:
    """The arguments that name it."""
    namespace = str(shape.meta(item).get("namespace", ""))
    return {"kind": str(item["kind"]), "name": shape.name_of(item), "namespace": namespace}


def refuse_paused(item: Json) -> None:
    """As kubectl does: a change to a paused roll-out would not roll out."""
    if shape.spec(item).get("paused"):
        raise ToolError(
            Code.CONFLICT,
            f"{item.get('kind')} {shape.name_of(item)} is paused; the change would not roll out.",
            try_next="A person has to resume it (kubectl rollout resume) or finish what it was paused for.",
        )


def image_fields(template: Json) -> tuple[str, ...]:
    """Pointer to each image of a workload with this template; who sets another one has taken it over."""
    return tuple(f"{CONTAINERS}/{index}/image" for index in range(len(shape.containers(template))))


def undo_by_revision(item: Json, around: Around, statement: str) -> UndoPlan:
    """Back to the template of the present revision, for what the tool itself could not say again."""
    if not around.revisions.current:
        return UndoPlan(None, statement="The value before cannot be said again, and no revision keeps it.")
    arguments: JsonMap = {**at_workload(item), "to_revision": around.revisions.current}
    images = image_fields(shape.spec(item).get("template") or {})
    return UndoPlan("rollout_undo", arguments, statement, images)


def _at_container(item: Json, container: str) -> JsonMap:
    return {**at_workload(item), "container": container}


def _refuse_autoscaled(item: Json, around: Around) -> None:
    for each in around.autoscalers:
        told = shape.spec(each).get("scaleTargetRef") or {}
        if (told.get("kind"), told.get("name")) == (item.get("kind"), shape.name_of(item)):
            low, high = shape.spec(each).get("minReplicas", 1), shape.spec(each).get("maxReplicas")
            raise ToolError(
                Code.CONFLICT,
                f"HorizontalPodAutoscaler {shape.name_of(each)} sets the replicas of {item['kind']} "
                f"{shape.name_of(item)} (between {low} and {high}); it would undo this at once.",
                try_next="A person has to change the autoscaler's bounds instead.",
            )


def _new_entry(entries: str, found: Any, ask: SetEnv) -> list[Operation]:
    if ask.value is None:
        return []
    entry = {"name": ask.variable, "value": ask.value}
    if isinstance(found, list):
        return [{"op": "add", "path": f"{entries}/-", "value": entry}]
    return [{"op": "add", "path": entries, "value": [entry]}]


def _changed_entry(path: str, entry: Mapping[str, Any], ask: SetEnv) -> list[Operation]:
    if ask.value is None:
        return [{"op": "remove", "path": path}]
    if "valueFrom" in entry:
        return [{"op": "replace", "path": path, "value": {"name": ask.variable, "value": ask.value}}]
    if entry.get("value", "") == ask.value:
        return []
    operation = "replace" if "value" in entry else "add"
    return [{"op": operation, "path": f"{path}/value", "value": ask.value}]


def _undo_env(item: Json, ask: SetEnv, before: Mapping[str, Any] | None, around: Around) -> UndoPlan:
    where = f"{ask.variable} of {ask.container}"
    old = before.get("value", "") if before is not None else None
    if (before is not None and "valueFrom" in before) or is_secret_value(old, ask.variable):
        return undo_by_revision(
            item, around, f"Bring back the revision in which {where} had its former value."
        )
    words = f"Remove {where} again." if old is None else f"Give {where} its former value."
    arguments = {**_at_container(item, ask.container), "variable": ask.variable, "value": old}
    rests_on = () if is_secret_value(ask.value, ask.variable) else None
    return UndoPlan("set_env", arguments, words, rests_on)


def _probe_fields(probe: Mapping[str, Any], ask: SetProbe) -> dict[str, JsonValue]:
    """Path below the probe → value wanted there. Raises ToolError where the probe is of another sort."""
    handler = next((name for name in ("httpGet", "tcpSocket", "grpc", "exec") if name in probe), "")
    wanted: dict[str, JsonValue] = {
        f"{handler}/port": ask.port,
        f"{handler}/path": ask.path,
        f"{handler}/scheme": ask.scheme,
        "initialDelaySeconds": ask.initial_delay_seconds,
        "timeoutSeconds": ask.timeout_seconds,
        "periodSeconds": ask.period_seconds,
        "failureThreshold": ask.failure_threshold,
    }
    given: dict[str, JsonValue] = {path: value for path, value in wanted.items() if value is not None}
    if handler != "httpGet" and (ask.path is not None or ask.scheme is not None):
        raise ToolError(Code.INVALID_ARGUMENT, f"path, scheme: this probe asks by {handler}, not by HTTP.")
    if handler in ("exec", "") and ask.port is not None:
        raise ToolError(
            Code.INVALID_ARGUMENT, f"port: this probe asks by {handler or 'nothing'}, not at a port."
        )
    return given


_PROBE_ARGUMENTS: Final = {
    "port": "port",
    "path": "path",
    "scheme": "scheme",
    "initialDelaySeconds": "initial_delay_seconds",
    "timeoutSeconds": "timeout_seconds",
    "periodSeconds": "period_seconds",
    "failureThreshold": "failure_threshold",
}


def _undo_probe(item: Json, ask: SetProbe, wanted: Mapping[str, JsonValue], around: Around) -> UndoPlan:
    before = {path: _or_none(at(item, path)) for path in wanted}
    words = f"Give the {ask.probe} probe of {ask.container} its former values."
    if any(value is None for value in before.values()):
        return undo_by_revision(item, around, words)
    former = {_PROBE_ARGUMENTS[path.rpartition("/")[2]]: value for path, value in before.items()}
    arguments: JsonMap = {**_at_container(item, ask.container), "probe": ask.probe, **former}
    return UndoPlan("set_probe", arguments, words)


def _or_none(value: Any) -> JsonValue:
    found: JsonValue = None if value is ABSENT else value
    return found
