"""Objects as a version shows them; events alone are stored in one version and shown in two."""

from __future__ import annotations

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE, Kind

_RENAMED = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "count": "deprecatedCount",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "reportingComponent": "reportingController",
}
_BACK = {new: old for old, new in _RENAMED.items()}


def shown(kind: Kind, obj: Obj) -> Obj:
    """A stored object in the version of `kind`."""
    if not kind.stored_as:
        return obj
    return {_RENAMED.get(key, key): value for key, value in obj.items()} | {"apiVersion": kind.api_version}


def stored(kind: Kind, obj: Obj) -> Obj:
    """What is stored of an object sent in the version of `kind`."""
    if not kind.stored_as:
        return obj
    return {_BACK.get(key, key): value for key, value in obj.items()} | {"apiVersion": "v1"}


def storage_kind(kind: Kind) -> Kind:
    return BY_RESOURCE[kind.storage]
