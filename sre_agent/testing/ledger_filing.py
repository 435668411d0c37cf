"""What the ledger's understudy does to its state, one kind of thing at a time."""

from __future__ import annotations

import hashlib

import orjson

from sre_agent.domain.alert import Alert, FiledAlert
from sre_agent.domain.evidence import Evidence, Specialist
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import GENESIS, JournalEntry, linked, storable
from sre_agent.domain.revision import Revision
from sre_agent.domain.storable import plain, plain_json
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate, KeptAnswer
from sre_agent.testing.store import AlertIdentity, State


def identity(alert: Alert) -> AlertIdentity:
    return alert.fingerprint, alert.starts_at


def open_incident(state: State, incident: Incident) -> None:
    if incident.id in state.incidents:
        raise Conflict(f"incident {incident.id} exists already")
    state.incidents[incident.id] = incident.model_copy(update={"alert_count": 0})


def file_alert(state: State, filed: FiledAlert) -> bool:
    """False where exactly this is on file already."""
    known = state.alerts.get(identity(filed.alert))
    incident_id = filed.incident_id
    if known is not None:
        if (known.alert.status, known.incident_id) == (filed.alert.status, incident_id):
            return False
        filed = filed.model_copy(update={"received_at": known.received_at})
    if incident_id is not None and (known is None or known.incident_id != incident_id):
        if incident_id not in state.incidents:
            raise NotFound(f"there is no incident {incident_id}")
        incident = state.incidents[incident_id]
        state.incidents[incident_id] = incident.model_copy(update={"alert_count": incident.alert_count + 1})
    state.alerts[identity(filed.alert)] = filed
    return True


def chain(state: State, change: ChangeSet) -> tuple[JournalEntry, ...]:
    """Append the entries whose keys are new."""
    before = state.journal_of(change.incident_id)
    seen = {entry.key for entry in before}
    after = (before[-1].seq, before[-1].hash) if before else (0, GENESIS)
    new: list[JournalEntry] = []
    for draft in map(storable, change.entries):
        if draft.key not in seen:
            entry = linked(change.incident_id, draft, after=after, position=len(state.journal) + 1)
            state.journal.append(entry)
            new.append(entry)
            seen.add(entry.key)
            after = (entry.seq, entry.hash)
    return tuple(new)


def has_more(change: ChangeSet) -> bool:
    """Whether it changes anything besides the journal."""
    parts = (change.plan, change.ruling, change.approval, change.verification, change.hypotheses)
    several = change.steps or change.mitigations
    return change.update != IncidentUpdate() or bool(several) or any(part is not None for part in parts)


def file_parts(state: State, change: ChangeSet, *, again: bool) -> None:
    """`again`: every entry is on file already, so what can only be added was added then."""
    about = change.incident_id
    if change.hypotheses is not None:
        state.hypotheses[about] = change.hypotheses
    if change.plan is not None:
        state.plans.setdefault((about, change.plan.digest), change.plan)
    _refuse_unknown_plans(state, change)
    if change.ruling is not None:
        state.rulings[about, change.ruling.plan_digest] = change.ruling
    if change.approval is not None and not again:
        state.approvals.append(change.approval)
    for step in change.steps:
        state.steps[about, step.plan_digest, step.index] = step
    for mitigation in change.mitigations:
        state.mitigations[mitigation.key] = mitigation
    state.revisions.extend(filter(None, (change.revision,)))
    if change.verification is not None and not again:
        plans = state.plans_of(about)
        newest = plans[-1].digest if plans else Digest("")
        state.verifications.append((about, newest, change.verification))


def check_revision(state: State, revision: Revision) -> None:
    on_file = sum(each.incident_id == revision.incident_id for each in state.revisions)
    if revision.number != on_file + 1:
        raise Conflict(f"the post-mortem is at version {on_file}, expected {revision.number - 1}")


def answers(state: State, incident_id: IncidentId, digest: Digest) -> int:
    """How many answers to this plan are on file."""
    return sum((each.incident_id, each.plan_digest) == (incident_id, digest) for each in state.approvals)


def _refuse_unknown_plans(state: State, change: ChangeSet) -> None:
    about = {part.plan_digest for part in (change.ruling, change.approval, *change.steps) if part is not None}
    unknown = {digest for digest in about if (change.incident_id, digest) not in state.plans}
    if unknown:
        raise NotFound(f"incident {change.incident_id} has no plan {min(unknown)}; file the plan first")


def keep(
    state: State, incident_id: IncidentId, key: str, specialist: Specialist, kept: KeptAnswer
) -> Evidence:
    """The evidence under this key; the first time, it is made."""
    if incident_id not in state.incidents:
        raise NotFound(f"there is no incident {incident_id}")
    if (incident_id, key) in state.evidence:
        return state.evidence[incident_id, key]
    body = plain_json(kept.body)
    raw = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    digest = Digest(hashlib.sha256(raw).hexdigest())
    number = sum(about == incident_id for about, _ in state.evidence) + 1
    evidence = Evidence(
        id=EvidenceId(f"E{number}"),
        incident_id=incident_id,
        specialist=specialist,
        server=kept.server,
        tool=kept.tool,
        arguments=kept.arguments,
        window=kept.window,
        excerpt=plain(kept.excerpt),
        digest=digest,
        size_bytes=len(raw),
        taken_at=kept.taken_at,
        turn=kept.turn,
    )
    state.evidence[incident_id, key] = evidence
    state.bodies[digest] = orjson.loads(raw)
    return evidence


def check_mitigations(state: State, change: ChangeSet) -> None:
    """Raises Conflict where one is another by now."""
    if other := [one for one in change.seen_mitigations if state.mitigations.get(one.key) != one]:
        raise Conflict(f"mitigation {other[0].key} is another by now; look again")
