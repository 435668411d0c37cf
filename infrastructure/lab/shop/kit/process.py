"""What a running program has around it: its environment, output, share of CPU, memory, and a way to reach others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from infrastructure.lab.shop.kit.cpu import CpuShare
from infrastructure.lab.shop.kit.memory import WorkingSet

if TYPE_CHECKING:
    from infrastructure.lab.shop.kit.app import App

Dial = Callable[[str, int], tuple[str, int]]
"""A host and port → the address to connect to. Raises the errors of `infrastructure.lab.seams`."""


@dataclass
class Process:
    """One program in one container."""

    name: str
    pod: str
    environment: Mapping[str, str]
    files: Mapping[str, bytes]
    write: Callable[[str], None]
    dial: Dial
    cpu: CpuShare
    memory: WorkingSet
    random: Random = field(default_factory=Random)
    clock: Callable[[], float] = monotonic
    app: App | None = None
    """Set by the program when it builds its App."""


CURRENT: ContextVar[Process] = ContextVar("process")
"""The process whose program is being loaded, as `os.environ` belongs to a process."""
