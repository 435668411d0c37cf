"""The sheet on which one delivery is worked out, alert by alert, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert, Severity
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.work import JobDraft
from sre_agent.intake import drafts
from sre_agent.intake.drawer import Drawer, Folder
from sre_agent.intake.grouping import Match, Surroundings, match
from sre_agent.intake.hands import in_a_persons_hands
from sre_agent.intake.identity import incident_id
from sre_agent.intake.screening import reason_not_to_open, reason_resolved, reason_to_ignore
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.severity import severity_of
from sre_agent.intake.subject import Subject, subject_of
from sre_agent.ports.ledger import ChangeSet, Desk, IncidentUpdate, Placement

_LONGEST_TITLE = 200


@dataclass
class _Page:
    """What one incident gets of this delivery."""

    entries: list[JournalDraft] = field(default_factory=list)
    taken: list[Alert] = field(default_factory=list)
    update: IncidentUpdate = field(default_factory=IncidentUpdate)
    expected_status: Status | None = None


class Sheet:
    """Alerts go in one by one, in order; the placement comes out."""

    def __init__(self, desk: Desk, settings: IntakeSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._around = Surroundings.of(desk, settings)
        self._known = {(known.alert.fingerprint, known.alert.starts_at): known for known in desk.known}
        self._drawer = Drawer(desk.open_incidents, settings.default_cluster)
        self._filed: list[FiledAlert] = []
        self._opened: dict[IncidentId, str] = {}
        self._pages: dict[IncidentId, _Page] = defaultdict(_Page)

    def add(self, alert: Alert) -> None:
        known = self._known.get((alert.fingerprint, alert.starts_at))
        if known is not None and (
            alert.status is AlertStatus.FIRING or known.alert.status is AlertStatus.RESOLVED
        ):
            return  # a repetition, or news that was overtaken by its own end
        if alert.status is AlertStatus.FIRING:
            self._take_firing(alert)
        else:
            self._take_resolved(alert, known)

    def placement(self, truncated: int) -> Placement:
        if truncated:
            for page in self._pages.values():
                if page.taken:
                    page.entries.append(drafts.truncated(truncated, page.taken, at=self._desk.now))
        opened = tuple(self._drawer[each].incident for each in self._opened)
        return Placement(
            filed=tuple(self._filed),
            opened=opened,
            changes=tuple(self._change(each, page) for each, page in self._pages.items()),
        )

    def _change(self, each: IncidentId, page: _Page) -> ChangeSet:
        incident = folder.incident if (folder := self._drawer.get(each)) else None
        entries = tuple(page.entries)
        jobs: tuple[JobDraft, ...] = ()
        if incident is not None and each in self._opened:
            entries = (drafts.opened(incident, because=self._opened[each]), *entries)
            jobs = (
                drafts.investigation(each, at=self._desk.now, priority=drafts.urgency(incident.severity)),
            )
        return ChangeSet(
            incident_id=each,
            at=self._desk.now,
            entries=entries,
            update=page.update,
            jobs=jobs,
            expected_status=page.expected_status,
        )

    def _take_firing(self, alert: Alert) -> None:
        subject = subject_of(alert, default_cluster=self._settings.default_cluster)
        if reason := reason_to_ignore(alert, self._settings):
            self._leave_alone(alert, subject, reason)
        elif found := match(subject, self._drawer, self._around):
            self._join(alert, subject, found)
        elif found := in_a_persons_hands(alert, subject, self._desk):
            self._note(alert, subject, found)
        elif reason := reason_not_to_open(alert, self._desk, self._settings):
            self._leave_alone(alert, subject, reason)
        else:
            self._open(alert, subject)

    def _leave_alone(self, alert: Alert, subject: Subject, reason: str) -> None:
        self._file(alert, subject, None, grouped_by="", reason=reason)

    def _open(self, alert: Alert, subject: Subject) -> None:
        now = self._desk.now
        seed = f"{subject.key}:{drafts.identity(alert)}"
        each = incident_id(now, seed)
        while each in self._drawer:
            each = incident_id(now, seed := f"{seed}'")
        incident = Incident(
            id=each,
            title=_title(alert, subject),
            status=Status.OPEN,
            origin=Origin.ALERT,
            severity=_severity(alert),
            entity=subject.entity,
            namespace=subject.namespace,
            cluster=subject.cluster,
            group_key=subject.key,
            opened_at=now,
            updated_at=now,
        )
        self._drawer.put(incident)
        self._opened[each] = (
            f"no open incident is about {subject.entity or alert.name}, its callers or its callees"
        )
        self._join(alert, subject, Match(each, "first-alert", "it opened the incident"))
        earlier = self._desk.earlier.get(alert.fingerprint)
        if earlier is not None:
            self._pages[each].entries.append(drafts.came_back(alert, earlier, at=now))

    def _join(self, alert: Alert, subject: Subject, found: Match) -> None:
        folder, page, now = self._drawer[found.incident], self._pages[found.incident], self._desk.now
        firings = self._desk.recent_firings.get(alert.fingerprint, 0)
        self._drawer.add(found.incident, alert, subject)
        page.taken.append(alert)
        page.entries.append(
            drafts.received(alert, severity=_severity(alert), grouped_by=str(found), firings=firings, at=now)
        )
        if firings >= self._settings.flapping_firings:
            page.entries.append(drafts.flapping(alert, firings=firings, at=now))
        self._raise_severity(folder, page, alert)
        self._file(alert, subject, found.incident, grouped_by=str(found))

    def _note(self, alert: Alert, subject: Subject, found: Match) -> None:
        """It belongs to an incident that has ended for us: its journal says so, and nothing begins anew."""
        firings = self._desk.recent_firings.get(alert.fingerprint, 0)
        page = self._pages[found.incident]
        page.taken.append(alert)
        page.entries.append(
            drafts.received(
                alert, severity=_severity(alert), grouped_by=str(found), firings=firings, at=self._desk.now
            )
        )
        self._file(alert, subject, found.incident, grouped_by=str(found))

    def _raise_severity(self, folder: Folder, page: _Page, alert: Alert) -> None:
        severity, before = _severity(alert), folder.incident.severity
        if severity.rank >= before.rank:
            return
        folder.incident = folder.incident.model_copy(update={"severity": severity})
        if folder.incident.id not in self._opened:
            page.update = page.update.model_copy(update={"severity": severity})
            page.entries.append(drafts.graver(severity, before, alert, at=self._desk.now))

    def _take_resolved(self, alert: Alert, known: FiledAlert | None) -> None:
        subject = subject_of(alert, default_cluster=self._settings.default_cluster)
        if known is None or known.incident_id is None:
            self._leave_alone(alert, subject, reason_resolved(known))
            return
        page = self._pages[known.incident_id]
        folder = self._drawer.get(known.incident_id)
        left = folder.put_out(alert) if folder else 0
        page.entries.append(drafts.resolved(alert, left=left, at=self._desk.now))
        self._file(alert, subject, known.incident_id, grouped_by=known.grouped_by)
        if folder is not None and not left:
            self._all_quiet(folder.incident, page, alert)

    def _all_quiet(self, incident: Incident, page: _Page, alert: Alert) -> None:
        """Close what nobody has begun to work on; an investigation under way ends by its own judgement."""
        now = self._desk.now
        if incident.status is Status.OPEN:
            draft = drafts.ended(alert, at=now)
            page.entries.append(draft)
            page.expected_status = Status.OPEN
            page.update = page.update.model_copy(
                update={
                    "status": Status.CLOSED,
                    "outcome": Outcome.RECOVERED_BY_ITSELF,
                    "closed_at": now,
                    "summary": draft.text,
                }
            )
        elif incident.status is Status.AWAITING_APPROVAL:
            page.entries.append(drafts.quiet_while_waiting(alert, at=now))

    def _file(
        self,
        alert: Alert,
        subject: Subject,
        incident: IncidentId | None,
        *,
        grouped_by: str,
        reason: str = "",
    ) -> None:
        self._filed.append(
            FiledAlert(
                alert=alert,
                severity=_severity(alert),
                entity=subject.entity,
                incident_id=incident,
                grouped_by=grouped_by,
                not_investigated_because=reason,
                received_at=self._desk.now,
            )
        )


def _severity(alert: Alert) -> Severity:
    """One whose author says that nobody has to act is filed as information."""
    return severity_of(alert.labels) or Severity.INFO


def _title(alert: Alert, subject: Subject) -> str:
    name = alert.name or "An alert without a name"
    title = f"{name} on {subject.entity}" if subject.entity else name
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
