"""The open incidents as intake needs them: found by their id, and by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sre_agent.domain.alert import Alert
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin


class OpenIncident(Frozen):
    """What intake needs to know of an open incident, to let an alert join it."""

    incident: Incident
    alerts: tuple[Alert, ...]


class OpenIncidents:
    """In the order they were put in: longest open first, as its makers put them.

    Hundreds may be open while every delivery asks for one or two: so they are indexed once and the index is
    kept up, instead of being made anew for each delivery.
    """

    def __init__(self, pages: Iterable[OpenIncident] = ()) -> None:
        self._pages: dict[IncidentId, OpenIncident] = {}
        self._about: dict[str, IncidentId] = {}
        for page in pages:
            self.put(page)

    def __iter__(self) -> Iterator[OpenIncident]:
        return iter(self._pages.values())

    def __len__(self) -> int:
        return len(self._pages)

    def __contains__(self, incident_id: IncidentId) -> bool:
        return incident_id in self._pages

    def get(self, incident_id: IncidentId) -> OpenIncident | None:
        return self._pages.get(incident_id)

    def about(self, key: str) -> OpenIncident | None:
        """The one that alerts about this very thing belong to: of several the longest open; never a person's question."""
        found = self._about.get(key)
        return None if found is None else self._pages[found]

    def put(self, page: OpenIncident) -> None:
        """A new one, or one in the place of what was known of it."""
        incident = page.incident
        self._pages[incident.id] = page
        if incident.origin is Origin.ALERT:
            rival = self.about(incident.group_key)
            if rival is None or age(page) < age(rival):
                self._about[incident.group_key] = incident.id

    def drop(self, incident_id: IncidentId) -> None:
        """It is not open any more; nothing happens where it was not known."""
        page = self._pages.pop(incident_id, None)
        if page is None or self._about.get(page.incident.group_key) != incident_id:
            return
        del self._about[page.incident.group_key]
        for other in self._pages.values():
            if other.incident.group_key == page.incident.group_key:
                self.put(other)

    def copy(self) -> OpenIncidents:
        """One that does not change with this one."""
        twin = OpenIncidents()
        twin._pages, twin._about = self._pages.copy(), self._about.copy()
        return twin

    def newest(self, most: int) -> OpenIncidents:
        """So many of them, longest open first."""
        return OpenIncidents(sorted(self, key=age)[-most:])


def age(page: OpenIncident) -> tuple[object, str]:
    """What sorts longest open first."""
    return page.incident.opened_at, page.incident.id
