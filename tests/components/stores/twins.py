"""A machine that does the same to a database and to its understudy."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from backend import migrate
from tests.contracts.cabinet import Cabinet, in_memory, on_disk

T = TypeVar("T")
SECONDS = st.integers(1, 7)


@cache
def template() -> Path:
    file = Path(tempfile.mkdtemp(prefix="stores-")) / "agent.db"
    migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    return file


class Twins(RuleBasedStateMachine):
    """The same is done to the understudy and to a database; both clocks move together."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="stores-")
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        file = shutil.copy(template(), self._folder.name)
        self.understudy = in_memory()
        self.real: Cabinet = self.run(self._stack.enter_async_context(on_disk(Path(file))))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self._stack.aclose())
        self._loop.close()
        self._folder.cleanup()

    @property
    def now(self) -> datetime:
        return self.real.clock.now()

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        for cabinet in (self.real, self.understudy):
            cabinet.clock.advance(timedelta(seconds=seconds))
