"""Rows of the call graph: who calls whom, as last seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.columns import table_of
from backend.drawers import counters
from backend.drawers.rows import add_all
from backend.models import CallEdge

_REVISION = "calls"
_NOBODY = ""
"""The callee of a service that is known to call nobody."""

_ALL = select(CallEdge.caller, CallEdge.callee).order_by(CallEdge.caller, CallEdge.place)


def revision(session: Session) -> int:
    """Grows whenever the graph changes: whoever read it at this number need not read it again."""
    return counters.read(session, _REVISION)


def graph(session: Session) -> dict[str, tuple[str, ...]]:
    """Caller → callees."""
    found: dict[str, tuple[str, ...]] = {}
    for caller, callee in session.execute(_ALL):
        found[caller] = found.get(caller, ()) + ((callee,) if callee != _NOBODY else ())
    return found


def replace(session: Session, namespace: str, calls: Mapping[str, Sequence[str]]) -> None:
    """Replace what is known of one namespace."""
    counters.grow(session, _REVISION, 1)
    session.connection().execute(delete(table_of(CallEdge)).where(CallEdge.namespace == namespace))
    rows = [
        {"namespace": namespace, "caller": caller, "place": place, "callee": callee}
        for caller, callees in calls.items()
        for place, callee in enumerate(callees or (_NOBODY,))
    ]
    add_all(session, CallEdge, rows)
