"""The open incidents a delivery may join, found by what they are about and by what is in them.

A delivery usually holds one alert while hundreds of incidents may be open, and may hold a thousand: everything is an
index, and what costs time is worked out once, when the first alert asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import NamedTuple

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin
from sre_agent.intake.subject import Subject, subject_of
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


class _Inside(NamedTuple):
    """Incidents by what their alerts are about, and by the nodes their alerts name."""

    by_key: dict[str, IncidentId]
    by_node: dict[tuple[str, str], IncidentId]

    def add(self, incident_id: IncidentId, subject: Subject) -> None:
        self.by_key.setdefault(subject.key, incident_id)
        if subject.node:
            self.by_node.setdefault((subject.cluster, subject.node), incident_id)


class _Noted(NamedTuple):
    """What these alerts of one incident are about; each subject once, in the order of the alerts."""

    alerts: Sequence[Alert]
    subjects: tuple[Subject, ...]

    def is_beginning_of(self, alerts: Sequence[Alert]) -> bool:
        """By the very objects: the desk keeps them from delivery to delivery, and comparing them would cost more."""
        return len(self.alerts) <= len(alerts) and all(map(is_, self.alerts, alerts))


_NOTHING = _Noted((), ())


class Notes:
    """What is known of the alerts of open incidents, kept between deliveries; nothing is kept of other incidents.

    Thousands of alerts may lie in open incidents, and an alert that opens one asks what all of them are about.
    """

    def __init__(self) -> None:
        self._noted: dict[tuple[IncidentId, str], _Noted] = {}

    def subjects(self, folders: Mapping[IncidentId, Sequence[Alert]], cluster: str) -> list[_Noted]:
        """Of all these incidents, in their order."""
        self._noted = {(each, cluster): self._of(each, alerts, cluster) for each, alerts in folders.items()}
        return list(self._noted.values())

    def _of(self, each: IncidentId, alerts: Sequence[Alert], cluster: str) -> _Noted:
        noted = self._noted.get((each, cluster), _NOTHING)
        if not noted.is_beginning_of(alerts):
            noted = _NOTHING
        if len(noted.alerts) == len(alerts):
            return noted
        news = (subject_of(alert, default_cluster=cluster) for alert in alerts[len(noted.alerts) :])
        return _Noted(tuple(alerts), tuple(dict.fromkeys((*noted.subjects, *news))))


_NOTES = Notes()


class Drawer:
    """Every open incident that alerts may join; a person's question is none. Of several, the longest open one wins."""

    def __init__(self, desk: OpenIncidents, default_cluster: str, *, notes: Notes = _NOTES) -> None:
        self._notes = notes
        self._default_cluster = default_cluster
        self._desk = desk
        self._new = OpenIncidents()
        self._folders: dict[IncidentId, Folder] = {}
        self._inside: _Inside | None = None

    def __contains__(self, incident_id: IncidentId) -> bool:
        return incident_id in self._desk or incident_id in self._new

    def get(self, incident_id: IncidentId) -> Folder | None:
        if incident_id not in self:
            return None
        return self[incident_id]

    def __getitem__(self, incident_id: IncidentId) -> Folder:
        if incident_id not in self._folders:
            page = self._desk.get(incident_id) or self._new.get(incident_id)
            if page is None:
                raise KeyError(incident_id)
            self._folders[incident_id] = Folder(page.incident, page.alerts)
        return self._folders[incident_id]

    def about(self, key: str) -> Incident | None:
        """The incident that is about this very thing."""
        page = self._desk.about(key) or self._new.about(key)
        return self[page.incident.id].incident if page else None

    def holding(self, key: str) -> Incident | None:
        """The incident that has an alert about this thing in it."""
        found = self._known_inside().by_key.get(key)
        return self[found].incident if found else None

    def naming(self, cluster: str, node: str) -> Incident | None:
        """The incident that has an alert in it which names this node as the place it runs on."""
        found = self._known_inside().by_node.get((cluster, node))
        return self[found].incident if found else None

    def put(self, incident: Incident) -> None:
        """A new one, opened by this delivery."""
        self._new.put(OpenIncident(incident=incident, alerts=()))

    def add(self, incident_id: IncidentId, alert: Alert, subject: Subject) -> None:
        """An alert of this delivery joins."""
        self[incident_id].alerts.append(alert)
        if self._inside is not None:
            self._inside.add(incident_id, subject)

    def _known_inside(self) -> _Inside:
        if self._inside is None:
            self._inside = _Inside({}, {})
            pages = [page for page in (*self._desk, *self._new) if page.incident.origin is Origin.ALERT]
            alerts = {page.incident.id: self._alerts_of(page) for page in sorted(pages, key=age)}
            noted = self._notes.subjects(alerts, self._default_cluster)
            for each, told in zip(alerts, noted, strict=True):
                for subject in told.subjects:
                    self._inside.add(each, subject)
        return self._inside

    def _alerts_of(self, page: OpenIncident) -> Sequence[Alert]:
        folder = self._folders.get(page.incident.id)
        return page.alerts if folder is None else folder.alerts
