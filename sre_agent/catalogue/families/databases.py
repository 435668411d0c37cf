"""Databases that refuse or delay their clients."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, FAIR, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import lines_saying
from sre_agent.catalogue.rollouts import previous_value
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

_NO_SLOT = re.compile(
    r"too many clients already|too many connections|remaining connection slots are reserved"
    r"|max_connections|connection limit exceeded|ORA-00020|ERR max number of clients",
    re.I,
)
"""Errors of PostgreSQL (53300), MySQL (1040), Oracle and Redis when every connection is taken."""
_POOL_VARIABLE = re.compile(r"pool|max_?conn|connections", re.I)
IN_USE = ("pg_stat_activity_count", "mysql_global_status_threads_connected")
ALLOWED = ("pg_settings_max_connections", "mysql_global_variables_max_connections")
NEARLY_ALL = 0.9


@dataclass(frozen=True)
class _Use:
    """Connections of one database: in use, allowed, and in use by each client."""

    used: float
    allowed: float
    by_client: Mapping[str, float]

    @property
    def is_full(self) -> bool:
        return bool(self.allowed) and self.used >= NEARLY_ALL * self.allowed

    @property
    def holder(self) -> str:
        return max(self.by_client, key=lambda name: self.by_client[name]) if self.by_client else ""


def _exhausted(picture: Picture) -> Iterable[Lead]:
    for database in _databases(picture):
        refusals = lines_saying(picture, database, _NO_SLOT)
        everywhere = [
            line for work in picture.inventory.workloads for line in lines_saying(picture, work, _NO_SLOT)
        ]
        use = _connections(picture, database)
        if use.is_full or refusals:
            yield _lead(picture, database, refusals or everywhere, use)


def _databases(picture: Picture) -> list[Obj]:
    """Workloads that an exporter reports connections of, or that log the refusals themselves."""
    told = {
        one.label("service", "server", "instance").split(":")[0] for one in picture.series_named(*ALLOWED)
    }
    return [
        work
        for work in picture.inventory.workloads
        if work.name in told
        or told & {service.name for service in picture.inventory.services_of(work)}
        or (work.kind == "StatefulSet" and lines_saying(picture, work, _NO_SLOT))
    ]


def _connections(picture: Picture, database: Obj) -> _Use:
    """What the database's exporter tells."""
    names = {database.name, *(service.name for service in picture.inventory.services_of(database))}

    def mine(one: Series) -> bool:
        return one.label("service", "server", "instance").split(":")[0] in names

    by_client: dict[str, float] = defaultdict(float)
    for one in filter(mine, picture.series_named(*IN_USE)):
        by_client[one.label("application_name", "usename", "client")] += one.last or 0.0
    allowed = max((one.last or 0.0 for one in picture.series_named(*ALLOWED) if mine(one)), default=0.0)
    return _Use(sum(by_client.values()), allowed, by_client)


def _lead(picture: Picture, database: Obj, heard: list[LogLine], use: _Use) -> Lead:
    client = picture.inventory.workload_named(use.holder, database.namespace) if use.holder else None
    hints, words = _raised_pool(picture, client) if client else ({}, "")
    count = (
        f" ({use.used:.0f} of {use.allowed:.0f} in use, most of them by {use.holder})" if use.is_full else ""
    )
    series = [
        one.quote() for one in picture.series_named(*IN_USE) if one.label("application_name") == use.holder
    ]
    return Lead(
        cause="db_connection_exhaustion",
        entity=database.ref,
        weight=DECISIVE if use.is_full and heard else STRONG if heard else FAIR,
        statement=f"{database.ref} has no connections left{count}{words}.",
        citations=(*(line.quote() for line in heard[-1:]), *series[:2]),
        hints=hints,
    )


def _raised_pool(picture: Picture, client: Obj) -> tuple[dict[str, JsonValue], str]:
    """The variable of the greediest client that was raised with its newest roll-out, if there is one."""
    for container in client.containers():
        for name, was, now in previous_value(picture, client, str(container.get("name"))):
            if _POOL_VARIABLE.search(name) and was.isdigit() and now.isdigit() and int(now) > int(was):
                found: dict[str, JsonValue] = {
                    "holder": client.name,
                    "holder_kind": client.kind,
                    "container": str(container.get("name")),
                    "variable": name,
                    "value": was,
                }
                return found, f"; {name} of {client.ref} was raised from {was} to {now}"
    return {"holder": client.name, "holder_kind": client.kind}, ""


ENTRIES = (
    Entry(
        Cause(
            code="db_connection_exhaustion",
            layer=Layer.INTEGRATION,
            entity_kinds=("StatefulSet", "Deployment", "Service"),
            title="The database has no connections left",
            description="Every connection the database allows is taken; new ones are refused.",
            supports=(
                "the database refuses clients for their number",
                "connections in use stand at the limit",
            ),
            rules_out=("connections in use stand well below the limit",),
            neighbours=(
                Neighbour(
                    "connection_pool_exhaustion", "the client waits for its own pool; the database has room"
                ),
                Neighbour("db_unreachable", "connections fail before the database answers"),
            ),
            remedies=("restore_pool_size",),
        ),
        _exhausted,
    ),
)
