"""From an image's source to a running service: load the program in a process of its own, then serve it."""

from __future__ import annotations

import asyncio
import builtins
import sys
from collections.abc import Mapping
from types import CodeType
from typing import Any

from aiohttp import web

from infrastructure.lab.shop import kit
from infrastructure.lab.shop.kit.app import App
from infrastructure.lab.shop.kit.errors import SettingWrong
from infrastructure.lab.shop.kit.output import Output, error_text, stack_text
from infrastructure.lab.shop.kit.process import CURRENT, Process
from infrastructure.lab.shop.kit.server import Server

sys.modules.setdefault("shopkit", kit)
"""The house library, installed in the image that all services are built on."""


class ProgramFailed(Exception):
    """The program ended at start; it has said why on its output. The exit code is 1."""


class Programs:
    """Compiled programs, by their text."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load(self, path: str, sources: Mapping[str, str], process: Process) -> App:
        """Run the program's module; returns the App it built. Raises ProgramFailed."""
        token = CURRENT.set(process)
        try:
            namespace: dict[str, Any] = {"__name__": "app", "__file__": path, "__builtins__": builtins}
            code = self._code(path, sources[path])
            exec(code, namespace)  # noqa: S102  # running it is what an image is for  # nosec B102
        except Exception as error:  # noqa: BLE001 - bulkhead: a program that fails at start ends alone
            _say_why(process, error, sources)
            raise ProgramFailed(error_text(error)) from None
        finally:
            CURRENT.reset(token)
        if process.app is None:
            raise ProgramFailed(f"{path} declares no App")
        return process.app

    def _code(self, path: str, text: str) -> CodeType:
        key = (path, text)
        if key not in self._compiled:
            self._compiled[key] = compile(text, path, "exec")
        return self._compiled[key]


def _say_why(process: Process, error: Exception, sources: Mapping[str, str]) -> None:
    fields = {"error": error_text(error), "stack": stack_text(error, sources)}
    message = str(error) if isinstance(error, SettingWrong) else f"cannot start: {error_text(error)}"
    Output(process.name, process.write).line("fatal", message, fields)


class RunningService:
    """A service bound to its pod's address."""

    def __init__(
        self, app: App, sources: Mapping[str, str], address: str, metrics_open: asyncio.Event
    ) -> None:
        self.app = app
        self._http = web.Server(Server(app, sources, metrics_open), access_log=None, keepalive_timeout=30)
        self._listener: asyncio.Server | None = None
        self._address = address

    async def start(self) -> None:
        """Raises OSError where the address is taken."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            self._http, self._address, self.app.port, reuse_address=True
        )
        if self.app.database_pool:
            self.app.database_pool.start()
        self.app.output.info(
            "listening", address=f"{self._address}:{self.app.port}", workers=self.app.workers.count
        )

    async def stop(self, grace_seconds: float) -> None:
        """Stop accepting, let requests under way finish within the grace, close everything."""
        if self._listener:
            self._listener.close()
        self._http.pre_shutdown()
        await self._http.shutdown(grace_seconds)
        if self.app.database_pool:
            await self.app.database_pool.stop()
        await self.app.wire.session.close()
