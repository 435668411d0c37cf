"""Where the lab's parts meet: what a kubelet asks of a container runtime, and what a pod asks of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class ContainerSpec:
    """One container to run, with everything already resolved by the kubelet."""

    namespace: str
    pod: str
    pod_uid: str
    pod_ip: str
    node: str
    container: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, bytes]
    """Mounted ConfigMap and Secret keys: absolute path → content."""
    ports: Mapping[str, int]
    memory_limit_bytes: int | None
    cpu_limit_millicores: int | None
    labels: Mapping[str, str]
    log: Callable[[str], None] = field(repr=False)
    """Takes one line of the container's output; the kubelet stamps and keeps it."""


@dataclass(frozen=True)
class Exit:
    """How a container ended, in the kubelet's words."""

    code: int
    reason: str
    """`Completed`, `Error`, `OOMKilled` or `ContainerCannotRun`."""
    message: str = ""


class ImagePullFailed(Exception):
    """The message is what a registry and container runtime would say."""


class ContainerStartFailed(Exception):
    """The runtime could not create the container; `reason` as in `RunContainerError`."""


class Container(Protocol):
    """One running container."""

    async def wait(self) -> Exit:
        """Until it ends; may be awaited many times."""

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL after the grace."""

    def memory_bytes(self) -> int:
        """Working set now."""

    def cpu_seconds(self) -> float:
        """CPU used since start."""

    def cfs_periods(self) -> tuple[int, int]:
        """(all, throttled) scheduler periods since start."""


class ContainerRuntime(Protocol):
    async def pull(self, image: str) -> None:
        """Raises ImagePullFailed."""

    async def start(self, spec: ContainerSpec) -> Container:
        """Raises ContainerStartFailed."""

    async def execute(self, spec: ContainerSpec, command: tuple[str, ...]) -> int:
        """Run a command beside the container (exec probes); the exit code."""


class NameNotResolved(Exception):
    """The message is a resolver's: `lookup cart.shop.svc.cluster.local: no such host`."""


class ConnectionRefused(Exception):
    """Nothing listens there: a Service without ready endpoints, or a wrong port."""


class Network(Protocol):
    """What kube-proxy and cluster DNS do for a pod."""

    def address_of(
        self, host: str, port: int, *, from_namespace: str, from_node: str = ""
    ) -> tuple[str, int]:
        """A pod's address and port behind a Service name (or a pod's own address).

        Raises NameNotResolved or ConnectionRefused.
        """
