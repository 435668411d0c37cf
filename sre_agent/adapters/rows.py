"""Domain values as the columns of rows, with all text made storable."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel

from backend.columns import Values
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import GENESIS, JournalEntry
from sre_agent.domain.law import Approval, Ruling
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.plan import Plan, StepRecord
from sre_agent.domain.revision import Revision
from sre_agent.domain.storable import plain, plain_json
from sre_agent.domain.verification import Verification
from sre_agent.domain.work import JobDraft
from sre_agent.ports.ledger import IncidentUpdate


def json_text(value: Any) -> str:
    """JSON as it is kept."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    try:
        return orjson.dumps(value).decode()
    except (TypeError, UnicodeEncodeError):
        return orjson.dumps(plain_json(value)).decode()


def maybe_json(value: EntityRef | None) -> str | None:
    return None if value is None else json_text(value)


def incident_row(incident: Incident) -> Values:
    return {
        "id": incident.id,
        "title": plain(incident.title),
        "status": incident.status.value,
        "is_open": not incident.status.is_final,
        "origin": incident.origin.value,
        "severity": incident.severity.value,
        "entity": maybe_json(incident.entity),
        "namespace": plain(incident.namespace),
        "cluster": plain(incident.cluster),
        "question": plain(incident.question),
        "group_key": plain(incident.group_key),
        "outcome": incident.outcome.value if incident.outcome else None,
        "cause": plain(incident.cause),
        "cause_entity": maybe_json(incident.cause_entity),
        "confidence": incident.confidence,
        "summary": plain(incident.summary),
        "merged_into": incident.merged_into,
        "opened_at": incident.opened_at,
        "updated_at": incident.updated_at,
        "closed_at": incident.closed_at,
        "first_hypothesis_at": incident.first_hypothesis_at,
        "alert_count": incident.alert_count,
        "leads_since": incident.leads_since,
        "revision": 0,
        "alerts_revision": 0,
        "head_seq": 0,
        "head_hash": GENESIS,
    }


def update_row(update: IncidentUpdate, at: Moment) -> Values:
    """The columns that an update sets, and no others."""
    row: Values = {"updated_at": at}
    for name in type(update).model_fields:
        value = getattr(update, name)
        if value is not None:
            row[name] = maybe_json(value) if isinstance(value, EntityRef) else _scalar(value)
    if update.status is not None:
        row["is_open"] = not update.status.is_final
    return row


def _scalar(value: Any) -> Any:
    # A StrEnum is a str, but the driver should see the plain one.
    return plain(str(value)) if isinstance(value, str) else value


def alert_row(filed: FiledAlert) -> Values:
    alert = filed.alert
    return {
        "fingerprint": alert.fingerprint,
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
        "name": plain(alert.name),
        "status": alert.status.value,
        "severity": filed.severity.value,
        "labels": json_text(alert.labels),
        "annotations": json_text(alert.annotations),
        "generator_url": plain(alert.generator_url),
        "entity": maybe_json(filed.entity),
        "incident_id": filed.incident_id,
        "grouped_by": plain(filed.grouped_by),
        "not_investigated_because": plain(filed.not_investigated_because),
        "received_at": filed.received_at,
    }


def journal_row(entry: JournalEntry) -> Values:
    return {
        "position": entry.position,
        "incident_id": entry.incident_id,
        "seq": entry.seq,
        "key": entry.key,
        "kind": entry.kind.value,
        "actor": entry.actor,
        "text": entry.text,
        "body": json_text(entry.body),
        "at": entry.at,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def evidence_row(evidence: Evidence, *, number: int, key: str) -> Values:
    return {
        "incident_id": evidence.incident_id,
        "number": number,
        "key": plain(key),
        "specialist": evidence.specialist.value,
        "server": evidence.server,
        "tool": evidence.tool,
        "arguments": json_text(evidence.arguments),
        "window_start": evidence.window.start if evidence.window else None,
        "window_end": evidence.window.end if evidence.window else None,
        "excerpt": evidence.excerpt,
        "digest": evidence.digest,
        "size_bytes": evidence.size_bytes,
        "taken_at": evidence.taken_at,
        "turn": evidence.turn,
    }


def hypothesis_row(incident_id: IncidentId, place: int, hypothesis: Hypothesis) -> Values:
    return {
        "incident_id": incident_id,
        "place": place,
        "cause": plain(hypothesis.cause),
        "layer": hypothesis.layer.value,
        "confidence": hypothesis.confidence,
        "body": json_text(hypothesis),
    }


def plan_row(plan: Plan, *, number: int) -> Values:
    return {
        "incident_id": plan.incident_id,
        "digest": plan.digest,
        "number": number,
        "attempt": plan.attempt,
        "cause": plain(plan.cause),
        "body": json_text(plan),
        "made_at": plan.made_at,
    }


def ruling_row(incident_id: IncidentId, ruling: Ruling) -> Values:
    return {
        "incident_id": incident_id,
        "plan_digest": ruling.plan_digest,
        "law_digest": ruling.law_digest,
        "verdict": ruling.verdict.value,
        "body": json_text(ruling),
    }


def approval_row(approval: Approval) -> Values:
    return {
        "incident_id": approval.incident_id,
        "plan_digest": approval.plan_digest,
        "answer": approval.answer.value,
        "by_name": plain(approval.by.name),
        "by_role": approval.by.role.value if approval.by.role else None,
        "reason": plain(approval.reason),
        "at": approval.at,
        "expires_at": approval.expires_at,
        "break_glass": approval.break_glass,
    }


def step_row(step: StepRecord) -> Values:
    return {
        "incident_id": step.incident_id,
        "plan_digest": step.plan_digest,
        "index": step.index,
        "key": step.key,
        "state": step.state.value,
        "fence": step.fence,
        "at": step.at,
        "result": json_text(step.result),
        "error": plain(step.error),
    }


def mitigation_row(mitigation: Mitigation) -> Values:
    return {
        "key": mitigation.key,
        "incident_id": mitigation.incident_id,
        "state": mitigation.state.value,
        "expires_at": mitigation.expires_at,
        "body": json_text(mitigation),
    }


def revision_row(revision: Revision) -> Values:
    text = None if revision.text is None else plain(revision.text)
    return {**dict(revision), "text": text, "by": plain(revision.by), "note": plain(revision.note)}


def verification_row(incident_id: IncidentId, plan: Digest, verification: Verification) -> Values:
    return {
        "incident_id": incident_id,
        "plan_digest": plan,
        "recovery": verification.recovery.value,
        "body": json_text(verification),
        "at": verification.at,
    }


def job_row(job: JobDraft) -> Values:
    return {
        "kind": job.kind.value,
        "lock": job.lock,
        "incident_id": job.incident_id,
        "run_at": job.run_at,
        "priority": job.priority,
    }
