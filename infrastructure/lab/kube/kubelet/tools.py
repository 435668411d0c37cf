"""What the pod workers of one kubelet share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infrastructure.lab.kube.kubelet.backoff import Backoff
from infrastructure.lab.kube.kubelet.configuration import Surroundings
from infrastructure.lab.kube.kubelet.images import Images
from infrastructure.lab.kube.kubelet.logs import Line
from infrastructure.lab.kube.kubelet.machine import Machine
from infrastructure.lab.kube.kubelet.probes import Prober
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.events import Recorder
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.seams import ContainerSpec


@dataclass(frozen=True)
class LogLine:
    """One line of a container's output, with what a log collector on the node knows of it."""

    spec: ContainerSpec
    line: Line


@dataclass(frozen=True)
class Tools:
    registry: Registry
    machine: Machine
    images: Images
    crashes: Backoff
    recorder: Recorder
    prober: Prober
    around: Surroundings
    pace: Pace
    on_log: Callable[[LogLine], None]

    @property
    def clock(self) -> Clock:
        return self.registry.clock
