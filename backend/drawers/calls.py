"""Rows of the call graph: who calls whom, as last seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select

from backend.columns import table_of
from backend.drawers import counters
from backend.drawers.rows import add_all
from backend.models import CallEdge

_NOBODY = ""
"""The callee of a service that is known to call nobody."""

_ALL = select(CallEdge.caller, CallEdge.callee).order_by(CallEdge.caller, CallEdge.place)


def graph(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Caller → callees. It changes only when the counter `calls` does."""
    found: dict[str, tuple[str, ...]] = {}
    for caller, callee in connection.execute(_ALL):
        found[caller] = found.get(caller, ()) + ((callee,) if callee != _NOBODY else ())
    return found


def replace(connection: Connection, namespace: str, calls: Mapping[str, Sequence[str]]) -> None:
    """Replace what is known of one namespace."""
    counters.grow(connection, counters.CALLS)
    connection.execute(delete(table_of(CallEdge)).where(CallEdge.namespace == namespace))
    rows = [
        {"namespace": namespace, "caller": caller, "place": place, "callee": callee}
        for caller, callees in calls.items()
        for place, callee in enumerate(callees or (_NOBODY,))
    ]
    add_all(connection, CallEdge, rows)
