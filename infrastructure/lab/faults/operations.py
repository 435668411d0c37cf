"""What people and machines can do to the shop: the verbs of fault files, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FaultWrong(Exception):
    """A fault file, or what was asked of it, makes no sense; the message says what would."""


class Said(BaseModel):
    """Part of a fault file: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Edit(Said):
    path: str
    old: str
    new: str


class Merge(Said):
    """A developer's pull request, merged and deployed."""

    author: str
    title: str
    body: str = ""
    edits: tuple[Edit, ...]


class Revert(Said):
    """A developer takes the latest merged change back, by a pull request."""

    author: str


class Patch(Said):
    """`kubectl patch`, or `kubectl edit`."""

    by: str
    kind: str
    name: str
    body: Mapping[str, Any]


class SetConfigKey(Said):
    """`kubectl edit configmap`."""

    by: str
    configmap: str
    key: str
    value: str


class SetResources(Said):
    """`kubectl set resources`."""

    by: str
    deployment: str
    limits: Mapping[str, str]


class SetImage(Said):
    """`kubectl set image`, the tag alone."""

    by: str
    deployment: str
    tag: str


class SetEnv(Said):
    """`kubectl set env`."""

    by: str
    deployment: str
    variable: str
    value: str


class Scale(Said):
    """`kubectl scale`."""

    by: str
    deployment: str
    replicas: int


class Restart(Said):
    """`kubectl rollout restart`."""

    by: str
    kind: str
    name: str


class Undo(Said):
    """`kubectl rollout undo`."""

    by: str
    deployment: str


class DeletePods(Said):
    """`kubectl delete pod -l …`."""

    by: str
    service: str


class Cordon(Said):
    """`kubectl cordon`."""

    by: str
    node: str


class MovePods(Said):
    """Delete a node's pods that something will start anew elsewhere."""

    by: str
    node: str


class Campaign(Said):
    """Many more customers want one service."""

    service: str


class Certificate(Said):
    """The TLS Secret of a host holds a certificate of this age."""

    secret: str
    issued_days_ago: float
    valid_days: float


class Kubelet(Said):
    """A node's kubelet stops, or starts."""

    node: str
    running: bool


class Rules(Said):
    """Somebody adds an alert rule."""

    file: str
    alert: str
    expr: str
    for_: str = Field(default="0s", alias="for")
    severity: str
    summary: str
    description: str


class Scraping(Said):
    """Whether what monitoring asks a service for arrives there."""

    service: str
    arrives: bool


class LogShipping(Said):
    """Whether a service's lines are shipped."""

    service: str
    arrives: bool


class Operation(Said):
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
