"""postgres-exporter: asks the database over its own protocol, as a client in one of the reserved slots."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

from infrastructure.lab.shop.kit.pool import Connection, DatabaseError, PoolSettings
from infrastructure.lab.shop.kit.process import Dial
from infrastructure.lab.telemetry.exposition import Exposition

_LIMIT_SECONDS = 0.7


async def postgres_page(settings: PoolSettings, dial: Dial) -> str:
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            activity, shown = await _ask(settings, dial)
    except (DatabaseError, TimeoutError):
        return down_page()
    return up_page(activity, dict(shown))


async def _ask(settings: PoolSettings, dial: Dial) -> tuple[list[Sequence[str]], list[tuple[str, int]]]:
    connection = await Connection.open(settings, dial)
    try:
        activity = await connection.ask({"statement": "SELECT * FROM pg_stat_activity"})
        shown = await connection.ask({"statement": "SHOW ALL"})
    finally:
        connection.close()
    return list(activity), [(name, value) for name, value in shown]


def down_page() -> str:
    page = Exposition()
    page.add("pg_up", 0)
    return page.text()


def up_page(activity: Iterable[Sequence[str]], settings: dict[str, int]) -> str:
    page = Exposition()
    page.add("pg_up", 1)
    counted = Counter((name, state) for name, state in activity)
    for (name, state), count in sorted(counted.items()):
        labels = {"datname": "orders", "application_name": name, "usename": name, "state": state}
        page.add("pg_stat_activity_count", count, labels)
    page.add("pg_stat_database_numbackends", counted.total(), {"datname": "orders"})
    for name, value in settings.items():
        page.add(f"pg_settings_{name}", value)
    return page.text()
