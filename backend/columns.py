"""What every table shares: how times and JSON are kept, and how constraints are named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, Table, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

Values = dict[str, Any]
"""Column name → value of one row on its way in; a wrong name is refused by SQLAlchemy."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC: `timestamptz` where there is one, else text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware time, found {value!r}; give it a time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(row: type[Row]) -> Table:
    """The table itself, for statements that go past the unit of work."""
    return cast(Table, row.__table__)


BIG = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; on SQLite it must be called INTEGER to be the row's own number."""

Json = Annotated[str, mapped_column(Text)]
"""JSON as text: written once by whoever made it, read back byte for byte."""
Time = Annotated[datetime, mapped_column(UtcTime)]

INCIDENT = "incidents.id"
"""What most tables point at."""
