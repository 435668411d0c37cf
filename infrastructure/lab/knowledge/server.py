"""The knowledge server in one object: start it on a folder of Markdown files, stop it."""

from __future__ import annotations

import secrets
from pathlib import Path

from aiohttp import web

from infrastructure.lab.knowledge.api import NotionApi
from infrastructure.lab.knowledge.library import Library, RunbookWrong

KEY_PREFIX = "ntn_"


class Knowledge:
    """A running server. Made by `start`."""

    def __init__(self, library: Library, api_key: str, runner: web.AppRunner) -> None:
        self._library = library
        self._runner = runner
        self.api_key = api_key

    @classmethod
    async def start(
        cls, *, folder: Path, api_key: str | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> Knowledge:
        """Serve the folder's `*.md`; raises RunbookWrong when one cannot be read or there is none."""
        key, library = api_key or KEY_PREFIX + secrets.token_hex(23), Library(folder)
        if not library.pages():
            raise RunbookWrong(f"no Markdown file in {folder}")
        runner = web.AppRunner(NotionApi(library, key).make_app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return cls(library, key, runner)

    @property
    def url(self) -> str:
        """What notion-client takes as `base_url`."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def database_id(self) -> str:
        return self._library.database_id

    @property
    def data_source_id(self) -> str:
        return self._library.data_source_id

    async def stop(self) -> None:
        await self._runner.cleanup()
