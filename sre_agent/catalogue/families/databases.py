"""Databases that refuse or delay their clients."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import Blamed, blamed_for
from sre_agent.catalogue.hearing import heard
from sre_agent.catalogue.roles import Role
from sre_agent.catalogue.rollouts import previous_value
from sre_agent.catalogue.settings import Setting, settings_of
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

_NO_SLOT = re.compile(
    r"too many clients already|too many connections|remaining connection slots are reserved|\b53300\b"
    r"|max_connections|max_user_connections|connection limit exceeded|ORA-00020|too many open connections"
    r"|connection refused because (?:there are )?too many|no more connections allowed|user connection limit of \d+ has been reached|session limit for the database is",
    re.I,
)
"""Errors of PostgreSQL (53300), MySQL (1040, 1226), Oracle, SQL Server and MongoDB when every connection is taken."""
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
    told = {one.ref: one for one in blamed_for(picture, heard(picture, _NO_SLOT), Role.DATABASE)}
    measured = {work.ref: work for work in _measured(picture)}
    for ref in dict.fromkeys([*told, *measured]):
        blamed = told.get(ref)
        workload = measured.get(ref) or (blamed.workload if blamed else None)
        use = _connections(picture, workload) if workload else _Use(0.0, 0.0, {})
        if use.is_full or blamed:
            yield _lead(picture, ref, workload, blamed, use)


def _measured(picture: Picture) -> list[Obj]:
    """Workloads that an exporter reports connections of."""
    told = {
        one.label("service", "server", "instance").split(":")[0] for one in picture.series_named(*ALLOWED)
    }
    return [
        work
        for work in picture.inventory.workloads
        if work.name in told or told & {service.name for service in picture.inventory.services_of(work)}
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


def _lead(picture: Picture, ref: EntityRef, database: Obj | None, blamed: Blamed | None, use: _Use) -> Lead:
    client = picture.inventory.workload_named(use.holder, ref.namespace) if use.holder else None
    hints, words = _raised_pool(picture, client) if client else ({}, "")
    count = (
        f" ({use.used:.0f} of {use.allowed:.0f} in use, most of them by {use.holder})" if use.is_full else ""
    )
    limit = _small_limit(picture, database) if database else None
    told = f", its {limit.name} is {limit.value}" if limit else ""
    series = [
        one.quote() for one in picture.series_named(*IN_USE) if one.label("application_name") == use.holder
    ]
    heard_so = (STRONG if blamed else 0.0) - (blamed.doubt if blamed else 0.0)
    return Lead(
        cause="db_connection_exhaustion",
        entity=ref,
        weight=DECISIVE if use.is_full and blamed else max(heard_so + (FAIR if limit else SLIGHT), FAIR),
        statement=f"{ref} has no connections left{count}{told}{words}.",
        citations=(*(blamed.quotes(2) if blamed else ()), *series[:2], *((limit.quote(),) if limit else ())),
        hints=hints,
    )


_LIMIT = re.compile(r"^(?:\w+_)?max[_-]?connections$|^maxconns$", re.I)
SMALL_LIMIT = 20
"""PostgreSQL allows 100 by default, MySQL 151; a limit this low is one that somebody set."""


def _small_limit(picture: Picture, database: Obj) -> Setting | None:
    """The database's own limit of connections where it is set very low."""
    for setting in settings_of(picture, database):
        if (
            _LIMIT.match(setting.name)
            and setting.value.strip().isdigit()
            and int(setting.value) <= SMALL_LIMIT
        ):
            return setting
    return None


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
            entity_kinds=("StatefulSet", "Deployment", "Service", "Database"),
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
            remedies=("restore_pool_size", "free_connections_by_hand"),
        ),
        _exhausted,
    ),
)
