"""Change sets as rows: everything one transaction writes is gathered first, then written table by table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend import crud
from backend.columns import Values
from backend.crud import Head
from backend.database import Connection
from sre_agent.adapters import rows
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.incident import OVER, Incident, Status
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, linked, storable
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.revision import Revision
from sre_agent.errors import BadInput, Conflict, LeaseLost, NotFound
from sre_agent.ports.ledger import AnswersSeen, ChangeSet, IncidentUpdate

Entries = tuple[JournalEntry, ...]
_NOTHING = IncidentUpdate()


def new_head(incident: Incident) -> Head:
    """The head of an incident that is not on file yet."""
    return Head(incident.id, incident.status.value, 0, 0, 0, 0, GENESIS)


@dataclass
class Bundle:
    """What one transaction is going to write; nothing of it is written before `write`."""

    heads: dict[IncidentId, Head]
    opened: dict[IncidentId, Incident] = field(default_factory=dict)
    changes: list[ChangeSet] = field(default_factory=list)
    filed: list[FiledAlert] = field(default_factory=list)
    given_alerts: set[IncidentId] = field(default_factory=set)
    revision: int = 0
    """The number of this transaction, where it touches an incident."""

    def open(self, incident: Incident) -> None:
        self.opened[incident.id] = incident
        self.heads[incident.id] = new_head(incident)

    def file(self, filed: FiledAlert, *, is_new: bool) -> None:
        """`is_new`: whether its incident did not have it before."""
        self.filed.append(filed)
        if filed.incident_id is None:
            return
        head = self.heads[filed.incident_id]
        self.heads[filed.incident_id] = head._replace(alert_count=head.alert_count + is_new)
        self.given_alerts.add(filed.incident_id)

    def move(self, filed: Sequence[FiledAlert], *, origin: IncidentId) -> None:
        """Alerts leave the incident they were filed in for the one they name."""
        for each in filed:
            self.file(each, is_new=True)
        self.heads[origin] = self.heads[origin]._replace(alert_count=0)
        self.given_alerts.add(origin)

    def change(self, change: ChangeSet) -> None:
        self.changes.append(change)
        if change.update.status is not None:
            head = self.heads[change.incident_id]
            self.heads[change.incident_id] = head._replace(status=change.update.status.value)


def check(change: ChangeSet, head: Head | None, connection: Connection, *, now: datetime) -> None:
    """Whether this change may be written now. Raises NotFound, LeaseLost, Conflict, BadInput.

    The lease is read in the transaction that writes, and judged by that transaction's clock, never by
    `change.at`: a runner that was paused carries an old time with it, one on another machine its own.
    """
    if head is None:
        raise NotFound(f"there is no incident {change.incident_id}")
    if change.fence is not None:
        _check_lease(change, connection, now)
    if change.expected_status is not None and head.status != change.expected_status:
        raise Conflict(
            f"incident {change.incident_id} is {head.status}, expected {change.expected_status}; look again"
        )
    if change.expected_answers is not None:
        _check_answers(change, change.expected_answers, connection)
    if change.revision is not None:
        _check_revision(change.revision, connection)
    _check_mitigations(change.seen_mitigations, connection)
    parts = [change.plan, change.approval, change.revision, *change.steps, *change.mitigations]
    if any(part is not None and part.incident_id != change.incident_id for part in parts):
        raise BadInput(f"a part of this change is about another incident than {change.incident_id}")


def _check_lease(change: ChangeSet, connection: Connection, now: datetime) -> None:
    lease = crud.leases.current(connection, [change.incident_id]).get(change.incident_id)
    if lease is None or lease.fence != change.fence or lease.expires_at <= now:
        held = f"fence {lease.fence}, until {lease.expires_at:%H:%M:%S}" if lease else "no lease"
        raise LeaseLost(
            f"incident {change.incident_id}: the writer has fence {change.fence}, on file is {held}; stop"
        )


def _check_answers(change: ChangeSet, seen: AnswersSeen, connection: Connection) -> None:
    on_file = crud.plans.answers(connection, change.incident_id, seen.plan_digest)
    if on_file != seen.count:
        raise Conflict(
            f"plan {seen.plan_digest[:12]}… has {on_file} answers, expected {seen.count}; look again"
        )


def _check_revision(revision: Revision, connection: Connection) -> None:
    on_file = crud.revisions.newest(connection, revision.incident_id)
    if revision.number != on_file + 1:
        raise Conflict(f"the post-mortem is at version {on_file}, expected {revision.number - 1}; look again")


def _check_mitigations(read: Iterable[Mitigation], connection: Connection) -> None:
    for seen in read:
        row = crud.mitigations.named(connection, seen.key)
        if row is None or row.body != rows.mitigation_row(seen)["body"]:
            raise Conflict(f"mitigation {seen.key} is another by now; look again")


def refuse_ended(head: Head) -> None:
    """An incident that is over takes nothing in; one in a person's hands does. Raises Conflict."""
    if Status(head.status) in OVER:
        raise Conflict(f"incident {head.id} is {head.status} by now; nothing can be merged into it")


def write(connection: Connection, bundle: Bundle) -> list[Entries]:
    """Write it all; the new journal entries of each change, in the order of the changes."""
    entries = _chain(connection, bundle)
    touched = _incident_rows(bundle, entries)
    crud.incidents.add(
        connection, [rows.incident_row(each) | touched.pop(each.id, {}) for each in bundle.opened.values()]
    )
    crud.incidents.change(connection, touched)
    crud.alerts.file(connection, [rows.alert_row(filed) for filed in bundle.filed])
    crud.journal.append(connection, [rows.journal_row(entry) for new in entries for entry in new])
    for change, new in zip(bundle.changes, entries, strict=True):
        _file_parts(connection, change, again=bool(change.entries) and not new)
    crud.jobs.defer(connection, [rows.job_row(job) for change in bundle.changes for job in change.jobs])
    return entries


def _chain(connection: Connection, bundle: Bundle) -> list[Entries]:
    """Give every entry that is not on file yet its place in its incident's chain, and in the whole journal."""
    fresh = list(_fresh(connection, bundle))
    position = 0
    if any(fresh) or bundle.given_alerts or bundle.opened or any(map(_has_more, bundle.changes)):
        position, bundle.revision = crud.journal.reserve(connection, sum(map(len, fresh)))
    chained_entries: list[Entries] = []
    for change, drafts in zip(bundle.changes, fresh, strict=True):
        new: list[JournalEntry] = []
        for draft in drafts:
            head = bundle.heads[change.incident_id]
            after = (head.seq, Digest(head.hash))
            entry = linked(change.incident_id, draft, after=after, position=position)
            bundle.heads[change.incident_id] = head._replace(seq=entry.seq, hash=entry.hash)
            new.append(entry)
            position += 1
        chained_entries.append(tuple(new))
    return chained_entries


def _fresh(connection: Connection, bundle: Bundle) -> Iterable[list[JournalDraft]]:
    drafts = [[storable(draft) for draft in change.entries] for change in bundle.changes]
    old = {change.incident_id for change in bundle.changes if change.entries} - bundle.opened.keys()
    keys = {draft.key for some in drafts for draft in some}
    seen = crud.journal.keys_on_file(connection, old, keys) if old else set()
    for change, some in zip(bundle.changes, drafts, strict=True):
        new = []
        for draft in some:
            if (change.incident_id, draft.key) not in seen:
                seen.add((change.incident_id, draft.key))
                new.append(draft)
        yield new


def _incident_rows(bundle: Bundle, entries: list[Entries]) -> dict[str, Values]:
    """The columns to set on each incident that this transaction touches."""
    touched: dict[IncidentId, Values] = {incident_id: {} for incident_id in bundle.given_alerts}
    for change, new in zip(bundle.changes, entries, strict=True):
        if new or _has_more(change):
            touched.setdefault(change.incident_id, {}).update(rows.update_row(change.update, change.at))
    for incident_id in touched.keys() | bundle.opened.keys():
        head = bundle.heads[incident_id]._replace(revision=bundle.revision)
        if incident_id in bundle.given_alerts:
            head = head._replace(alerts_revision=bundle.revision)
        bundle.heads[incident_id] = head
        touched.setdefault(incident_id, {}).update(
            revision=head.revision,
            alerts_revision=head.alerts_revision,
            alert_count=head.alert_count,
            head_seq=head.seq,
            head_hash=head.hash,
        )
    return {str(incident_id): row for incident_id, row in touched.items()}


def _has_more(change: ChangeSet) -> bool:
    """Whether it changes anything besides the journal."""
    parts = (change.plan, change.ruling, change.approval, change.verification, change.hypotheses)
    several = change.steps or change.mitigations
    return change.update != _NOTHING or bool(several) or any(part is not None for part in parts)


def _file_parts(connection: Connection, change: ChangeSet, *, again: bool) -> None:
    """`again`: every entry is on file already, so what can only be added was added then."""
    incident_id = change.incident_id
    if change.hypotheses is not None:
        ranked = [rows.hypothesis_row(incident_id, *each) for each in enumerate(change.hypotheses)]
        crud.plans.rank(connection, incident_id, ranked)
    if change.plan is not None:
        number = crud.plans.newest(connection, incident_id)[0] + 1
        crud.plans.add(connection, rows.plan_row(change.plan, number=number))
    _refuse_unknown_plans(connection, change)
    if change.ruling is not None:
        crud.plans.rule(connection, rows.ruling_row(incident_id, change.ruling))
    if change.approval is not None and not again:
        crud.plans.approve(connection, rows.approval_row(change.approval))
    crud.plans.advance(connection, [rows.step_row(step) for step in change.steps])
    crud.revisions.add(connection, [rows.revision_row(each) for each in (change.revision,) if each])
    crud.mitigations.put(connection, [rows.mitigation_row(each) for each in change.mitigations])
    if change.verification is not None and not again:
        plan = Digest(crud.plans.newest(connection, incident_id)[1])
        crud.plans.verify(connection, rows.verification_row(incident_id, plan, change.verification))


def _refuse_unknown_plans(connection: Connection, change: ChangeSet) -> None:
    about = {part.plan_digest for part in (change.ruling, change.approval, *change.steps) if part is not None}
    unknown = about - crud.plans.digests(connection, change.incident_id) if about else set()
    if unknown:
        raise NotFound(f"incident {change.incident_id} has no plan {min(unknown)}; file the plan first")
