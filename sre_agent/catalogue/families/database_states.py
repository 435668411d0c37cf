"""Databases that are there and cannot do their work: read-only, full, behind, or not to be reached."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import blamed_for
from sre_agent.catalogue.gauges import measured, subject_of
from sre_agent.catalogue.roles import Role
from sre_agent.catalogue.said import Words, dependency_lead, of_dependency, pattern
from sre_agent.catalogue.settings import Setting, settings_of
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

READ_ONLY = Words(
    "db_read_only",
    pattern(
        r"--(?:super-)?read-only (?:option|mode)",
        r"running in read-only mode",
        r"cannot execute \w+(?: \w+)? in a read-only transaction",
        r"read[- ]only (?:transaction|sql transaction|replica|database|mode)",
        r"\b25006\b",
        r"NotWritablePrimary|NotPrimaryError|not master and slaveok|NotMaster\b|not primary",
        r"database is (?:in )?read[- ]?only|attempt to write a readonly database",
        r"READONLY You can't write against a read only",
        r"(?:ERROR|error|code:?) ?\(?1(?:290|836)\b",
        r"FORBIDDEN/(?:12|5)/index read-only|FORBIDDEN/8/index write|cluster_block_exception.*read[-_]only",
    ),
    "refuses writes because it is read-only",
)
DISK_FULL = Words(
    "db_disk_full",
    pattern(
        r"no space left on device",
        r"could not (?:extend|write) (?:to )?file .{0,200}(?:no space|disk)",
        r"\b53100\b|disk full",
        r"The table '.{1,80}' is full",
        r"errno:? ?28\b|OS error: 28|\(28\)",
        r"ORA-01653|ORA-00257|could not allocate space",
        r"flood[- ]stage disk watermark|disk usage exceeded flood",
        r"Waiting for someone to free some space|out of disk space",
    ),
    "has no disk space left",
)
LAG = Words(
    "db_replication_lag",
    pattern(
        r"replica(?:tion)?(?: is)? (?:lag(?:ging)?|behind)|lag(?:ging)? behind (?:the )?(?:primary|master|leader)",
        r"seconds_behind_(?:master|source)",
        r"canceling statement due to conflict with recovery",
        r"requested WAL segment \w+ has already been removed",
        r"replication lag",
        r"RECOVERING.*too stale|too stale to catch up",
    ),
    "lags behind its primary",
)
_LAG_METRIC = re.compile(r"seconds_behind|replication_?lag|replica_?lag|repl_?delay|replication_delay", re.I)
LAG_SECONDS = 30.0


def _wants_read_only(setting: Setting) -> bool:
    name, value = setting.name.lower().replace("_", "-"), setting.value.strip().lower()
    if name in ("read-only", "super-read-only", "default-transaction-read-only"):
        return value in ("1", "on", "true", "yes", name)
    text = setting.value.lower().replace("_", "-")
    return bool(
        re.search(
            r"(?:^|[\s\[-])(?:super-|default-transaction-)?read-only\s*(?:=\s*(?:1|on|true)\b|$)", text, re.M
        )
    )


def _read_only(picture: Picture) -> Iterable[Lead]:
    blamed = blamed_for(picture, READ_ONLY.heard(picture), Role.DATABASE)
    cached = [] if blamed else blamed_for(picture, READ_ONLY.heard(picture), Role.CACHE)
    for one in [*blamed, *cached]:
        setting = _setting(picture, one.workload)
        lead = dependency_lead(picture, READ_ONLY, one, FAIR if setting else SLIGHT)
        yield _with_setting(lead, setting)


def _setting(picture: Picture, workload: Obj | None) -> Setting | None:
    if workload is None:
        return None
    return next((one for one in settings_of(picture, workload) if _wants_read_only(one)), None)


def _with_setting(lead: Lead, setting: Setting | None) -> Lead:
    if setting is None:
        return lead
    return Lead(
        lead.cause,
        lead.entity,
        lead.weight,
        f"{lead.statement} (its {setting.name} says so)",
        (*lead.citations, setting.quote()),
        hints={"read_only_setting": setting.name},
    )


def _full(picture: Picture) -> Iterable[Lead]:
    """Only what a database says of its own disk, or what its clients quote from it."""
    for blamed in blamed_for(picture, DISK_FULL.heard(picture), Role.DATABASE):
        if blamed.own_words or any(_DATABASE_WORD.search(one[0].text) for one in blamed.heard):
            yield dependency_lead(picture, DISK_FULL, blamed, FAIR if blamed.own_words else 0.0)


_DATABASE_WORD = re.compile(r"sql|\bpg|psycopg|mongo|table|relation|53100|InnoDB|ORA-|elastic|database", re.I)


def _lagging(picture: Picture) -> Iterable[Lead]:
    yield from of_dependency(LAG, Role.DATABASE)(picture)
    for series in measured(picture, _LAG_METRIC):
        database = picture.inventory.workload_called(subject_of(picture, series), picture.frame.namespace)
        if database is not None and (series.last or 0.0) >= LAG_SECONDS:
            yield Lead(
                cause="db_replication_lag",
                entity=database.ref,
                weight=STRONG + FAIR,
                statement=f"A replica of {database.ref} is {series.last:.0f} seconds behind its primary.",
                citations=(series.quote(),),
            )


_DATABASES = ("StatefulSet", "Deployment", "Service", "Database")
ENTRIES = (
    Entry(
        Cause(
            code="db_read_only",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="The database refuses writes because it is read-only",
            description="Reads succeed and writes are refused: the database, or the replica that clients reach, is in read-only mode.",
            supports=(
                "errors 1290 or 1836 of MySQL, 25006 of PostgreSQL, NotWritablePrimary of MongoDB, READONLY of Redis",
            ),
            rules_out=("writes succeed", "writes are refused for want of rights or space"),
            neighbours=(
                Neighbour("db_disk_full", "the refusal names the disk"),
                Neighbour("mysql_invalid_credentials", "the refusal names the user"),
            ),
            remedies=("end_read_only_by_hand",),
        ),
        _read_only,
    ),
    Entry(
        Cause(
            code="db_disk_full",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="The database has no disk space left",
            description="The database cannot write because the disk under it is full.",
            supports=(
                "'No space left on device', SQLSTATE 53100 or 'table is full' in its log or its clients'",
            ),
            rules_out=("its volume has room",),
            neighbours=(
                Neighbour("volume_full", "the workload is no database"),
                Neighbour("db_read_only", "writes are refused by mode, and the disk has room"),
            ),
            remedies=("free_database_disk_by_hand",),
        ),
        _full,
    ),
    Entry(
        Cause(
            code="db_replication_lag",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="A replica lags behind its primary",
            description="Readers of a replica see old data because it applies changes later than they come.",
            supports=(
                "seconds behind the primary are many",
                "the replica cancels queries that conflict with recovery",
            ),
            rules_out=("the lag is as before",),
            neighbours=(
                Neighbour("db_slow_query", "queries on the primary itself are slow"),
                Neighbour("consumer_lag", "it is a queue's consumer that is behind"),
            ),
            remedies=("tend_database_by_hand",),
        ),
        _lagging,
    ),
)
