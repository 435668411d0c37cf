"""What a fault file may say. Read whole and checked before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from infrastructure.lab.faults.operations import FaultWrong, Operation, Said

__all__ = ["SERVICES", "Expected", "Fault", "FaultWrong", "fault_names", "read_fault"]

FOLDER = Path(__file__).parent
SERVICES = ("frontend", "catalog", "cart", "checkout", "payments", "inventory", "recommendations")


class Expected(Said):
    """How an incident about it must end. Tests read this; the product never does."""

    outcome: str
    cause: str
    entity: Mapping[str, str]
    tools: tuple[str, ...]


class Fault(Said):
    """One fault file, its places filled in."""

    name: str
    title: str
    layer: str
    defaults: Mapping[str, str]
    services: tuple[str, ...] = SERVICES
    values: Mapping[str, Mapping[str, str]] = {}
    do: tuple[Operation, ...]
    alerts: tuple[str, ...]
    expect: Expected
    cure: tuple[Operation, ...]
    useless: tuple[Operation, ...]


def fault_names(folder: Path = FOLDER) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_fault(name: str, places: Mapping[str, str] | None = None, folder: Path = FOLDER) -> Fault:
    """A fault with `<service>` and the like filled in; what `places` leaves out comes from its defaults.

    Raises FaultWrong.
    """
    if name not in fault_names(folder):
        raise FaultWrong(f"there is no fault {name!r}; there are: {', '.join(fault_names(folder))}")
    raw = yaml.safe_load((folder / f"{name}.yaml").read_text())
    filled = {**raw.get("defaults", {}), **(places or {})}
    service = filled.get("service", "")
    allowed = tuple(raw.get("services", SERVICES))
    if service not in allowed:
        raise FaultWrong(f"{name} can be done to {', '.join(allowed)}, not to {service!r}")
    own = {key: choices[service] for key, choices in raw.get("values", {}).items()}
    try:
        return Fault.model_validate(_fill(raw, {**filled, **own}))
    except ValidationError as error:
        raise FaultWrong(f"{name}.yaml: {error}") from error


def _fill(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in places.items():
            value = value.replace(f"<{name}>", text)
        return value
    if isinstance(value, list):
        return [_fill(one, places) for one in value]
    if isinstance(value, dict):
        return {_fill(key, places): _fill(one, places) for key, one in value.items()}
    return value
