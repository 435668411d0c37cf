"""The desk that a delivery is placed against, and how one delivery changes it for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend import crud
from backend.crud import Head
from backend.database import Connection
from sre_agent.adapters.archive_rows import alert_of, filed_alert_of, incident_of
from sre_agent.adapters.ledger_bundle import Bundle, check, new_head
from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import IN_A_PERSONS_HANDS, Incident, Status
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.ledger import ChangeSet, Desk, Placement, Receipt
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents

MOST_INCIDENTS = 1000
"""Open incidents on the desk, newest first; an alert cannot join one that lies below."""
MOST_ALERTS = 500
"""Alerts shown of one incident, those that fire first."""
RECENT = timedelta(hours=1)

Identity = tuple[str, datetime]


def identity(alert: Alert) -> Identity:
    return alert.fingerprint, alert.starts_at


@dataclass
class Shelf:
    """Copies of what every delivery needs, kept between deliveries.

    Every write leaves its revision with the incidents it touched; so each delivery first asks, in its
    own transaction, for what is newer than the copies, whoever wrote it.
    """

    pages: OpenIncidents = field(default_factory=OpenIncidents)
    heads: dict[IncidentId, Head] = field(default_factory=dict)
    """At least theirs."""
    revision: int = -1
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calls_revision: int = -1

    def refresh(self, connection: Connection) -> None:
        """Bring the copies to what is on file now."""
        counters = crud.counters.every(connection)
        if counters[crud.counters.CALLS] != self.calls_revision:
            self.calls = crud.calls.graph(connection)
            self.calls_revision = counters[crud.counters.CALLS]
        if counters[crud.counters.REVISIONS] != self.revision:
            self._copy(connection, self._newer(connection))
            self.revision = counters[crud.counters.REVISIONS]

    def keep(self, pages: OpenIncidents, heads: dict[IncidentId, Head], revision: int) -> None:
        """After the commit: what was worked out is now what is on file."""
        self.pages, self.heads = pages, heads
        self.revision = max(revision, self.revision)

    def _newer(self, connection: Connection) -> list[Head]:
        if self.revision < 0:
            return crud.incidents.open_heads(connection, MOST_INCIDENTS)
        return crud.incidents.touched_heads(connection, self.revision)

    def _copy(self, connection: Connection, heads: Sequence[Head]) -> None:
        still_open = {head.id: head for head in heads if not Status(head.status).is_final}
        for head in heads:
            if head.id not in still_open:
                self.pages.drop(IncidentId(head.id))
        known, others = len(self.pages), [each.id for each in still_open.values() if self._has_news(each)]
        alerts = _alerts_of(connection, others)
        for incident in map(incident_of, crud.incidents.by_ids(connection, still_open)):
            page = self.pages.get(incident.id)
            shown = alerts[incident.id] if page is None or incident.id in others else page.alerts
            self.pages.put(OpenIncident(incident=incident, alerts=tuple(shown)))
            self.heads[incident.id] = still_open[incident.id]
        if len(self.pages) > min(known, MOST_INCIDENTS):
            self.pages = self.pages.newest(MOST_INCIDENTS)
        self.heads = {page.incident.id: self.heads[page.incident.id] for page in self.pages}

    def _has_news(self, head: Head) -> bool:
        """Whether its alerts are others than those of the copy."""
        known = self.heads.get(IncidentId(head.id))
        is_shown = IncidentId(head.id) in self.pages
        return known is None or not is_shown or known.alerts_revision != head.alerts_revision


def _alerts_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for row in crud.alerts.of_incidents(connection, ids):
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

    def __init__(
        self, connection: Connection, shelf: Shelf, alerts: Sequence[Alert], *, now: datetime
    ) -> None:
        shelf.refresh(connection)
        seen = crud.alerts.seen(connection, {alert.fingerprint for alert in alerts})
        known = crud.alerts.by_fingerprints(connection, seen, {alert.starts_at for alert in alerts})
        self._connection = connection
        self._now = now
        self._known = {identity(filed.alert): filed for filed in map(filed_alert_of, known)}
        self._firings = crud.alerts.firings(connection, seen, since=now - RECENT)
        self._earlier = _earlier(connection, seen)
        self._calls = shelf.calls
        self.pages = shelf.pages.copy()
        self.bundle = Bundle(heads=dict(shelf.heads))

    def desk(self, alerts: Sequence[Alert]) -> Desk:
        """What one delivery is placed against."""
        fingerprints = {alert.fingerprint for alert in alerts}
        known = {identity(alert): self._known.get(identity(alert)) for alert in alerts}
        return Desk(
            now=self._now,
            open_incidents=self.pages.copy(),
            known=tuple(filed for filed in known.values() if filed is not None),
            recent_firings={each: self._firings[each] for each in fingerprints if each in self._firings},
            calls=self._calls,
            earlier={each: self._earlier[each] for each in fingerprints if each in self._earlier},
            handed_over=self._handed_over,
        )

    def _handed_over(self, key: str) -> OpenIncident | None:
        row = crud.incidents.handed_over(self._connection, key, since=self._now - IN_A_PERSONS_HANDS)
        if row is None:
            return None
        incident = incident_of(row)
        alerts = _alerts_of(self._connection, [incident.id])[incident.id]
        newer = {name: known.alert for name, known in self._known.items()}
        return OpenIncident(
            incident=incident, alerts=tuple(newer.get(identity(alert), alert) for alert in alerts)
        )

    def take(self, alerts: Sequence[Alert], placement: Placement) -> Receipt:
        """Take a placement in, whole or not at all. Raises what a change set raises."""
        self._check(placement)
        for incident in placement.opened:
            self.bundle.open(incident)
            self.pages.put(OpenIncident(incident=incident, alerts=()))
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
            check(change, heads.get(change.incident_id), self._connection, now=self._now)

    def _load_heads(self, ids: set[IncidentId]) -> None:
        """Those of finished incidents, which are not on the desk."""
        if ids:
            heads = crud.incidents.heads(self._connection, ids)
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
        is_new = known is None or known.incident_id != filed.incident_id
        self.bundle.file(filed, is_new=is_new)
        self._pin(filed, is_new=is_new)
        return True

    def _pin(self, filed: FiledAlert, *, is_new: bool) -> None:
        """Show the alert on its incident's page, in the place of what was known of it."""
        page = self.pages.get(filed.incident_id) if filed.incident_id else None
        if page is None:
            return
        new, name = filed.alert, identity(filed.alert)
        alerts = (
            [*page.alerts, new] if is_new else [new if identity(old) == name else old for old in page.alerts]
        )
        count = self.bundle.heads[page.incident.id].alert_count
        incident = page.incident.model_copy(update={"alert_count": count})
        self.pages.put(page.model_copy(update={"incident": incident, "alerts": tuple(shortened(alerts))}))

    def _show(self, change: ChangeSet) -> None:
        """Show an incident as it is after the change; a finished one leaves the desk."""
        page = self.pages.get(change.incident_id)
        if page is None:
            return
        incident = change.update.applied_to(page.incident, change.at)
        if incident.status.is_final:
            self.pages.drop(incident.id)
            self._earlier.update((alert.fingerprint, incident) for alert in page.alerts)
        else:
            self.pages.put(page.model_copy(update={"incident": incident}))


def _earlier(connection: Connection, fingerprints: Collection[str]) -> dict[str, Incident]:
    ids = crud.alerts.finished(connection, fingerprints)
    found = {row.id: incident_of(row) for row in crud.incidents.by_ids(connection, set(ids.values()))}
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
