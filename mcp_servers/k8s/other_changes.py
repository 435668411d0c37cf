"""Changes to Services, ConfigMaps, labels and nodes. Pure."""

from __future__ import annotations

from typing import Any, Final

from pydantic import JsonValue

from mcp_servers.k8s import blast, shape
from mcp_servers.k8s.asks import Cordon, SetConfigKey, SetLabel, SetSelector, SetServicePort, Uncordon
from mcp_servers.k8s.change import Around, Change, JsonMap, UndoPlan, is_secret_value
from mcp_servers.k8s.pointers import ABSENT, at, pointer, put
from mcp_servers.k8s.pointers import test as op_test
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.contract import Blast
from mcp_servers.kit.errors import Code, ToolError

UNSCHEDULABLE: Final = "/spec/unschedulable"


def set_selector(item: Json, ask: SetSelector, around: Around) -> Change:
    path = "/spec/selector"
    before = shape.spec(item).get("selector") or {}
    undo = UndoPlan(None, statement="It had no selector before; one cannot be taken away again by this tool.")
    if before:
        undo = UndoPlan(
            "set_selector",
            {**_at(item), "selector": before},
            f"Let Service {shape.name_of(item)} select {_told(before)} again.",
        )
    return Change(
        tuple(put(item, path, dict(ask.selector))),
        (path,),
        undo,
        blast=blast.of_selection(before, dict(ask.selector), around.pods),
    )


def set_service_port(item: Json, ask: SetServicePort, around: Around) -> Change:
    ports = shape.spec(item).get("ports") or []
    index = next((n for n, each in enumerate(ports) if each.get("port") == ask.port), None)
    if index is None:
        numbers = ", ".join(str(each.get("port")) for each in ports) or "none"
        raise ToolError(
            Code.NOT_FOUND, f"Service {shape.name_of(item)} has no port {ask.port}; it has: {numbers}."
        )
    wanted: dict[str, JsonValue] = {"targetPort": ask.target_port, "protocol": ask.protocol}
    given = {f"/spec/ports/{index}/{name}": value for name, value in wanted.items() if value is not None}
    if not given:
        raise ToolError(Code.INVALID_ARGUMENT, "target_port, protocol: name at least one to change.")
    # The API fills in what is left out: the port itself as its target, and TCP.
    defaults: dict[str, JsonValue] = {"targetPort": ask.port, "protocol": "TCP"}
    former = {name: ports[index].get(name, defaults[name]) for name in wanted if wanted[name] is not None}
    renamed = {"targetPort": "target_port", "protocol": "protocol"}
    arguments: JsonMap = {**_at(item), "port": ask.port}
    arguments |= {renamed[name]: value for name, value in former.items()}
    return Change(
        tuple(operation for path, value in given.items() for operation in put(item, path, value)),
        tuple(given),
        UndoPlan("set_service_port", arguments, f"Send port {ask.port} where it went before."),
        (op_test(f"/spec/ports/{index}/port", ask.port),),
        blast.of_service(shape.spec(item).get("selector") or {}, around.pods),
    )


def set_config_key(item: Json, ask: SetConfigKey, around: Around) -> Change:
    if item.get("immutable"):
        raise ToolError(
            Code.CONFLICT,
            f"ConfigMap {shape.name_of(item)} is immutable.",
            try_next="A new ConfigMap has to be made and named in the workload instead.",
        )
    path = pointer("data", ask.key)
    before: Any = at(item, path)
    former = None if before is ABSENT else before
    words = f"Remove {ask.key} again." if former is None else f"Give {ask.key} its former text."
    rests_on = () if is_secret_value(ask.value, ask.key) else None
    undo = UndoPlan("set_config_key", {**_at(item), "key": ask.key, "value": former}, words, rests_on)
    return Change(
        tuple(put(item, path, ask.value)),
        (path,),
        undo,
        blast=blast.of_config(shape.name_of(item), ask.key, around.pods),
    )


def set_label(item: Json, ask: SetLabel, around: Around) -> Change:
    path = pointer("metadata", "labels", ask.label)
    before: Any = at(item, path)
    former = None if before is ABSENT else before
    arguments: JsonMap = {"kind": str(item["kind"]), **_at(item), "label": ask.label, "value": former}
    words = (
        f"Remove label {ask.label} again." if former is None else f"Set label {ask.label} back to {former}."
    )
    pods = 1 if item.get("kind") == "Pod" else 0
    notes = ["Services and controllers that select by this label gain or lose the pod."] if pods else []
    return Change(
        tuple(put(item, path, ask.value)),
        (path,),
        UndoPlan("set_label", arguments, words),
        blast=Blast(pods=pods, away=None if pods else 0, budget="none", notes=notes),
    )


def cordon(item: Json, ask: Cordon, around: Around) -> Change:
    name = shape.name_of(item)
    undo = UndoPlan("uncordon", {"node": name}, f"Let new pods come to node {name} again.")
    done = shape.spec(item).get("unschedulable") is True
    operations = [] if done else put(item, UNSCHEDULABLE, True)
    return Change(tuple(operations), (UNSCHEDULABLE,), undo, blast=blast.of_node(around.pods))


def uncordon(item: Json, ask: Uncordon, around: Around) -> Change:
    name = shape.name_of(item)
    undo = UndoPlan("cordon", {"node": name}, f"Keep new pods away from node {name} again.")
    free = not shape.spec(item).get("unschedulable")
    operations = [] if free else put(item, UNSCHEDULABLE, None)
    return Change(tuple(operations), (UNSCHEDULABLE,), undo, blast=Blast(away=0, budget="none"))


def _at(item: Json) -> JsonMap:
    return {"name": shape.name_of(item), "namespace": str(shape.meta(item).get("namespace", ""))}


def _told(selector: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.items())
