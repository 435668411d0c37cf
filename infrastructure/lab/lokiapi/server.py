"""The log store in one object: start it, append lines to it in-process or push them over HTTP, stop it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from aiohttp import web

from infrastructure.lab.lokiapi.api import LokiApi
from infrastructure.lab.lokiapi.store import Bounds, Store


class Loki:
    """A running server. Made by `start`."""

    def __init__(self, store: Store, runner: web.AppRunner) -> None:
        self._store = store
        self._runner = runner

    @classmethod
    async def start(
        cls,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008 - a frozen value
        token: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> Loki:
        """With a token, every call but `/ready` must carry it as bearer."""
        store = Store(bounds, now_ns)
        runner = web.AppRunner(LokiApi(store, now_ns, token).make_app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return cls(store, runner)

    @property
    def url(self) -> str:
        """The root; the API is under `/loki/api/v1`."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def append(self, labels: Mapping[str, str], nanoseconds: int, line: str) -> None:
        """One line, without HTTP; raises LineRefused."""
        self._store.append(labels, nanoseconds, line)

    async def stop(self) -> None:
        await self._runner.cleanup()
