"""Databases that answer too late: slow queries, missing indexes, and transactions that wait for each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import Blamed, blamed_for
from sre_agent.catalogue.gauges import Gauge, moves_of, strongest
from sre_agent.catalogue.hearing import Heard, sayings_of
from sre_agent.catalogue.roles import Role
from sre_agent.catalogue.said import Words, dependency_lead, of_speaker, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.world import Picture

LOCKS = Words(
    "db_lock_contention",
    pattern(
        r"lock wait timeout exceeded|(?:error|errno|code:?) ?\(?1205\b",
        r"deadlock found when trying to get lock|(?:error|errno|code:?) ?\(?1213\b",
        r"deadlock detected|\b40P01\b|\b55P03\b|\b40001\b",
        r"could not obtain lock on|canceling statement due to lock timeout|lock_not_available",
        r"still waiting for \w*Lock on|process \d+ (?:still waiting|acquired)",
        r"ORA-00060|ORA-00054|was deadlocked on lock",
        r"WriteConflict|LockTimeout|unable to acquire .{0,30}lock within",
        r"database (?:table )?is locked|SQLITE_BUSY",
        r"could not serialize access|PessimisticLock\w*Exception|CannotAcquireLockException|LockAcquisitionException",
        r"waiting for table metadata lock",
    ),
    "makes transactions wait for each other's locks",
)
SLOW = Words(
    "db_slow_query",
    pattern(
        r"slow[ _-]?(?:sql|query|queries|statement|command)",
        r"# Query_time: (?:[3-9]|\d{2,})",
        r"duration: \d{4,}(?:\.\d+)? ms\s+(?:statement|execute|parse|bind)",
        r"canceling statement due to (?:statement timeout|user request)|\b57014\b",
        r"query execution was interrupted, maximum statement execution time|\b3024\b",
        r"maximum (?:statement )?execution time exceeded|MaxTimeMSExpired|operation exceeded time limit",
        r"ORA-01013|query timed? ?out|QueryTimeoutException|query took (?:\d{2,} ?s|\d{4,} ?ms)",
    ),
    "answers queries too slowly",
    weight=STRONG - SLIGHT,
)
FULL_SCAN = Words(
    "missing_index",
    pattern(
        r"\bCOLLSCAN\b",
        r"seq(?:uential)? scan on \w+",
        r"full table scan|full collection scan",
        r"missing index|no index (?:used|found)|without (?:an )?index|not using index",
        r"Rows_examined: \d{5,}",
        r"docsExamined\"?: ?\d{5,}",
    ),
    "reads whole tables because an index is missing",
    weight=STRONG,
)
_SAYS_SCAN = re.compile(r"\bCOLLSCAN\b|scan|index", re.I)
_SUMMARY = re.compile(r"\bgroup by\b|\b(?:sum|avg|count|max|min)\s*\(", re.I)
"""A summary reads many rows and gives few, with or without an index."""
_TABLE = re.compile(
    r"(?:scan on|\bfrom|\binto|\bupdate|table|relation|collection|ns\"?:)\s*[\"'`]?([A-Za-z_][\w.]*)", re.I
)


def _locked(picture: Picture) -> Iterable[Lead]:
    told = LOCKS.heard(picture)
    blamed = blamed_for(picture, told, Role.DATABASE)
    for one in blamed:
        yield dependency_lead(picture, LOCKS, one)
    if not blamed:
        yield from of_speaker(LOCKS)(picture)


def _slow(picture: Picture) -> Iterable[Lead]:
    scans = {
        one.ref
        for one in blamed_for(picture, FULL_SCAN.heard(picture), Role.DATABASE)
        if _lacks_index(picture, one)
    }
    for one in blamed_for(picture, SLOW.heard(picture), Role.DATABASE):
        later = FAIR if one.ref in scans else 0.0
        yield dependency_lead(picture, SLOW, one, _slower(picture, one) - later)


def _slower(picture: Picture, blamed: Blamed) -> float:
    """More where its own latency, or its processor's load, rose at the onset."""
    if blamed.workload is None:
        return 0.0
    for gauge in (Gauge.LATENCY, Gauge.CPU):
        if strongest(moves_of(picture, blamed.workload, gauge), up=True):
            return SLIGHT
    return 0.0


def _no_index(picture: Picture) -> Iterable[Lead]:
    """The workload whose query it is; the database where nobody tells whose."""
    told = FULL_SCAN.heard(picture)
    slow = {one.ref for one in blamed_for(picture, SLOW.heard(picture), Role.DATABASE)}
    for blamed in blamed_for(picture, told, Role.DATABASE):
        client = next((one for one in blamed.callers), None)
        if blamed.ref in slow and not _lacks_index(picture, blamed):
            continue
        lead = dependency_lead(picture, FULL_SCAN, blamed, SLIGHT)
        table = _table_of(blamed.heard)
        yield Lead(
            lead.cause,
            client or lead.entity,
            lead.weight,
            lead.statement,
            lead.citations,
            hints={"table": table, "database": blamed.ref.name},
        )


def _lacks_index(picture: Picture, blamed: Blamed) -> bool:
    """Whether a plan says so, or far more rows were read than a query needs that sums nothing up."""
    if any(_SAYS_SCAN.search(saying.text) for saying, _ in blamed.heard):
        return True
    said = {one.text for saying, _ in blamed.heard for one in sayings_of(picture, saying.speaker.ref)}
    return not any(_SUMMARY.search(text) for text in said)


def _table_of(found: list[Heard]) -> str:
    for saying, _ in reversed(found):
        if named := _TABLE.search(saying.text):
            return named.group(1)
    return ""


_DATABASES = ("StatefulSet", "Deployment", "Service", "Database")
ENTRIES = (
    Entry(
        Cause(
            code="db_lock_contention",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="Transactions wait for each other's locks",
            description="Queries wait for locks, give up, or are chosen as victims of deadlocks between transactions.",
            supports=(
                "errors 1205 and 1213 of MySQL, 40P01 and 55P03 of PostgreSQL, ORA-00060, WriteConflict",
            ),
            rules_out=("queries are slow while they hold and wait for no lock",),
            neighbours=(
                Neighbour("db_slow_query", "queries are slow by themselves, and none waits for a lock"),
                Neighbour("deadlock", "threads of the program wait for each other, not transactions"),
            ),
            remedies=("end_blocking_session_by_hand",),
        ),
        _locked,
    ),
    Entry(
        Cause(
            code="db_slow_query",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="The database answers queries too slowly",
            description="Statements run long or into the statement time limit; connections and locks are not the cause.",
            supports=("the slow query log fills", "statements are cancelled by the statement time limit"),
            rules_out=("queries take as long as before",),
            neighbours=(
                Neighbour("missing_index", "the plan reads a whole table"),
                Neighbour("db_lock_contention", "the time passes waiting for locks"),
                Neighbour("pod_network_delay", "the database is quick, and the way to it is slow"),
            ),
            remedies=("tend_database_by_hand",),
            depth=Depth.PROXIMATE,
        ),
        _slow,
    ),
    Entry(
        Cause(
            code="missing_index",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Deployment", "StatefulSet", "Service", "Database"),
            title="An index is missing",
            description="A query reads a whole table because no index fits it, and takes longer the more rows there are.",
            supports=(
                "the plan is a sequential or collection scan",
                "rows examined are many times the rows returned",
            ),
            rules_out=("the plan uses an index",),
            neighbours=(
                Neighbour("db_slow_query", "queries are slow, and their plans use indexes"),
                Neighbour("performance_regression", "the time is spent in the program, not in the database"),
            ),
            remedies=("add_index_by_hand",),
        ),
        _no_index,
    ),
)
