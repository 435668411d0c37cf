"""The ledger's understudy: the same promises, kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence, Specialist
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import IN_A_PERSONS_HANDS, OVER, Incident, Status, leader_of
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.storable import plain
from sre_agent.errors import BadInput, Conflict, LeaseLost, NotFound
from sre_agent.ports.audit import told_by
from sre_agent.ports.ledger import ChangeSet, Desk, KeptAnswer, Placement, Receipt, moved
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents
from sre_agent.ports.streams import Bulletin
from sre_agent.testing import ledger_filing as filing
from sre_agent.testing.audit import append
from sre_agent.testing.store import MemoryStore, State, queue

_RECENT = timedelta(hours=1)


class MemoryLedger:
    """Implements `ports.ledger.Ledger` for tests and demonstrations."""

    def __init__(self, store: MemoryStore, bulletin: Bulletin) -> None:
        self._store = store
        self._bulletin = bulletin

    async def accept(
        self, alerts: Sequence[Alert], place: Callable[[Desk, Sequence[Alert]], Placement]
    ) -> Receipt:
        with self._store.transaction() as state:
            placement = place(self._desk(state, alerts), alerts)
            for incident in placement.opened:
                filing.open_incident(state, incident)
            news = [filed for filed in placement.filed if filing.file_alert(state, filed)]
            for change in placement.changes:
                self._apply(state, change)
        self._ring()
        return _receipt(alerts, placement, news)

    async def open(self, incident: Incident, change: ChangeSet) -> Incident:
        if change.incident_id != incident.id:
            raise BadInput(f"the change is about {change.incident_id}, the incident is {incident.id}")
        with self._store.transaction() as state:
            filing.open_incident(state, incident)
            self._apply(state, change)
        self._ring()
        return change.update.applied_to(incident, change.at)

    async def write(self, change: ChangeSet) -> tuple[JournalEntry, ...]:
        with self._store.transaction() as state:
            entries = self._apply(state, change)
            _tell(state, change, entries)
        self._ring()
        return entries

    async def lead(self, change: ChangeSet, blamed: EntityRef) -> IncidentId | None:
        with self._store.transaction() as state:
            self._check(state, change)
            ours = state.incidents[change.incident_id]
            if leader := leader_of(ours, blamed, state.incidents.values(), self._store.clock.now()):
                return leader.id
            if ours.leads_since is None:
                self._apply(state, change)
        self._ring()
        return None

    async def merge(self, change: ChangeSet, into: ChangeSet) -> tuple[JournalEntry, ...]:
        with self._store.transaction() as state:
            self._check(state, change)
            self._check(state, into)
            other = state.incidents[into.incident_id]
            if other.status in OVER:
                raise Conflict(f"incident {other.id} is {other.status} by now; nothing can be merged into it")
            for each in [one for one in state.alerts.values() if one.incident_id == change.incident_id]:
                filing.file_alert(state, moved(each, into.incident_id))
            left = state.incidents[change.incident_id]
            state.incidents[left.id] = left.model_copy(update={"alert_count": 0})
            left_with, taken_in = self._apply(state, change), self._apply(state, into)
            _tell(state, change, left_with)
            _tell(state, into, taken_in)
        self._ring()
        return (*left_with, *taken_in)

    async def keep(
        self, incident_id: IncidentId, key: str, specialist: Specialist, kept: KeptAnswer
    ) -> Evidence:
        with self._store.transaction() as state:
            return filing.keep(state, incident_id, plain(key), specialist, kept)

    def _ring(self) -> None:
        self._bulletin.ring(len(self._store.state.journal))

    def _desk(self, state: State, alerts: Sequence[Alert]) -> Desk:
        now = self._store.clock.now()
        fingerprints = {alert.fingerprint for alert in alerts}
        ours = [filed for filed in state.alerts.values() if filed.alert.fingerprint in fingerprints]
        recent = [filed.alert.fingerprint for filed in ours if filed.alert.starts_at > now - _RECENT]
        known = {filing.identity(alert): state.alerts.get(filing.identity(alert)) for alert in alerts}
        open_incidents = [each for each in state.incidents.values() if not each.status.is_final]
        return Desk(
            now=now,
            open_incidents=OpenIncidents(
                OpenIncident(incident=incident, alerts=_alerts_of(state, incident.id))
                for incident in sorted(open_incidents, key=lambda each: each.opened_at)
            ),
            known=tuple(filed for filed in known.values() if filed is not None),
            recent_firings={each: recent.count(each) for each in set(recent)},
            calls={caller: to for graph in state.calls.values() for caller, to in graph.items()},
            earlier=_earlier(state, ours),
            handed_over=lambda key: _handed_over(state, key, now - IN_A_PERSONS_HANDS),
        )

    def _apply(self, state: State, change: ChangeSet) -> tuple[JournalEntry, ...]:
        self._check(state, change)
        entries = filing.chain(state, change)
        filing.file_parts(state, change, again=bool(change.entries) and not entries)
        if entries or filing.has_more(change):
            incident = state.incidents[change.incident_id]
            state.incidents[change.incident_id] = change.update.applied_to(incident, change.at)
        for job in change.jobs:
            queue(state, job)
        return entries

    def _check(self, state: State, change: ChangeSet) -> None:
        incident = state.incidents.get(change.incident_id)
        if incident is None:
            raise NotFound(f"there is no incident {change.incident_id}")
        if change.fence is not None:
            lease = state.leases.get(change.incident_id)
            if lease is None or lease.fence != change.fence or lease.expires_at <= self._store.clock.now():
                raise LeaseLost(f"incident {change.incident_id}: fence {change.fence} is not held any more")
        if change.expected_status is not None and incident.status is not change.expected_status:
            raise Conflict(f"incident {incident.id} is {incident.status}, expected {change.expected_status}")
        seen = change.expected_answers
        if seen is not None and seen.count != filing.answers(state, change.incident_id, seen.plan_digest):
            raise Conflict(f"plan {seen.plan_digest} has been answered meanwhile")
        if change.revision is not None:
            filing.check_revision(state, change.revision)
        filing.check_mitigations(state, change)
        parts = [change.plan, change.approval, change.revision, *change.steps, *change.mitigations]
        if any(part is not None and part.incident_id != change.incident_id for part in parts):
            raise BadInput(f"a part of this change is about another incident than {change.incident_id}")


def _tell(state: State, change: ChangeSet, entries: Sequence[JournalEntry]) -> None:
    for draft in told_by(change, entries):
        append(state, draft)


def _alerts_of(state: State, incident_id: IncidentId) -> tuple[Alert, ...]:
    return tuple(filed.alert for filed in state.alerts.values() if filed.incident_id == incident_id)


def _earlier(state: State, ours: Sequence[FiledAlert]) -> dict[str, Incident]:
    """Fingerprint → the newest finished incident it belonged to."""
    pairs = [
        (filed.alert.fingerprint, state.incidents[filed.incident_id])
        for filed in ours
        if filed.incident_id is not None and state.incidents[filed.incident_id].status.is_final
    ]
    return dict(sorted(pairs, key=lambda pair: (pair[1].opened_at, pair[1].id)))


def _handed_over(state: State, key: str, since: datetime) -> OpenIncident | None:
    theirs = [
        each
        for each in state.incidents.values()
        if each.status is Status.ESCALATED and each.group_key == key and (each.closed_at or since) > since
    ]
    newest = max(theirs, key=lambda each: (each.opened_at, each.id), default=None)
    return OpenIncident(incident=newest, alerts=_alerts_of(state, newest.id)) if newest else None


def _receipt(alerts: Sequence[Alert], placement: Placement, news: Sequence[FiledAlert]) -> Receipt:
    opened = tuple(incident.id for incident in placement.opened)
    firing = [filed for filed in news if filed.alert.status is AlertStatus.FIRING]
    into = dict.fromkeys(filed.incident_id for filed in firing if filed.incident_id is not None)
    return Receipt(
        accepted=len(news),
        duplicates=max(len(alerts) - len(news), 0),
        opened=opened,
        joined=tuple(each for each in into if each not in opened),
        left_alone=tuple(filed.not_investigated_because for filed in news if filed.incident_id is None),
    )
