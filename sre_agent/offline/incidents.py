"""The snapshot of an incident of the platform: what was known when it was diagnosed, so that it can be diagnosed again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sre_agent.domain.evidence import Evidence
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.offline.keeping import snapshot_of
from sre_agent.picture.objects import mapping
from sre_agent.picture.reading import Kept
from sre_agent.ports.archive import Archive
from sre_agent.snapshots.content import Snapshot

_PAGE = 1000


async def snapshot_of_incident(archive: Archive, incident_id: IncidentId) -> Snapshot:
    """Of its last diagnosis; before there is one, of what is known so far. Raises NotFound."""
    incident, alerts = await archive.incident(incident_id), await archive.alerts(incident_id)
    made = await last_diagnosis(archive, incident_id)
    last_turn = made.body.get("turn") if made else None
    known = [
        one
        for one in await archive.evidence(incident_id)
        if not isinstance(last_turn, int) or one.turn <= last_turn
    ]
    kept = await asyncio.gather(*(_kept(archive, incident_id, one) for one in known))
    at = made.at if made else incident.updated_at
    return snapshot_of(incident, alerts, kept, at, _windows(made))


async def last_diagnosis(archive: Archive, incident_id: IncidentId) -> JournalEntry | None:
    """The entry of the journal that says what was found; none before there is one."""
    found, after = None, 0
    while entries := await archive.journal(incident_id, after=after, limit=_PAGE):
        found = next((each for each in reversed(entries) if each.kind is Kind.DIAGNOSIS_MADE), found)
        after = entries[-1].seq
    return found


def _windows(made: JournalEntry | None) -> Mapping[str, float]:
    told = mapping(made.body, "windows") if made else {}
    return {str(name): float(seconds) for name, seconds in told.items()}


async def _kept(archive: Archive, incident_id: IncidentId, one: Evidence) -> Kept:
    body = await archive.evidence_body(incident_id, one.id)
    return Kept(one.id, str(body.get("name", "")), mapping(body, "arguments"), mapping(body, "answer"))
