"""What a fault file may say. Read whole and checked before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent
SERVICES = ("frontend", "catalog", "cart", "checkout", "payments", "inventory", "recommendations")


class FaultWrong(Exception):
    """A fault file, or what was asked of it, makes no sense; the message says what would."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Edit(_Model):
    path: str
    old: str
    new: str


class Merge(_Model):
    """A developer's pull request, merged and deployed."""

    author: str
    title: str
    body: str = ""
    edits: tuple[Edit, ...]


class Revert(_Model):
    """A developer takes the latest merged change back, by a pull request."""

    author: str


class Patch(_Model):
    """`kubectl patch`, or `kubectl edit`."""

    by: str
    kind: str
    name: str
    body: Mapping[str, Any]


class SetConfigKey(_Model):
    """`kubectl edit configmap`."""

    by: str
    configmap: str
    key: str
    value: str


class SetResources(_Model):
    """`kubectl set resources`."""

    by: str
    deployment: str
    limits: Mapping[str, str]


class SetImage(_Model):
    """`kubectl set image`, the tag alone."""

    by: str
    deployment: str
    tag: str


class SetEnv(_Model):
    """`kubectl set env`."""

    by: str
    deployment: str
    variable: str
    value: str


class Scale(_Model):
    """`kubectl scale`."""

    by: str
    deployment: str
    replicas: int


class Restart(_Model):
    """`kubectl rollout restart`."""

    by: str
    kind: str
    name: str


class Undo(_Model):
    """`kubectl rollout undo`."""

    by: str
    deployment: str


class DeletePods(_Model):
    """`kubectl delete pod -l …`."""

    by: str
    service: str


class Cordon(_Model):
    """`kubectl cordon`."""

    by: str
    node: str


class MovePods(_Model):
    """Delete a node's pods that something will start anew elsewhere."""

    by: str
    node: str


class Campaign(_Model):
    """Many more customers want one service."""

    service: str


class Certificate(_Model):
    """The TLS Secret of a host holds a certificate of this age."""

    secret: str
    issued_days_ago: float
    valid_days: float


class Kubelet(_Model):
    """A node's kubelet stops, or starts."""

    node: str
    running: bool


class Rules(_Model):
    """Somebody adds an alert rule."""

    file: str
    alert: str
    expr: str
    for_: str = Field(default="0s", alias="for")
    severity: str
    summary: str
    description: str


class Scraping(_Model):
    """Whether what monitoring asks a service for arrives there."""

    service: str
    arrives: bool


class LogShipping(_Model):
    """Whether a service's lines are shipped."""

    service: str
    arrives: bool


class Operation(_Model):
    """One thing that somebody or something does: exactly one of these."""

    merge: Merge | None = None
    revert: Revert | None = None
    patch: Patch | None = None
    set_config_key: SetConfigKey | None = None
    set_resources: SetResources | None = None
    set_image: SetImage | None = None
    set_env: SetEnv | None = None
    scale: Scale | None = None
    restart: Restart | None = None
    undo: Undo | None = None
    delete_pods: DeletePods | None = None
    cordon: Cordon | None = None
    move_pods: MovePods | None = None
    campaign: Campaign | None = None
    certificate: Certificate | None = None
    kubelet: Kubelet | None = None
    rules: Rules | None = None
    scraping: Scraping | None = None
    log_shipping: LogShipping | None = None

    @property
    def verb(self) -> tuple[str, Any]:
        """Its name and what it says."""
        said = [
            (name, value) for name in type(self).model_fields if (value := getattr(self, name)) is not None
        ]
        if len(said) != 1:
            raise FaultWrong(f"an operation is exactly one verb, found {[name for name, _ in said]}")
        return said[0]


class Expected(_Model):
    """How an incident about it must end. Tests read this; the product never does."""

    outcome: str
    cause: str
    entity: Mapping[str, str]
    tools: tuple[str, ...]


class Fault(_Model):
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
