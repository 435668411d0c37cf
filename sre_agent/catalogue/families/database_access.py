"""Clients that reach their database wrongly: wrong credentials, or an empty pool of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.addresses import addresses_in, workload_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import complaints_by_client, dependency_of
from sre_agent.catalogue.gauges import measured, subject_of
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, quotes, shortly
from sre_agent.catalogue.roles import Role
from sre_agent.catalogue.said import belief, pattern
from sre_agent.catalogue.secrets import changed_secret
from sre_agent.catalogue.settings import Setting, same_setting_elsewhere, settings_of, value_before
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

REFUSED_LOGIN = pattern(
    r"access denied for user",
    r"(?:error|errno|code:?) ?\(?104[45]\b",
    r"password authentication failed|\b28P01\b|\b28000\b",
    r"no pg_hba\.conf entry for|role \"[^\"]+\" does not exist",
    r"(?:mongo\w*|SCRAM\S*|sasl)\S* .{0,60}authentication failed|AuthenticationFailed|code 18\b.{0,20}auth|bad auth : ",
    r"ORA-01017|login failed for user",
    r"WRONGPASS|NOAUTH Authentication required|invalid username-password pair",
    r"SCRAM authentication failed|auth(?:entication)? (?:failed|error).{0,60}(?:database|mysql|postgres|mongo)",
)
"""A database's own words for credentials that it does not accept."""
_CREDENTIAL = re.compile(r"pass(?:word|wd)?$|_pwd$|user(?:name)?$|(?:^|_)(?:login|secret)$", re.I)
EMPTY_POOL = pattern(
    r"connection is not available, request timed out after",
    r"QueuePool limit of size|TimeoutError: QueuePool",
    r"(?:connection )?pool (?:is )?(?:exhausted|full|empty|at capacity)|pool exhausted|exhausted (?:connection )?pool",
    r"timeout acquiring (?:a )?connection|timed? ?out (?:while )?(?:acquiring|obtaining|waiting for) .{0,40}connection",
    r"timeout waiting for (?:a )?(?:idle object|connection)|ConnectionPoolTimeout|could not get a resource from the pool",
    r"WaitQueueTimeout|ResourceRequest timed out|connection pool timeout|ConnectionAcquireTimeout|PoolTimeout\b",
    r"timeout exceeded when trying to connect|the timeout period elapsed prior to obtaining a connection from the pool",
    r"could not obtain a connection from the pool|connection pool has been exhausted|Hikari\S* ?-? .{0,20}Timeout failure|PoolTimedOut",
    r"wait queue (?:for acquiring a connection|size).{0,60}(?:full|exceed)|WaitQueueFull|checking out a connection from (?:the )?connection pool",
    r"cannot (?:get|acquire) (?:a )?connection(?: from pool)?, (?:pool error|general error)|connection pool shut ?down",
)
"""HikariCP, SQLAlchemy, knex, Sequelize, DBCP, Jedis, Apache HttpClient, MongoDB drivers, node-postgres, ADO.NET."""
_NONE_AT_ALL = re.compile(r"total=0\b|active=0, idle=0|0 in use|no available connection and the queue", re.I)
"""The pool is empty because it gets no connection at all."""
_PENDING = re.compile(
    r"pool.*(?:pending|waiting|queue)|(?:pending|waiting).*(?:connections|pool)|hikaricp_connections_pending",
    re.I,
)


def _wrong_credentials(picture: Picture) -> Iterable[Lead]:
    for ref, found in _login_refusals(picture).items():
        workload = found[0][0].speaker.workload if found[0][0].speaker.ref == ref else None
        workload = workload or picture.inventory.get(ref.kind, ref.name, ref.namespace)
        setting = _odd_credential(picture, workload) if workload else None
        rotated = changed_secret(picture, workload) if workload else None
        words = f"; {setting.name} differs from what it was or from what others have" if setting else ""
        before = value_before(picture, setting) if setting else None
        yield Lead(
            cause="mysql_invalid_credentials",
            entity=ref,
            weight=belief(found, STRONG + FAIR) + (SLIGHT if setting else 0.0) - (STRONG if rotated else 0.0),
            statement=f"{ref} is refused by its database for its credentials{words}: {shortly(found[-1])}",
            citations=(*quotes(found), *((setting.quote(),) if setting else ())),
            hints=setting.repair(before) if setting and before else {},
        )


def _login_refusals(picture: Picture) -> dict[EntityRef, list[Heard]]:
    """Refused logins by the client; those that only the database tells of, by whom it names."""
    clients = dict(complaints_by_client(picture, REFUSED_LOGIN, Role.DATABASE))
    if clients:
        return clients
    told: dict[EntityRef, list[Heard]] = {}
    for saying, match in heard(picture, REFUSED_LOGIN):
        client = _client_in(picture, saying.text, saying.speaker.namespace)
        told.setdefault(client.ref if client else saying.speaker.ref, []).append((saying, match))
    return told


_USER_AT = re.compile(r"user '?\"?([\w-]+)'?\"?(?:@'?([\w.-]+))?", re.I)


def _client_in(picture: Picture, text: str, namespace: str) -> Obj | None:
    """Whom a database's own line names: by the address it came from, or by the user that only one workload has."""
    found = _USER_AT.search(text)
    hosts = [found.group(2)] if found and found.group(2) else []
    for host in [*hosts, *(one.host for one in addresses_in(text))]:
        if host and (workload := workload_at(picture, host, namespace)) is not None:
            return workload
    if found is None:
        return None
    users = [
        workload
        for workload in picture.inventory.workloads
        if any(
            _CREDENTIAL.search(one.name) and one.value == found.group(1)
            for one in settings_of(picture, workload)
        )
    ]
    return users[0] if len(users) == 1 else None


def _odd_credential(picture: Picture, workload: Obj) -> Setting | None:
    """A credential in plain settings that changed, or that all others have otherwise."""
    for setting in settings_of(picture, workload):
        if not _CREDENTIAL.search(setting.name):
            continue
        elsewhere = same_setting_elsewhere(picture, setting)
        if value_before(picture, setting) is not None or (elsewhere and setting.value not in elsewhere):
            return setting
    return None


def _empty_pool(picture: Picture) -> Iterable[Lead]:
    for ref, found in by_speaker(heard(picture, EMPTY_POOL)).items():
        told = [one for one in found if not _NONE_AT_ALL.search(one[0].text)]
        if told:
            yield _pool_lead(picture, ref, told)
    for series in measured(picture, _PENDING):
        workload = picture.inventory.workload_called(subject_of(picture, series), picture.frame.namespace)
        if workload is not None and (series.last or 0.0) >= 1.0:
            yield Lead(
                cause="connection_pool_exhaustion",
                entity=workload.ref,
                weight=STRONG - SLIGHT,
                statement=f"{series.last:.0f} requests of {workload.ref} wait for a connection of its pool.",
                citations=(series.quote(),),
            )


def _pool_lead(picture: Picture, ref: EntityRef, found: list[Heard]) -> Lead:
    database = dependency_of(picture, found[-1][0], Role.DATABASE)
    workload = found[0][0].speaker.workload
    size = _small_pool(picture, workload) if workload else None
    before = value_before(picture, size) if size else None
    to = f" to {database.ref}" if database and database.ref != ref else ""
    return Lead(
        cause="connection_pool_exhaustion",
        entity=ref,
        weight=belief(found, STRONG) + (FAIR if size else 0.0),
        statement=f"{ref} has no connection{to} left in its own pool"
        + (f" ({size.name} is {size.value})" if size else "")
        + f": {shortly(found[-1])}",
        citations=(*quotes(found), *((size.quote(),) if size else ())),
        hints=size.repair(before) if size and before else {},
    )


_POOL_SIZE = re.compile(r"pool.*(?:size|max)|max.*(?:pool|conn)|maximum[_-]?pool", re.I)
SMALL_POOL = 3


def _small_pool(picture: Picture, workload: Obj) -> Setting | None:
    """The size of its pool where that is very small, or was another before."""
    for setting in settings_of(picture, workload):
        if not _POOL_SIZE.search(setting.name) or not setting.value.strip().isdigit():
            continue
        if int(setting.value) <= SMALL_POOL or value_before(picture, setting) is not None:
            return setting
    return None


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="mysql_invalid_credentials",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Its settings carry wrong credentials for the database",
            description="The database refuses the workload's login: user or password in its settings are wrong.",
            supports=(
                "error 1045 of MySQL, 28P01 of PostgreSQL, AuthenticationFailed of MongoDB",
                "other clients of the same database log in",
            ),
            rules_out=("the login succeeds", "the database is not reached at all"),
            neighbours=(
                Neighbour("secret_rotation_mismatch", "the Secret changed after the pods had read it"),
                Neighbour("mysql_invalid_port", "no connection comes about at all"),
                Neighbour("expired_credentials", "the refusal says that the credential ran out"),
            ),
            remedies=("restore_setting", "undo_rollout", "put_credentials_right_by_hand"),
        ),
        _wrong_credentials,
    ),
    Entry(
        Cause(
            code="connection_pool_exhaustion",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Its own connection pool is empty",
            description="Requests wait in vain for a connection of the workload's own pool, while the database has room.",
            supports=(
                "HikariCP, SQLAlchemy or another pool says that it waited in vain",
                "requests wait for the pool",
            ),
            rules_out=(
                "the database refuses connections",
                "the pool has no connection because none can be made",
            ),
            neighbours=(
                Neighbour(
                    "db_connection_exhaustion", "the database itself refuses for the number of connections"
                ),
                Neighbour("db_unreachable", "the pool holds none at all (total=0)"),
                Neighbour("db_slow_query", "connections are held long because queries take long"),
            ),
            remedies=("restore_setting", "undo_rollout", "restart_workload"),
        ),
        _empty_pool,
    ),
)
