"""Which objects a list or watch is about: namespace, labels and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from infrastructure.lab.kube.objects import failures, selectors
from infrastructure.lab.kube.objects.tree import Obj, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.schema.kinds import Kind

_ReadField = Callable[[Obj], str]


def _at(path: str) -> _ReadField:
    steps = path.split(".")

    def read(obj: Obj) -> str:
        value = dig(obj, *steps, default="")
        return str(value).lower() if isinstance(value, bool) else str(value)

    return read


def _paths(*paths: str) -> dict[str, _ReadField]:
    return {path: _at(path) for path in paths}


_EVERY: Mapping[str, _ReadField] = MappingProxyType(
    {"metadata.name": name_of, "metadata.namespace": namespace_of}
)
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_EVENT = _paths(*(f"involvedObject.{part}" for part in _INVOLVED), "reason", "type", "reportingComponent") | {
    "source": lambda obj: str(dig(obj, "source", "component") or obj.get("reportingComponent", "")),
    "reportingController": _at("reportingComponent"),
    **{f"regarding.{part}": _at(f"involvedObject.{part}") for part in _INVOLVED},
}
_FIELDS: Mapping[str, Mapping[str, _ReadField]] = MappingProxyType(
    {
        "pods": _paths(
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        )
        | {"spec.hostNetwork": lambda pod: str(dig(pod, "spec", "hostNetwork", default=False)).lower()},
        "events": _EVENT,
        "nodes": {
            "spec.unschedulable": lambda node: str(dig(node, "spec", "unschedulable", default=False)).lower()
        },
        "namespaces": _paths("status.phase"),
        "secrets": _paths("type"),
        "replicasets.apps": _paths("status.replicas"),
        "jobs.batch": _paths("status.successful"),
        "services": _paths("spec.clusterIP", "spec.type"),
    }
)


@dataclass(frozen=True)
class Selection:
    namespace: str | None
    labels: selectors.Selector = ()
    fields: tuple[tuple[_ReadField, bool, str], ...] = ()

    @property
    def everything(self) -> bool:
        return not self.labels and not self.fields

    def holds(self, obj: Obj) -> bool:
        if self.namespace is not None and namespace_of(obj) != self.namespace:
            return False
        if not selectors.matches(self.labels, labels_of(obj)):
            return False
        return all((read(obj) == value) is equal for read, equal, value in self.fields)


def selection_of(kind: Kind, namespace: str, query: Mapping[str, str]) -> Selection:
    """Raises ApiError (400) on a selector that cannot be read or names a field that is not indexed."""
    try:
        labels = selectors.parse_labels(query.get("labelSelector", ""))
        terms = selectors.parse_fields(query.get("fieldSelector", ""))
    except selectors.SelectorSyntax as error:
        raise failures.bad_request(str(error)) from error
    known = {**_EVERY, **_FIELDS.get(kind.storage, {})}
    fields = []
    for term in terms:
        if term.field not in known:
            text = f"field label not supported: {term.field}"
            prefix = f'Unable to find "{kind.api_version}, Resource={kind.plural}" that match label selector '
            where = f'"{query.get("labelSelector", "")}", field selector "{query.get("fieldSelector", "")}": '
            raise failures.bad_request(prefix + where + text)
        fields.append((known[term.field], term.equal, term.value))
    return Selection(namespace or None, labels, tuple(fields))
