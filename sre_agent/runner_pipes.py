"""The runner's end of its pair of pipes to the API's process."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sre_agent.ports.streams import Bulletin
from sre_agent.runner_line import Said, Word, said_in

_LISTEN: Final = timedelta(minutes=1)


class Pipes:
    """Two file descriptors: one to hear from, one to speak to."""

    def __init__(self, ear: int, mouth: int) -> None:
        self._ear = ear
        self._mouth = mouth

    async def listen(self, hear: Callable[[Said], None], stop: asyncio.Event) -> None:
        """Until the other side closes its end or is gone: then `stop` is set."""
        reader = asyncio.StreamReader()
        ear = os.fdopen(self._ear, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), ear)
        try:
            async for line in reader:
                if said := said_in(line):
                    hear(said)
        finally:
            stop.set()
            transport.close()

    def tell(self, said: Said) -> None:
        """A line is shorter than what a pipe takes whole; where nobody reads, `listen` finds that out."""
        with contextlib.suppress(OSError):
            os.write(self._mouth, said.as_line())

    async def tell_news(self, bulletin: Bulletin) -> None:
        """Say how far the journal grew, whenever it did; runs until cancelled."""
        heard = 0
        while True:
            now = await bulletin.wait(heard, limit=_LISTEN)
            if now > heard:
                heard = now
                self.tell(Said(Word.RANG, heard))
