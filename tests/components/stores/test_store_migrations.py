"""The revisions make exactly the tables of the models, once, however many processes start together."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from backend import migrate
from backend.errors import DatabaseUnusable
from backend.models import Row


def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def test_models_and_migrations_agree(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()


def test_keys_constraints_and_partial_indexes_agree_too(migrated: Path, tmp_path: Path) -> None:
    """What the comparison of tables does not look at."""

    def described(file: Path) -> dict[str, object]:
        engine = create_engine(f"sqlite:///{file}")
        look = inspect(engine)
        tables = set(look.get_table_names()) - {"alembic_version"}
        found = {
            table: (
                look.get_pk_constraint(table),
                sorted(look.get_foreign_keys(table), key=str),
                sorted(look.get_unique_constraints(table), key=str),
                sorted(
                    (
                        str(index["name"]),
                        str(index["column_names"]),
                        index["unique"],
                        str(index["dialect_options"].get("sqlite_where")),
                    )
                    for index in look.get_indexes(table)
                ),
                sorted(
                    (column["name"], str(column["type"]), column["nullable"])
                    for column in look.get_columns(table)
                ),
            )
            for table in tables
        }
        engine.dispose()
        return found

    from_models = tmp_path / "models.db"
    engine = create_engine(f"sqlite:///{from_models}")
    Row.metadata.create_all(engine)
    engine.dispose()
    assert described(migrated) == described(from_models)


def test_a_second_upgrade_changes_nothing(migrated: Path, tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    migrate.upgrade(url(file))
    before = file.read_bytes()
    migrate.upgrade(url(file))
    assert file.read_bytes() == before
    found, expected = migrate.revisions(url(file))
    assert found == expected != ""


def test_downgrading_leaves_no_table_behind(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    migrate.upgrade(url(file))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "agent.db"
    code = "import sys; from backend import migrate; migrate.upgrade(sys.argv[1])"
    starts = [subprocess.Popen([sys.executable, "-c", code, url(file)]) for _ in range(4)]
    assert [start.wait(timeout=50) for start in starts] == [0, 0, 0, 0]
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT sum(value) FROM counters").fetchone() == (0,)
    connection.close()


def test_a_database_of_a_newer_version_is_refused_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    migrate.upgrade(url(file))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseUnusable, match=r"found 9999.*newer version"):
        migrate.upgrade(url(file))


def test_a_broken_migration_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agent.db"
    versions = tmp_path / "migrations"
    shipped = Path(migrate.__file__).parent / "migrations"
    for part in ("env.py", "script.py.mako", "versions/0001_first_tables.py"):
        (versions / part).parent.mkdir(parents=True, exist_ok=True)
        (versions / part).write_text((shipped / part).read_text())
    first = versions / "versions" / "0001_first_tables.py"
    first.write_text(first.read_text().replace("    _platform()\n", "    raise ZeroDivisionError\n", 1))
    monkeypatch.setattr(migrate, "_FOLDER", versions)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(url(file))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
