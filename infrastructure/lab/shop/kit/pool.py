"""Connections to the orders database: some kept open, more opened on demand, none beyond the maximum."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from time import monotonic
from typing import Any

from infrastructure.lab.seams import ConnectionRefused, NameNotResolved
from infrastructure.lab.shop.kit.output import Output
from infrastructure.lab.shop.kit.process import Dial

_FILL_SECONDS = 0.25


class DatabaseError(Exception):
    """The database refused, or could not be reached; the message is its own."""


@dataclass(frozen=True)
class PoolSettings:
    host: str
    port: int
    user: str
    password: str
    application_name: str
    min_size: int
    max_size: int
    idle_seconds: float
    acquire_seconds: float = 1.0


class Connection:
    """One session with the database server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.idle_since = monotonic()

    @classmethod
    async def open(cls, settings: PoolSettings, dial: Dial) -> Connection:
        """Raises DatabaseError."""
        try:
            address, port = dial(settings.host, settings.port)
            reader, writer = await asyncio.open_connection(address, port)
        except (NameNotResolved, ConnectionRefused, OSError) as error:
            raise DatabaseError(f"could not connect to server: {error}") from None
        connection = cls(reader, writer)
        await connection.ask(
            {
                "user": settings.user,
                "password": settings.password,
                "database": "orders",
                "application_name": settings.application_name,
            }
        )
        return connection

    async def ask(self, message: dict[str, Any]) -> Any:
        """Send one message, return the answer's rows. Raises DatabaseError."""
        try:
            self._writer.write(json.dumps(message).encode() + b"\n")
            line = await self._reader.readline()
        except OSError as error:
            self.close()
            raise DatabaseError(f"server closed the connection unexpectedly: {error}") from None
        if not line:
            self.close()
            raise DatabaseError("server closed the connection unexpectedly")
        answer = json.loads(line)
        if "error" in answer:
            raise DatabaseError(str(answer["error"]))
        return answer.get("rows")

    @property
    def usable(self) -> bool:
        return not self._writer.is_closing() and not self._reader.at_eof()

    def close(self) -> None:
        self._writer.close()


class Database:
    """The pool. `min_size` connections are opened at start and kept; the rest come and go with demand."""

    def __init__(self, settings: PoolSettings, dial: Dial, output: Output) -> None:
        self.settings = settings
        self.open_count = 0
        self.in_use = 0
        self._dial = dial
        self._output = output
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(max(settings.max_size, settings.min_size))
        self._filler: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._filler = asyncio.get_running_loop().create_task(self._keep_filled())

    async def stop(self) -> None:
        if self._filler:
            self._filler.cancel()
            await asyncio.gather(self._filler, return_exceptions=True)
        while self._idle:
            self._discard(self._idle.pop())

    async def query(self, statement: str, *parameters: Any) -> list[Any]:
        """Run one statement. Raises DatabaseError."""
        connection = await self._acquire()
        try:
            rows = await connection.ask({"statement": statement, "parameters": list(parameters)})
        except BaseException:
            connection.close()
            raise
        finally:
            self._release(connection)
        return list(rows or [])

    async def _acquire(self) -> Connection:
        try:
            await asyncio.wait_for(self._room.acquire(), self.settings.acquire_seconds)
        except TimeoutError:
            raise DatabaseError(
                f"no connection became free within {self.settings.acquire_seconds:g} s"
                f" (pool of {self.settings.max_size}, all in use)"
            ) from None
        try:
            connection = self._take_idle() or await self._open()
        except BaseException:
            self._room.release()
            raise
        self.in_use += 1
        return connection

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            self._discard(connection)
        return None

    async def _open(self) -> Connection:
        self.open_count += 1
        try:
            return await Connection.open(self.settings, self._dial)
        except BaseException:
            self.open_count -= 1
            raise

    def _release(self, connection: Connection) -> None:
        self.in_use -= 1
        self._room.release()
        if connection.usable:
            connection.idle_since = monotonic()
            self._idle.append(connection)
        else:
            self._discard(connection)

    def _discard(self, connection: Connection) -> None:
        connection.close()
        self.open_count -= 1

    async def _keep_filled(self) -> None:
        while True:
            self._drop_idle()
            try:
                while self.open_count < self.settings.min_size:
                    self._idle.append(await self._open())
            except DatabaseError as error:
                self._output.warning(
                    "cannot fill the connection pool",
                    error=str(error),
                    open=self.open_count,
                    wanted=self.settings.min_size,
                )
                await asyncio.sleep(4 * _FILL_SECONDS)
            await asyncio.sleep(_FILL_SECONDS)

    def _drop_idle(self) -> None:
        old = monotonic() - self.settings.idle_seconds
        for connection in list(self._idle):
            spare = self.open_count > self.settings.min_size and connection.idle_since < old
            if spare or not connection.usable:
                self._idle.remove(connection)
                self._discard(connection)
