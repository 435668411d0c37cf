"""What the handlers of the API server work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from infrastructure.lab.kube.api.targets import Target
from infrastructure.lab.kube.auth.authentication import Authenticator
from infrastructure.lab.kube.auth.people import User
from infrastructure.lab.kube.auth.rbac import Rbac
from infrastructure.lab.kube.kubelet.logs import LogRing
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import Kind
from infrastructure.lab.kube.store.store import Store


class LogSource(Protocol):
    def ring(self, pod: Obj, container: str, *, previous: bool) -> LogRing:
        """Raises ApiError where there is nothing to read, or the node's kubelet does not answer."""


@dataclass(frozen=True)
class Desk:
    store: Store
    registry: Registry
    authenticator: Authenticator
    rbac: Rbac
    logs: LogSource
    pace: Pace
    clock: Clock


@dataclass(frozen=True)
class Call:
    """One request, after its path and its sender are known."""

    request: web.Request
    user: User
    target: Target
    verb: str

    @property
    def kind(self) -> Kind:
        if self.target.kind is None:
            raise LookupError(f"{self.target.plural} is a question, not a stored kind")
        return self.target.kind

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query

    @property
    def namespace(self) -> str:
        return self.target.namespace if self.kind.namespaced else ""
