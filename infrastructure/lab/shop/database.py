"""orders-db: a small server with the connection accounting, settings file, wording and log lines of PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infrastructure.lab.shop.kit.process import Process

CONFIG_FILE = "/etc/postgresql/postgresql.conf"
TOO_MANY = "FATAL: sorry, too many clients already"
RESERVED = "FATAL: remaining connection slots are reserved for non-replication superuser connections"
_SETTING = re.compile(r"^\s*(\w+)\s*=\s*'?([^'#\n]*?)'?\s*(?:#.*)?$", re.MULTILINE)
_READ = re.compile(r"SELECT value FROM (\w+)", re.IGNORECASE)
_WRITE = re.compile(r"INSERT INTO (\w+)", re.IGNORECASE)
_QUERY_SECONDS = 0.003
_MOST_ROWS = 5000


class ConfigurationWrong(Exception):
    """postgresql.conf cannot be used; the server does not start."""


@dataclass
class Session:
    """One client connection."""

    pid: int
    user: str = ""
    application_name: str = ""
    state: str = "idle"


@dataclass
class Postgres:
    """The server of one container."""

    process: Process
    sessions: dict[int, Session] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    _listener: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _next_pid: int = 60

    def __post_init__(self) -> None:
        self.settings = read_settings(self.process.files.get(CONFIG_FILE, b"").decode())
        self.password = self.process.environment.get("POSTGRES_PASSWORD", "")
        self.port = int(self.process.environment.get("PGPORT", "5432"))

    @property
    def max_connections(self) -> int:
        return self.settings["max_connections"]

    @property
    def reserved(self) -> int:
        return self.settings["superuser_reserved_connections"]

    async def start(self, address: str) -> None:
        """Raises OSError where the address is taken."""
        self._listener = await asyncio.start_server(self._serve, address, self.port, reuse_address=True)
        self.log("LOG", f'listening on IPv4 address "{address}", port {self.port}')
        self.log("LOG", "database system is ready to accept connections")

    async def stop(self, *, in_peace: bool) -> None:
        if in_peace:
            self.log("LOG", "received fast shutdown request")
        if self._listener:
            self._listener.close()
        for writer in list(self._writers):
            writer.close()
        if in_peace:
            self.log("LOG", "database system is shut down")

    def log(self, level: str, message: str, pid: int = 1) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        self.process.write(f"{now} UTC [{pid}] {level}:  {message}")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._next_pid += 1
        session = Session(self._next_pid)
        self._writers.add(writer)
        try:
            await self._converse(session, reader, writer)
        except (OSError, ValueError):
            pass  # the client went away, or spoke something else: as a server, take no notice
        finally:
            self.sessions.pop(session.pid, None)
            self._writers.discard(writer)
            writer.close()

    async def _converse(
        self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        refusal = self._admit(session, await _message(reader))
        if refusal:
            self.log("FATAL", refusal.removeprefix("FATAL: "), session.pid)
            _send(writer, {"error": refusal})
            return
        _send(writer, {"rows": []})
        while message := await _message(reader):
            session.state = "active"
            await asyncio.sleep(_QUERY_SECONDS)
            _send(writer, self._run(str(message.get("statement", "")), message.get("parameters") or []))
            session.state = "idle"

    def _admit(self, session: Session, startup: Mapping[str, Any]) -> str | None:
        """Why the client may not come in, in PostgreSQL's words."""
        if not startup:
            return None
        session.user = str(startup.get("user", ""))
        session.application_name = str(startup.get("application_name", ""))
        if startup.get("password") != self.password:
            return f'FATAL: password authentication failed for user "{session.user}"'
        free = self.max_connections - len(self.sessions)
        if free <= 0:
            return TOO_MANY
        if free <= self.reserved and session.user != "postgres":
            return RESERVED if free < self.reserved else TOO_MANY
        self.sessions[session.pid] = session
        return None

    def _run(self, statement: str, parameters: list[Any]) -> dict[str, Any]:
        read, write = _READ.match(statement), _WRITE.match(statement)
        if read and parameters:
            row = self.tables.get(read[1], {}).get(str(parameters[0]))
            return {"rows": [] if row is None else [row]}
        if write and len(parameters) == 2:
            self._store(write[1], str(parameters[0]), parameters[1])
            return {"rows": []}
        if statement == "SELECT * FROM pg_stat_activity":
            return {"rows": [[s.application_name, s.state] for s in self.sessions.values()]}
        if statement == "SHOW ALL":
            return {"rows": [[name, value] for name, value in self.settings.items()]}
        self.log("ERROR", f'syntax error at or near "{statement.split(" ")[0]}"')
        return {"error": f'ERROR: syntax error at or near "{statement.split(" ")[0]}"'}

    def _store(self, table: str, key: str, value: Any) -> None:
        rows = self.tables.setdefault(table, {})
        if key not in rows and len(rows) >= _MOST_ROWS:
            rows.pop(next(iter(rows)))
        rows[key] = value


def read_settings(text: str) -> dict[str, int]:
    """The whole-number settings of a postgresql.conf, with PostgreSQL's defaults. Raises ConfigurationWrong."""
    settings = {"max_connections": 100, "superuser_reserved_connections": 3}
    for name, value in _SETTING.findall(text):
        if name in settings:
            if not value.isdigit():
                raise ConfigurationWrong(f'invalid value for parameter "{name}": "{value}"')
            settings[name] = int(value)
    return settings


async def _message(reader: asyncio.StreamReader) -> dict[str, Any]:
    line = await reader.readline()
    return dict(json.loads(line)) if line else {}


def _send(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
