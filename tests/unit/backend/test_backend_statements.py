"""Every statement has words that PostgreSQL understands too, and every time is kept as UTC."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import ClauseElement, create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from backend import dialects, drawers
from backend.drawers import jobs, leases, rows
from backend.models import Job, Lease, Plan, Row, Step

PG = postgresql.dialect()


def constants() -> Iterator[tuple[str, ClauseElement]]:
    """The statements that drawers keep ready, by name."""
    for module in pkgutil.iter_modules(drawers.__path__):
        drawer = importlib.import_module(f"{drawers.__name__}.{module.name}")
        for name, value in vars(drawer).items():
            if name.isupper() and isinstance(value, ClauseElement):
                yield f"{module.name}.{name}", value


def on_postgres(statement: ClauseElement) -> str:
    return " ".join(str(statement.compile(dialect=PG)).split())


@pytest.mark.parametrize("name", [name for name, _ in constants()])
def test_every_ready_statement_compiles_for_both_databases(name: str) -> None:
    statement = dict(constants())[name]
    assert on_postgres(statement)
    assert str(statement.compile(dialect=sqlite.dialect()))


def test_there_are_as_many_ready_statements_as_the_hot_path_needs() -> None:
    assert len(list(constants())) > 15


def test_upserts_are_worded_for_postgresql() -> None:
    upsert = on_postgres(
        rows._upsert("postgresql", Step, ("incident_id", "plan_digest", "index"), ("state",))
    )
    assert "ON CONFLICT (incident_id, plan_digest, index) DO UPDATE SET state = excluded.state" in upsert
    assert "DO NOTHING" in on_postgres(rows._insert_new("postgresql", Plan, ("incident_id", "digest")))


def test_a_twin_is_found_by_the_partial_index_on_postgresql() -> None:
    assert "ON CONFLICT (lock, kind) WHERE state = 'queued' DO UPDATE" in on_postgres(
        jobs._defer("postgresql")
    )


def test_a_lease_is_taken_by_one_compare_and_set_on_postgresql() -> None:
    statement = on_postgres(leases._acquire("postgresql"))
    assert "DO UPDATE SET owner = excluded.owner, fence = (leases.fence + " in statement
    assert "WHERE leases.expires_at <= " in statement
    assert "RETURNING leases.fence" in statement


def test_rows_that_are_depended_on_are_locked_on_postgresql() -> None:
    ready = dict(constants())
    for name in ("incidents._HELD", "leases._HELD", "counters._HOLD"):
        assert on_postgres(ready[name]).endswith("FOR UPDATE")


def test_tables_are_worded_for_postgresql() -> None:
    ddl = {table.name: str(CreateTable(table).compile(dialect=PG)) for table in Row.metadata.sorted_tables}
    assert "position BIGINT NOT NULL" in ddl["journal"]
    assert "id BIGSERIAL NOT NULL" in ddl["alerts"]
    assert "TIMESTAMP WITH TIME ZONE" in ddl["incidents"]
    twin = next(index for index in Job.__table__.indexes if index.name == "uq_jobs_queued_twin")  # type: ignore[attr-defined]
    assert "WHERE state = 'queued'" in str(CreateIndex(twin).compile(dialect=PG))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://h/d", "sqlite or postgresql"),
        ("postgresql://h/d", "asynchronous|psycopg2"),
    ],
)
def test_a_url_that_would_not_work_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises((ValueError, ModuleNotFoundError), match=why):
        dialects.parsed(url)


def test_readers_and_writers_of_a_server_get_the_isolation_they_rely_on() -> None:
    url = make_url("postgresql+asyncpg://h/d")
    assert dialects.options(url, connections=4, writing=True)["isolation_level"] == "READ COMMITTED"
    assert dialects.options(url, connections=4, writing=False)["isolation_level"] == "REPEATABLE READ"


def test_times_come_back_as_the_same_moment_in_utc() -> None:
    engine = create_engine("sqlite://")
    Row.metadata.create_all(engine)
    there = datetime(2026, 10, 25, 2, 30, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        row = {"incident_id": "i", "owner": "o", "fence": 1, "expires_at": there}
        rows.add_all(connection, Lease, [row])
        kept = rows.fetch(connection, Lease, select(Lease))[0].expires_at
        assert kept == there
        assert kept.tzinfo is UTC
        with pytest.raises(Exception, match="aware"):
            rows.add_all(connection, Lease, [{**row, "expires_at": there.replace(tzinfo=None)}])
    engine.dispose()


def test_the_cabinet_knows_nothing_of_the_brain_or_the_hands() -> None:
    import backend

    for module in pkgutil.walk_packages(backend.__path__, "backend."):
        spec = importlib.util.find_spec(module.name)
        assert spec is not None
        assert spec.origin is not None
        with open(spec.origin) as source:
            tree = ast.parse(source.read())
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [
                name for name in names if name.split(".")[0] in ("sre_agent", "mcp_servers")
            ], module.name
