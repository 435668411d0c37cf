"""Numbers that only grow. Whoever changes one holds its row until the end of the transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Integer, bindparam, case, select, update

from backend.columns import table_of
from backend.drawers.rows import run
from backend.models import Counter

POSITIONS: Final = "journal"
"""The last position given in the journal of all incidents."""
REVISIONS: Final = "incidents"
"""The number of the last transaction that touched an incident; the incident remembers it."""
CALLS: Final = "calls"
"""How often the call graph changed."""
AUDIT: Final = "audit"
"""The last sequence number given in the platform's own chain."""
CLAIMS: Final = "jobs"
"""Never grows: its row is the line in which claimers wait."""
TRUST: Final = "trust"
"""Up to which position the journal was reckoned with, for the trust ladder."""
NOTICES: Final = "notices"
"""Up to which position the journal was gathered from, for messages to people outside."""

_counter = table_of(Counter)
_ALL = select(_counter.c.name, _counter.c.value)
_READ = select(_counter.c.value).where(_counter.c.name == bindparam("of"))
_HOLD = _READ.with_for_update()
_GROW = (
    update(_counter)
    .where(_counter.c.name == bindparam("of"))
    .values(value=_counter.c.value + bindparam("by", type_=Integer))
    .returning(_counter.c.value)
)
_GROW_BOTH = (
    update(_counter)
    .where(_counter.c.name.in_((POSITIONS, REVISIONS)))
    .values(
        value=_counter.c.value + case((_counter.c.name == POSITIONS, bindparam("by", type_=Integer)), else_=1)
    )
    .returning(_counter.c.name, _counter.c.value)
)


def every(connection: Connection) -> dict[str, int]:
    return dict(tuple(row) for row in run(connection, _ALL))


def read(connection: Connection, name: str) -> int:
    return int(run(connection, _READ, {"of": name}).scalar_one())


def hold(connection: Connection, name: str) -> int:
    """Read it, and make other writers wait for us."""
    return int(run(connection, _HOLD, {"of": name}).scalar_one())


def grow(connection: Connection, name: str, by: int = 1) -> int:
    """Its new value."""
    return int(run(connection, _GROW, {"of": name, "by": by}).scalar_one())


def grow_journal(connection: Connection, by: int) -> tuple[int, int]:
    """The new last position, `by` further on, and a new revision: what a transaction on incidents needs."""
    values = dict(tuple(row) for row in run(connection, _GROW_BOTH, {"by": by}))
    return values[POSITIONS], values[REVISIONS]
