"""A recorded incident behind the Toolbox port: the read tools answer from the snapshot, nothing can be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import ToolFailed, ToolNotConfigured
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from sre_agent.snapshots.content import LogFile, Snapshot

CLUSTER_WIDE = frozenset(
    {
        "nodes",
        "namespaces",
        "persistentvolumes",
        "storageclasses",
        "clusterroles",
        "clusterrolebindings",
        "ingressclasses",
    }
)
RECORDING = "recording"
"""The server that only a recording has; its one tool gives all that was recorded at once."""
PLURAL_OF = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies", "StorageClass": "storageclasses"}


class RecordedToolbox:
    """Implements `ports.toolbox.Toolbox` over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tools: Mapping[tuple[str, str], Callable[[JsonObject], Any]] = {
            (RECORDING, "read"): self._everything,
            ("k8s", "namespace_objects"): self._namespace_objects,
            ("k8s", "list_objects"): self._list_objects,
            ("k8s", "get_object"): self._get_object,
            ("k8s", "list_events"): self._list_events,
            ("k8s", "get_pod_logs"): self._pod_logs,
            ("prometheus", "query_range"): self._query_range,
        }

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        """Answers from the recording. Raises ToolNotConfigured, or ToolFailed for what was not recorded."""
        if call.server not in {server for server, _ in self._tools}:
            raise ToolNotConfigured(f"this is a recording; it has no {call.server} server")
        tool = self._tools.get((call.server, call.tool))
        if tool is None:
            why = "a recording can be read and not changed" if right else "was not recorded"
            raise ToolFailed(f"{call.server}.{call.tool}: {why}", code="not_found")
        return ToolAnswer(
            content=tool(call.arguments), taken_at=self._snapshot.captured_at, took=timedelta(0)
        )

    async def tools(self) -> tuple[ToolInfo, ...]:
        return tuple(
            ToolInfo(
                server=server,
                name=name,
                description=f"{name}, from the recording",
                read_only=True,
                destructive=False,
                input_schema={"type": "object"},
            )
            for server, name in self._tools
        )

    def servers(self) -> tuple[ServerState, ...]:
        names = dict.fromkeys(server for server, _ in self._tools)
        return tuple(
            ServerState(
                name=name,
                url="recording:",
                connected=True,
                tools=sum(server == name for server, _ in self._tools),
            )
            for name in names
        )

    async def close(self) -> None:
        """Nothing is held open."""

    def _everything(self, arguments: JsonObject) -> dict[str, Any]:
        taken = self._snapshot
        return {
            "captured_at": taken.captured_at.isoformat(),
            "kubernetes": dict(taken.kubernetes),
            "logs": None if taken.logs is None else [_log(log) for log in taken.logs],
            "metrics": None if taken.metrics is None else dict(taken.metrics),
            "topology": [list(edge) for edge in taken.topology or ()],
            "probes": None if taken.probes is None else list(taken.probes),
            "changes": None if taken.changes is None else list(taken.changes),
            "problems": [[one.path, one.reason] for one in taken.problems],
        }

    def _namespace_objects(self, arguments: JsonObject) -> dict[str, Any]:
        namespace, kinds = str(arguments.get("namespace") or ""), arguments.get("kinds")
        wanted = kinds if isinstance(kinds, list) else list(self._snapshot.kubernetes)
        known = {
            plural: self._snapshot.kubernetes[plural]
            for plural in map(str, wanted)
            if plural in self._snapshot.kubernetes
        }
        return {
            "collected": {
                plural: list(_within(found, "" if plural in CLUSTER_WIDE else namespace))
                for plural, found in known.items()
            },
            "not_collected": {str(plural): "not recorded" for plural in wanted if plural not in known},
        }

    def _objects(self, plural: str) -> list[Any]:
        if plural not in self._snapshot.kubernetes:
            raise ToolFailed(f"{plural} were not recorded", code="not_found")
        return self._snapshot.kubernetes[plural]

    def _list_objects(self, arguments: JsonObject) -> dict[str, Any]:
        found = _within(self._objects(str(arguments.get("kind"))), str(arguments.get("namespace") or ""))
        node = str(arguments.get("field_selector") or "").removeprefix("spec.nodeName=")
        return {"items": [one for one in found if not node or _at(one, "spec").get("nodeName") == node]}

    def _get_object(self, arguments: JsonObject) -> dict[str, Any]:
        kind, name = str(arguments.get("kind")), str(arguments.get("name"))
        plural = PLURAL_OF.get(kind, f"{kind.lower()}s")
        for one in _within(self._objects(plural), str(arguments.get("namespace") or "")):
            if _at(one, "metadata").get("name") == name:
                return {"object": one}
        raise ToolFailed(f"{kind} {name} was not recorded", code="not_found")

    def _list_events(self, arguments: JsonObject) -> dict[str, Any]:
        return {"items": list(_within(self._objects("events"), str(arguments.get("namespace") or "")))}

    def _pod_logs(self, arguments: JsonObject) -> dict[str, Any]:
        previous = bool(arguments.get("previous"))
        for log in self._snapshot.logs or ():
            told = {"namespace": log.namespace, "pod": log.pod, "container": log.container}
            if log.previous == previous and all(
                arguments.get(key) in (None, "", value) for key, value in told.items()
            ):
                return {**told, "previous": previous, "lines": list(log.lines)}
        raise ToolFailed(f"no log of pod {arguments.get('pod')} was recorded", code="not_found")

    def _query_range(self, arguments: JsonObject) -> dict[str, Any]:
        """Only a query that was recorded word for word has an answer; a recording computes nothing."""
        for answer in (self._snapshot.metrics or {}).values():
            if answer.get("query") == arguments.get("promql"):
                return {"series": list(_at(answer, "data").get("result") or [])}
        raise ToolFailed("this query was not recorded", code="not_found")


def _within(found: Iterable[Any], namespace: str) -> Iterable[Any]:
    return (one for one in found if not namespace or _at(one, "metadata").get("namespace") == namespace)


def _at(raw: Any, key: str) -> Mapping[str, Any]:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _log(log: LogFile) -> dict[str, Any]:
    return {
        "namespace": log.namespace,
        "pod": log.pod,
        "container": log.container,
        "previous": log.previous,
        "path": log.path,
        "lines": list(log.lines),
    }
