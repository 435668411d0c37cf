"""What the Kubernetes read tools answer. Objects are raw API JSON without managedFields or Secrets' values."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from mcp_servers.kit.contract import Answer

Object = dict[str, Any]


class ClusterInfo(Answer):
    cluster: str
    version: str
    contexts: list[str]
    namespaces: list[str]
    identity: str


class Objects(Answer):
    kind: str
    items: list[Object]
    next: str = ""
    remaining: int | None = None
    truncated: bool = False


class OneObject(Answer):
    object: Object


class Described(Answer):
    """`owners`: who manages it, nearest first. `owned`: what it manages. Both in short form."""

    object: Object
    events: list[Object]
    owners: list[Object]
    owned: list[Object]
    conditions: list[Object]


class PodLogs(Answer):
    """Lines begin with their RFC 3339 time."""

    namespace: str
    pod: str
    container: str
    previous: bool
    lines: list[str]
    truncated: bool


class Events(Answer):
    """Newest first."""

    items: list[Object]


class Revision(Answer):
    revision: int
    created_at: str
    images: dict[str, str]
    template: Object
    object: str
    change_cause: str


class History(Answer):
    """Newest revision first."""

    current: int
    revisions: list[Revision]


class Node(Answer):
    name: str
    ready: bool
    conditions: list[Object]
    unschedulable: bool
    taints: list[Object]
    allocatable: dict[str, str]
    pods: list[str]
    object: Object


class Nodes(Answer):
    nodes: list[Node]


class Workload(Answer):
    kind: str
    name: str
    desired: int
    ready: int
    pods: list[str]


class ServiceMap(Answer):
    name: str
    selector: dict[str, str]
    ports: list[Object]
    pods: list[str]
    ready_addresses: int


class Writer(Answer):
    """One program that owns fields of an object, and when it wrote last. `ours`: this server's own writes."""

    manager: str
    operation: str
    subresource: str
    at: str
    ours: bool


class Writers(Answer):
    """Newest first; empty where the API server notes nobody."""

    uid: str
    generation: int | None
    writers: list[Writer]


class Edge(Answer):
    """A workload names a Service in its configuration; `why` quotes where."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)

    source: str = Field(alias="from")
    to: str
    why: str


class Topology(Answer):
    workloads: list[Workload]
    services: list[ServiceMap]
    edges: list[Edge]


class Collected(Answer):
    """Plural → objects; for what could not be listed, plural → why; plurals of which not all are here."""

    collected: dict[str, list[Object]]
    not_collected: dict[str, str]
    truncated: list[str]
