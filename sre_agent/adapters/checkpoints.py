"""Where each incident's graph is: LangGraph's checkpoints, in a SQLite file of their own.

A file of their own, because they are written at every super-step by a writer that is not ours, and
because losing them loses no record of what happened: that is in the journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from sre_agent.ports.work import HOLDS

_BUSY_MILLISECONDS = 5000

_FORGET = (
    "DELETE FROM writes WHERE thread_id = ?",
    "DELETE FROM checkpoints WHERE thread_id = ?",
)
# Checkpoint ids are time-ordered: the greatest of a thread and namespace is where it stands.
_TRIM = (
    "DELETE FROM writes WHERE thread_id = ? AND checkpoint_id < (SELECT max(checkpoint_id) FROM checkpoints c"
    " WHERE c.thread_id = ? AND c.checkpoint_ns = writes.checkpoint_ns)",
    "DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_id < (SELECT max(checkpoint_id)"
    " FROM checkpoints c WHERE c.thread_id = ? AND c.checkpoint_ns = checkpoints.checkpoint_ns)",
)


class FencedSaver(AsyncSqliteSaver):
    """Keeps a checkpoint only while its writer still holds the incident.

    A runner that was paused and wakes up would else make its old place the newest one. The id of a checkpoint is
    older than this look at the lease, so a pause between the look and the write cannot do that either.
    """

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Raises LeaseLost where the configuration's `holds` says so."""
        holds = config.get("configurable", {}).get(HOLDS)
        if holds is not None:
            await holds()
        return await super().aput(config, checkpoint, metadata, new_versions)


class Checkpoints:
    """The saver that a graph is compiled with, and the pruning that it does not know on SQLite."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.saver = FencedSaver(connection, serde=_strict_serializer())

    async def trim(self, threads: Sequence[str]) -> None:
        """Of finished threads keep only where they ended; the way there is in the journal."""
        await self._delete(_TRIM, [(thread, thread) for thread in threads])

    async def forget(self, threads: Sequence[str]) -> None:
        """Remove threads as if they had never run."""
        await self._delete(_FORGET, [(thread,) for thread in threads])

    async def _delete(self, statements: Sequence[str], parameters: Sequence[tuple[str, ...]]) -> None:
        async with self.saver.lock:
            try:
                for statement in statements:
                    await self.saver.conn.executemany(statement, parameters)
                await self.saver.conn.commit()
            except BaseException:
                await self.saver.conn.rollback()
                raise


def _strict_serializer() -> JsonPlusSerializer:
    """JSON types and LangGraph's own only: nothing in the file can name a class to be imported and called."""
    return JsonPlusSerializer(pickle_fallback=False, allowed_json_modules=None, allowed_msgpack_modules=None)


@asynccontextmanager
async def open_checkpoints(file: Path) -> AsyncIterator[Checkpoints]:
    """The checkpoints in this file, made where it is missing; for the event loop that opens them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(file) as connection:
        await connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        await connection.execute("PRAGMA synchronous=FULL")
        checkpoints = Checkpoints(connection)
        await checkpoints.saver.setup()
        yield checkpoints
