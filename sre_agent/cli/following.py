"""One incident followed to its end, also where it joins another and ends there."""

from __future__ import annotations

from collections.abc import Iterator

from sre_agent.cli.client import Client
from sre_agent.cli.journal_view import ENDINGS
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry, Kind


class Followed:
    """An incident until it has ended; `incident` is the one that is followed now, as it was last read.

    Two incidents with one root cause become one: whoever watches the one that joins is led on to the other, which
    is told from its diagnosis on, since what went before was told of its like.
    """

    def __init__(self, client: Client, incident: Incident) -> None:
        self._client = client
        self.incident = incident

    def entries(self) -> Iterator[JournalEntry]:
        """All that is written of it, as it is written, up to its end."""
        told = True
        while True:
            for entry in self._client.follow(self.incident.id):
                told = told or entry.kind is Kind.DIAGNOSIS_MADE
                if told:
                    yield entry
                if self._left_by(entry):
                    break
            if self.incident.merged_into is None:
                return
            told = False
            self.incident = self._read(self.incident.merged_into)

    def ended(self) -> Incident:
        """Wait in silence for the end; how it ended."""
        for _ in self.entries():
            pass
        return self.incident

    def _left_by(self, entry: JournalEntry) -> bool:
        """Whether nothing follows; an ending may be an old one, of an incident that was tried again since."""
        if entry.kind in ENDINGS or (entry.kind is Kind.INCIDENT_MERGED and "into" in entry.body):
            self.incident = self._read(self.incident.id)
            return self.incident.status.is_final
        return False

    def _read(self, incident_id: str) -> Incident:
        return self._client.get(f"/api/v1/incidents/{incident_id}", Incident)
