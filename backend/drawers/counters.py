"""Numbers that only grow. Whoever changes one holds its row until the end of the transaction."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from backend.columns import table_of
from backend.models import Counter

_READ = select(Counter.value).where(Counter.name == bindparam("of"))
_GROW = (
    update(table_of(Counter))
    .where(Counter.name == bindparam("of"))
    .values(value=Counter.value + bindparam("by"))
    .returning(Counter.value)
)


def read(session: Session, name: str) -> int:
    return int(session.execute(_READ, {"of": name}).scalar_one())


def hold(session: Session, name: str) -> int:
    """Read it, and make other writers wait for us."""
    return int(session.execute(_READ.with_for_update(), {"of": name}).scalar_one())


def grow(session: Session, name: str, by: int) -> int:
    """Its new value."""
    return int(session.connection().execute(_GROW, {"of": name, "by": by}).scalar_one())
