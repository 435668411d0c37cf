"""Renders objects as a Table, with the columns of kubectl."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from infrastructure.lab.kube.api.negotiation import Form
from infrastructure.lab.kube.api.tables import cluster, configuration, networking, pods, workloads
from infrastructure.lab.kube.api.tables.cells import since
from infrastructure.lab.kube.objects.tree import Obj, name_of
from infrastructure.lab.kube.schema.kinds import Kind

Print = Callable[[Obj, datetime], Sequence[Any]]


@dataclass(frozen=True)
class Printer:
    """`columns` as words; those in parentheses show only in wide output."""

    columns: str
    cells: Print


_PRINTERS: Mapping[str, Printer] = MappingProxyType(
    {
        resource: Printer(columns, cells)
        for room in (
            pods.PRINTERS,
            workloads.PRINTERS,
            networking.PRINTERS,
            configuration.PRINTERS,
            cluster.PRINTERS,
        )
        for resource, (columns, cells) in room.items()
    }
)
_PLAIN = Printer("Name Age", lambda obj, now: [name_of(obj), since(obj, now)])
_NUMBERS = frozenset(
    [
        "Desired",
        "Current",
        "Ready",
        "Up-to-date",
        "Available",
        "Replicas",
        "Data",
        "Secrets",
        "Allowed_Disruptions",
        "MinPods",
        "MaxPods",
        "Value",
    ]
)
_TEXT_READY = ("pods", "deployments.apps", "statefulsets.apps")


def render(kind: Kind, objects: list[Obj], form: Form, *, include: str, now: datetime) -> Obj:
    printer = _PRINTERS.get(kind.storage, _PLAIN)
    rows = [{"cells": list(printer.cells(obj, now)), **_object(obj, form, include)} for obj in objects]
    definitions = [_definition(word, kind) for word in printer.columns.split()]
    return {
        "kind": "Table",
        "apiVersion": form.api_version,
        "metadata": {},
        "columnDefinitions": definitions,
        "rows": rows,
    }


def _object(obj: Obj, form: Form, include: str) -> Obj:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": obj}
    bare = {"kind": "PartialObjectMetadata", "apiVersion": form.api_version, "metadata": obj["metadata"]}
    return {"object": bare}


def _definition(word: str, kind: Kind) -> Obj:
    wide = word.startswith("(")
    name = word[1:-1] if wide else word
    number = name in _NUMBERS and not (name == "Ready" and kind.resource in _TEXT_READY)
    return {
        "name": name.replace("_", " "),
        "type": "integer" if number else "string",
        "format": "name" if name == "Name" else "",
        "description": "",
        "priority": 1 if wide else 0,
    }
