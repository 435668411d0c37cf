"""The desk that a delivery is placed against, and how one delivery changes it for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend import crud
from backend.crud import Head
from backend.database import Session
from sre_agent.adapters.archive_rows import alert_of, filed_alert_of, incident_of
from sre_agent.adapters.ledger_bundle import Bundle, check, new_head
from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.ledger import ChangeSet, Desk, OpenIncident, Placement, Receipt

MOST_INCIDENTS = 1000
"""Open incidents on the desk, newest first; an alert cannot join one that lies below."""
MOST_ALERTS = 500
"""Alerts shown of one incident, those that fire first."""
RECENT = timedelta(hours=1)

Identity = tuple[str, datetime]


def identity(alert: Alert) -> Identity:
    return alert.fingerprint, alert.starts_at


@dataclass(frozen=True)
class Copy:
    """An open incident as it was at these revisions."""

    revision: int
    alerts_revision: int
    page: OpenIncident


@dataclass
class Shelf:
    """Copies of what every delivery needs, kept between deliveries; each is checked before it is used."""

    copies: dict[str, Copy] = field(default_factory=dict)
    calls: tuple[int, dict[str, tuple[str, ...]]] = (-1, {})

    def open_pages(self, session: Session, heads: Sequence[Head]) -> dict[IncidentId, OpenIncident]:
        """The open incidents, of which only those are read that changed since they were copied."""
        stale = [head for head in heads if self._is_stale(head)]
        by_revision = {head.id: head for head in stale}
        alerts = _alerts_of(session, [head.id for head in stale if self._alerts_are_stale(head)])
        for incident in map(incident_of, crud.incidents.by_ids(session, list(by_revision))):
            head = by_revision[incident.id]
            shown = alerts[incident.id] if self._alerts_are_stale(head) else self.copies[head.id].page.alerts
            page = OpenIncident(incident=incident, alerts=tuple(shown))
            self.copies[incident.id] = Copy(head.revision, head.alerts_revision, page)
        self.copies = {head.id: self.copies[head.id] for head in heads}
        return {IncidentId(head.id): self.copies[head.id].page for head in reversed(heads)}

    def call_graph(self, session: Session) -> dict[str, tuple[str, ...]]:
        revision = crud.calls.revision(session)
        if revision != self.calls[0]:
            self.calls = (revision, crud.calls.graph(session))
        return self.calls[1]

    def keep(self, pages: dict[IncidentId, OpenIncident], heads: dict[IncidentId, Head]) -> None:
        """After the commit: what was worked out is now what is on file."""
        self.copies = {
            incident_id: Copy(heads[incident_id].revision, heads[incident_id].alerts_revision, page)
            for incident_id, page in pages.items()
        }

    def _is_stale(self, head: Head) -> bool:
        copy = self.copies.get(head.id)
        return copy is None or copy.revision != head.revision

    def _alerts_are_stale(self, head: Head) -> bool:
        copy = self.copies.get(head.id)
        return copy is None or copy.alerts_revision != head.alerts_revision


def _alerts_of(session: Session, ids: Sequence[str]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for row in crud.alerts.of_incidents(session, ids):
        found[str(row.incident_id)].append(alert_of(row))
    return defaultdict(list, {incident_id: shortened(alerts) for incident_id, alerts in found.items()})


def shortened(alerts: list[Alert]) -> list[Alert]:
    """As many as fit on the desk, in their order: those that fire before those that are over, new before old."""
    if len(alerts) <= MOST_ALERTS:
        return alerts
    ranked = sorted(
        range(len(alerts)), key=lambda place: (alerts[place].status is AlertStatus.RESOLVED, -place)
    )
    return [alerts[place] for place in sorted(ranked[:MOST_ALERTS])]


class Table:
    """All of one transaction's deliveries are worked out here, one after the other, before anything is written."""

    def __init__(self, session: Session, shelf: Shelf, alerts: Sequence[Alert], *, now: datetime) -> None:
        heads = crud.incidents.open_heads(session, MOST_INCIDENTS)
        fingerprints = {alert.fingerprint for alert in alerts}
        known = crud.alerts.by_fingerprints(session, fingerprints, {alert.starts_at for alert in alerts})
        self._session = session
        self._now = now
        self._known = {identity(filed.alert): filed for filed in map(filed_alert_of, known)}
        self._firings = crud.alerts.firings(session, fingerprints, since=now - RECENT)
        self._earlier = _earlier(session, fingerprints)
        self._calls = shelf.call_graph(session)
        self.pages = shelf.open_pages(session, heads)
        self.bundle = Bundle(heads={IncidentId(head.id): head for head in heads})

    def desk(self, alerts: Sequence[Alert]) -> Desk:
        """What one delivery is placed against."""
        fingerprints = {alert.fingerprint for alert in alerts}
        known = {identity(alert): self._known.get(identity(alert)) for alert in alerts}
        return Desk(
            now=self._now,
            open_incidents=tuple(self.pages.values()),
            known=tuple(filed for filed in known.values() if filed is not None),
            recent_firings={each: self._firings[each] for each in fingerprints if each in self._firings},
            calls=self._calls,
            earlier={each: self._earlier[each] for each in fingerprints if each in self._earlier},
        )

    def take(self, alerts: Sequence[Alert], placement: Placement) -> Receipt:
        """Take a placement in, whole or not at all. Raises what a change set raises."""
        self._check(placement)
        for incident in placement.opened:
            self.bundle.open(incident)
            self.pages[incident.id] = OpenIncident(incident=incident, alerts=())
        news = [filed for filed in placement.filed if self._file(filed)]
        for change in placement.changes:
            self.bundle.change(change)
            self._show(change)
        return _receipt(alerts, placement, news)

    def _check(self, placement: Placement) -> None:
        opened = {incident.id: new_head(incident) for incident in placement.opened}
        named = {change.incident_id for change in placement.changes}
        named |= {filed.incident_id for filed in placement.filed if filed.incident_id is not None}
        self._load_heads((named | opened.keys()) - self.bundle.heads.keys())
        if taken := opened.keys() & self.bundle.heads.keys():
            raise Conflict(f"incident {min(taken)} exists already")
        heads = {**self.bundle.heads, **opened}
        if unknown := named - heads.keys():
            raise NotFound(f"there is no incident {min(unknown)}")
        for change in placement.changes:
            check(change, heads.get(change.incident_id), self._session, now=self._now)

    def _load_heads(self, ids: set[IncidentId]) -> None:
        """Those of finished incidents, which are not on the desk."""
        if ids:
            heads = crud.incidents.heads(self._session, ids)
            self.bundle.heads.update((IncidentId(each), head) for each, head in heads.items())

    def _file(self, filed: FiledAlert) -> bool:
        """False where exactly this is on file already."""
        alert = filed.alert
        known = self._known.get(identity(alert))
        if known is None:
            self._firings[alert.fingerprint] = self._firings.get(alert.fingerprint, 0) + (
                alert.starts_at > self._now - RECENT
            )
        elif (known.alert.status, known.incident_id) == (alert.status, filed.incident_id):
            return False
        else:
            filed = filed.model_copy(update={"received_at": known.received_at})
        self._known[identity(alert)] = filed
        self.bundle.file(filed, is_new=known is None or known.incident_id != filed.incident_id)
        self._pin(filed)
        return True

    def _pin(self, filed: FiledAlert) -> None:
        """Show the alert on its incident's page, in place of what was known of it."""
        page = self.pages.get(filed.incident_id) if filed.incident_id else None
        if page is None:
            return
        alerts = {identity(alert): alert for alert in page.alerts} | {identity(filed.alert): filed.alert}
        count = self.bundle.heads[page.incident.id].alert_count
        self.pages[page.incident.id] = OpenIncident(
            incident=page.incident.model_copy(update={"alert_count": count}),
            alerts=tuple(shortened(list(alerts.values()))),
        )

    def _show(self, change: ChangeSet) -> None:
        """Show an incident as it is after the change; a finished one leaves the desk."""
        page = self.pages.get(change.incident_id)
        if page is None:
            return
        incident = change.update.applied_to(page.incident, change.at)
        self.pages[incident.id] = page.model_copy(update={"incident": incident})
        if incident.status.is_final:
            del self.pages[incident.id]
            self._earlier.update((alert.fingerprint, incident) for alert in page.alerts)


def _earlier(session: Session, fingerprints: Collection[str]) -> dict[str, Incident]:
    ids = crud.alerts.finished(session, fingerprints)
    found = {row.id: incident_of(row) for row in crud.incidents.by_ids(session, set(ids.values()))}
    return {fingerprint: found[incident_id] for fingerprint, incident_id in ids.items()}


def _receipt(alerts: Sequence[Alert], placement: Placement, news: Sequence[FiledAlert]) -> Receipt:
    opened = [incident.id for incident in placement.opened]
    firing = [filed for filed in news if filed.alert.status is AlertStatus.FIRING]
    into = dict.fromkeys(filed.incident_id for filed in firing if filed.incident_id is not None)
    return Receipt(
        accepted=len(news),
        duplicates=max(len(alerts) - len(news), 0),
        opened=tuple(opened),
        joined=tuple(incident_id for incident_id in into if incident_id not in opened),
        left_alone=tuple(filed.not_investigated_because for filed in news if filed.incident_id is None),
    )
