"""A service: its settings, routes, peers and database, as its program declares them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from infrastructure.lab.shop.kit.errors import SettingWrong
from infrastructure.lab.shop.kit.metrics import Counter, Gauge, Histogram, Metric
from infrastructure.lab.shop.kit.output import Output
from infrastructure.lab.shop.kit.peer import Peer, Wire
from infrastructure.lab.shop.kit.pool import Database, PoolSettings
from infrastructure.lab.shop.kit.process import CURRENT, Process
from infrastructure.lab.shop.kit.request import Request
from infrastructure.lab.shop.kit.settings import number, one_of, text, whole
from infrastructure.lab.shop.kit.workers import Workers

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Any]]
_PLACE = re.compile(r"\{(\w+)\}")
MOST_WORKERS = 3
"""More were tried: each worker holds a render buffer, and beyond three they wait for each other."""


@dataclass(frozen=True)
class Route:
    """One path of the service."""

    method: str
    pattern: str
    match: re.Pattern[str]
    handler: Handler
    cpu_seconds: float
    disk_seconds: float


class App:
    """One service. Built by its program at start; settings that cannot be used stop it there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: Process = CURRENT.get()
        self.process.app = self
        self.routes: list[Route] = []
        self.database_pool: Database | None = None
        self.port = self.setting("PORT", whole(1, 65535))
        level = self.setting("LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info")
        self.output = Output(name, self.process.write, level)
        self.workers = Workers(
            self.setting("WORKERS", whole(1, MOST_WORKERS)), self.setting("QUEUE", whole(0, 200), "24")
        )
        self.wire = self._wire()
        self.requests = Counter("http_requests_total", "Requests answered.", ("method", "route", "code"))
        self.durations = Histogram(
            "http_request_duration_seconds", "From arrival to answer.", ("route", "method")
        )
        self.rejected = Counter("http_server_rejected_requests_total", "Refused for want of workers.", ())

    def setting(self, name: str, read: Callable[[str], T], default: str | None = None) -> T:
        """A setting from the environment. Raises SettingWrong, which ends the program."""
        raw = self.process.environment.get(name, default)
        if raw is None:
            raise SettingWrong(f"setting {name} is not set")
        try:
            return read(raw)
        except ValueError as error:
            raise SettingWrong(f"setting {name} is {raw!r}: {error}") from None

    def get(self, pattern: str, *, cpu_ms: float, disk_ms: float = 0.0) -> Callable[[Handler], Handler]:
        return self._route("GET", pattern, cpu_ms, disk_ms)

    def post(self, pattern: str, *, cpu_ms: float, disk_ms: float = 0.0) -> Callable[[Handler], Handler]:
        return self._route("POST", pattern, cpu_ms, disk_ms)

    def peer(self, setting: str) -> Peer:
        """Another service, by the setting that holds its address."""
        return Peer(self.setting(setting, text), self.wire)

    def database(self) -> Database:
        """The orders database, by the settings `DB_…`."""
        settings = PoolSettings(
            host=self.setting("DB_HOST", text),
            port=self.setting("DB_PORT", whole(1, 65535)),
            user=self.setting("DB_USER", text),
            password=self.setting("DB_PASSWORD", text),
            application_name=self.name,
            min_size=self.setting("DB_POOL_MIN_SIZE", whole(0, 500)),
            max_size=self.setting("DB_POOL_MAX_SIZE", whole(1, 500)),
            idle_seconds=self.setting("DB_POOL_IDLE_SECONDS", number(0.0, 600.0), "0.2"),
        )
        self.database_pool = Database(settings, self.process.dial, self.output)
        return self.database_pool

    def metrics(self) -> list[Metric]:
        """Everything the /metrics page shows."""
        shown: list[Metric] = [
            self.requests,
            self.durations,
            self.rejected,
            self.wire.requests,
            self.wire.durations,
            Gauge("http_server_active_requests", "Requests being worked on.", lambda: self.workers.active),
            Gauge("http_server_workers", "Workers there are.", lambda: self.workers.count),
            Gauge("http_server_queued_requests", "Requests waiting.", lambda: self.workers.waiting),
            Gauge("process_resident_memory_bytes", "Memory in use.", self.process.memory.bytes_now),
        ]
        cpu = Counter("process_cpu_seconds_total", "CPU time used.", ())
        cpu.add(amount=self.process.cpu.used_seconds)
        return [*shown, cpu, *self._pool_metrics()]

    def _pool_metrics(self) -> list[Metric]:
        pool = self.database_pool
        if pool is None:
            return []
        return [
            Gauge("db_pool_open_connections", "Connections open.", lambda: pool.open_count),
            Gauge("db_pool_in_use_connections", "Connections in use.", lambda: pool.in_use),
            Gauge("db_pool_max_size", "Most connections allowed.", lambda: pool.settings.max_size),
        ]

    def _wire(self) -> Wire:
        return Wire(
            session=aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=10),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            ),
            dial=self.process.dial,
            requests=Counter(
                "http_client_requests_total", "Calls made to others.", ("peer", "method", "code")
            ),
            durations=Histogram("http_client_request_duration_seconds", "Calls made to others.", ("peer",)),
            retries=self.setting("PEER_RETRIES", whole(0, 5), "1"),
            timeout_seconds=self.setting("PEER_TIMEOUT_SECONDS", number(0.01, 30), "1.5"),
        )

    def _route(
        self, method: str, pattern: str, cpu_ms: float, disk_ms: float
    ) -> Callable[[Handler], Handler]:
        match = re.compile(_PLACE.sub(r"(?P<\1>[^/]+)", pattern) + r"\Z")

        def add(handler: Handler) -> Handler:
            self.routes.append(Route(method, pattern, match, handler, cpu_ms / 1000, disk_ms / 1000))
            return handler

        return add
