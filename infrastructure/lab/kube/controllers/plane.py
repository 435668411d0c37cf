"""What every controller is given."""

from __future__ import annotations

from dataclasses import dataclass

from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.events import Recorder, Source
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.store.store import Store


@dataclass(frozen=True)
class Plane:
    registry: Registry
    pace: Pace

    @property
    def store(self) -> Store:
        return self.registry.store

    @property
    def clock(self) -> Clock:
        return self.registry.clock

    def recorder(self, component: str, host: str = "", *, modern: bool = False) -> Recorder:
        return Recorder(self.registry, self.pace, Source(component, host, modern))
