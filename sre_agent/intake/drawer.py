"""The open incidents a delivery may join, found by what they are about and by what is in them.

A delivery usually holds one alert while hundreds of incidents may be open, and may hold a thousand: everything is an
index, and what costs time is worked out once, when the first alert asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.intake.contents import Contents, KeptContents
from sre_agent.intake.subject import Subject
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents, age


class Folder:
    """One open incident: its row and the alerts in it."""

    def __init__(self, incident: Incident, alerts: Sequence[Alert]) -> None:
        self.incident = incident
        self.alerts = list(alerts)

    def put_out(self, alert: Alert) -> int:
        """Mark one firing as over; how many still fire."""
        over = (alert.fingerprint, alert.starts_at)
        self.alerts = [alert if (each.fingerprint, each.starts_at) == over else each for each in self.alerts]
        return sum(each.status is AlertStatus.FIRING for each in self.alerts)


_KEPT = KeptContents()


class Drawer:
    """Every open incident that alerts may join; a person's question is none. Of several, the longest open one wins."""

    def __init__(self, desk: OpenIncidents, default_cluster: str, *, kept: KeptContents = _KEPT) -> None:
        self._contents = kept.of(default_cluster)
        self._is_followed = False
        self._joined: set[IncidentId] = set()
        self._desk = desk
        self._new = OpenIncidents()
        self._folders: dict[IncidentId, Folder] = {}

    def __contains__(self, incident_id: IncidentId) -> bool:
        return incident_id in self._desk or incident_id in self._new

    def get(self, incident_id: IncidentId) -> Folder | None:
        if incident_id not in self:
            return None
        return self[incident_id]

    def __getitem__(self, incident_id: IncidentId) -> Folder:
        if incident_id not in self._folders:
            page = self._page(incident_id)
            self._folders[incident_id] = Folder(page.incident, page.alerts)
        return self._folders[incident_id]

    def about(self, key: str) -> Incident | None:
        """The incident that is about this very thing."""
        page = self._desk.about(key) or self._new.about(key)
        return self[page.incident.id].incident if page else None

    def holding(self, key: str) -> Incident | None:
        """The incident that has an alert about this thing in it."""
        return self._longest_open(self._known_contents().holding(key))

    def naming(self, cluster: str, node: str) -> Incident | None:
        """The incident that has an alert in it which names this node as the place it runs on."""
        return self._longest_open(self._known_contents().naming(cluster, node))

    def put(self, incident: Incident) -> None:
        """A new one, opened by this delivery."""
        self._new.put(OpenIncident(incident=incident, alerts=()))

    def add(self, incident_id: IncidentId, alert: Alert, subject: Subject) -> None:
        """An alert of this delivery joins."""
        self[incident_id].alerts.append(alert)
        if incident_id not in self._joined:
            self._contents.follow_one(self._page(incident_id))
            self._joined.add(incident_id)
        self._contents.add(incident_id, alert, subject)

    def _page(self, incident_id: IncidentId) -> OpenIncident:
        page = self._desk.get(incident_id) or self._new.get(incident_id)
        if page is None:
            raise KeyError(incident_id)
        return page

    def _longest_open(self, found: Collection[IncidentId]) -> Incident | None:
        pages = [self._page(each) for each in found]
        return self[min(pages, key=age).incident.id].incident if pages else None

    def _known_contents(self) -> Contents:
        if not self._is_followed:
            self._contents.follow((*self._desk, *self._new), but=self._joined)
            self._is_followed = True
        return self._contents
