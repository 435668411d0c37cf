"""One container of the shop: a program on its pod's address."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Protocol

from infrastructure.lab.seams import ContainerSpec, Exit
from infrastructure.lab.shop.database import ConfigurationWrong, Postgres
from infrastructure.lab.shop.kit.process import Process
from infrastructure.lab.shop.program import ProgramFailed, Programs, RunningService

IMPORT_SECONDS = 0.3
_IDLE_CORES = 0.003


class Program(Protocol):
    """What runs in a container."""

    async def start(self) -> None:
        """Raises ProgramFailed, ConfigurationWrong or OSError; has said why on its output."""

    async def stop(self, grace_seconds: float) -> None: ...

    def metrics_reachable(self, reachable: bool) -> None:
        """Whether scrapes of its /metrics arrive."""


class ServiceProgram:
    """A service of the shop's own."""

    def __init__(
        self, programs: Programs, path: str, sources: Mapping[str, str], process: Process, address: str
    ) -> None:
        self._programs, self._path, self._sources = programs, path, sources
        self._process, self._address = process, address
        self._metrics_open = asyncio.Event()
        self._metrics_open.set()
        self.service: RunningService | None = None

    async def start(self) -> None:
        await asyncio.sleep(IMPORT_SECONDS)
        app = self._programs.load(self._path, self._sources, self._process)
        self.service = RunningService(app, self._sources, self._address, self._metrics_open)
        await self.service.start()

    def metrics_reachable(self, reachable: bool) -> None:
        (self._metrics_open.set if reachable else self._metrics_open.clear)()

    async def stop(self, grace_seconds: float) -> None:
        if self.service:
            await self.service.stop(grace_seconds)
        elif self._process.app:
            await self._process.app.wire.session.close()


class DatabaseProgram:
    """The database server."""

    def __init__(self, process: Process, address: str) -> None:
        self._process, self._address = process, address
        self.server: Postgres | None = None

    async def start(self) -> None:
        try:
            self.server = Postgres(self._process)
        except ConfigurationWrong as error:
            self._process.write(f"postgres: FATAL:  {error}")
            raise
        await self.server.start(self._address)

    async def stop(self, grace_seconds: float) -> None:
        if self.server:
            await self.server.stop(in_peace=grace_seconds > 0)

    def metrics_reachable(self, reachable: bool) -> None:
        """It has no /metrics of its own: an exporter asks it over SQL."""


class ShopContainer:
    """The `Container` that the kubelet holds."""

    def __init__(self, spec: ContainerSpec, process: Process, program: Program) -> None:
        self.spec = spec
        self.program = program
        self._process = process
        self._started = monotonic()
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._main = asyncio.get_running_loop().create_task(self._run())

    async def wait(self) -> Exit:
        return await asyncio.shield(self._exit)

    async def stop(self, grace_seconds: float) -> None:
        """Without any grace it is killed, and leaves no last words."""
        ended = Exit(0, "Completed") if grace_seconds > 0 else Exit(137, "Error")
        await self._end(ended, grace_seconds)

    @property
    def ended(self) -> bool:
        return self._exit.done()

    def metrics_reachable(self, reachable: bool) -> None:
        self.program.metrics_reachable(reachable)

    def memory_bytes(self) -> int:
        return 0 if self._exit.done() else self._process.memory.bytes_now()

    def cpu_seconds(self) -> float:
        return self._process.cpu.used_seconds + _IDLE_CORES * (monotonic() - self._started)

    def cfs_periods(self) -> tuple[int, int]:
        return self._process.cpu.periods()

    async def _run(self) -> None:
        try:
            await self.program.start()
        except (ProgramFailed, ConfigurationWrong):
            await self._end(Exit(1, "Error"), 0)
            return
        except OSError as error:
            self._process.write(f"cannot listen: {error}")
            await self._end(Exit(1, "Error"), 0)
            return

    async def _end(self, how: Exit, grace_seconds: float) -> None:
        if self._exit.done():
            return
        if self._main is not asyncio.current_task():
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)
        await self.program.stop(grace_seconds)
        if not self._exit.done():
            self._exit.set_result(how)
