"""Rows as domain values, each checked as it comes out."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from backend import crud, models
from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert, Severity
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence, Specialist, Window
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId, JournalKey, StepKey
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Actor, Answer, Approval, Role, Ruling
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.plan import Plan, StepRecord, StepState
from sre_agent.domain.revision import Revision
from sre_agent.domain.verification import Verification
from sre_agent.ports.archive import ClusterWork, PlanRecord

EVIDENCE_PREFIX = "E"


def incident_of(row: models.Incident) -> Incident:
    return Incident(
        id=IncidentId(row.id),
        title=row.title,
        status=Status(row.status),
        origin=Origin(row.origin),
        severity=Severity(row.severity),
        entity=entity_of(row.entity),
        namespace=row.namespace,
        cluster=row.cluster,
        question=row.question,
        group_key=row.group_key,
        outcome=Outcome(row.outcome) if row.outcome else None,
        cause=row.cause,
        cause_entity=entity_of(row.cause_entity),
        confidence=row.confidence,
        summary=row.summary,
        merged_into=IncidentId(row.merged_into) if row.merged_into else None,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        first_hypothesis_at=row.first_hypothesis_at,
        alert_count=row.alert_count,
        leads_since=row.leads_since,
    )


def cluster_work_of(row: crud.incidents.Unfinished) -> ClusterWork:
    return ClusterWork(
        cluster=row.cluster,
        unfinished=row.number,
        waiting=row.number if row.status == Status.AWAITING_APPROVAL else 0,
        worst=Severity(row.severity),
        oldest=row.oldest,
    )


def entity_of(text: str | None) -> EntityRef | None:
    return None if text is None else EntityRef.model_validate_json(text)


def alert_of(row: models.Alert) -> Alert:
    return Alert(
        fingerprint=row.fingerprint,
        status=AlertStatus(row.status),
        labels=orjson.loads(row.labels),
        annotations=orjson.loads(row.annotations),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        generator_url=row.generator_url,
    )


def filed_alert_of(row: models.Alert) -> FiledAlert:
    return FiledAlert(
        alert=alert_of(row),
        severity=Severity(row.severity),
        entity=entity_of(row.entity),
        incident_id=IncidentId(row.incident_id) if row.incident_id else None,
        grouped_by=row.grouped_by,
        not_investigated_because=row.not_investigated_because,
        received_at=row.received_at,
    )


def entry_of(row: models.JournalEntry) -> JournalEntry:
    return JournalEntry(
        incident_id=IncidentId(row.incident_id),
        seq=row.seq,
        position=row.position,
        key=JournalKey(row.key),
        kind=Kind(row.kind),
        actor=row.actor,
        text=row.text,
        body=orjson.loads(row.body),
        at=row.at,
        previous=Digest(row.previous),
        hash=Digest(row.hash),
    )


def evidence_of(row: models.Evidence) -> Evidence:
    window = None
    if row.window_start is not None and row.window_end is not None:
        window = Window(start=row.window_start, end=row.window_end)
    return Evidence(
        id=EvidenceId(f"{EVIDENCE_PREFIX}{row.number}"),
        incident_id=IncidentId(row.incident_id),
        specialist=Specialist(row.specialist),
        server=row.server,
        tool=row.tool,
        arguments=orjson.loads(row.arguments),
        window=window,
        excerpt=row.excerpt,
        digest=Digest(row.digest),
        size_bytes=row.size_bytes,
        taken_at=row.taken_at,
        turn=row.turn,
    )


def evidence_number(evidence_id: EvidenceId) -> int:
    """The number in an evidence id; 0, which nothing has, where it is none."""
    number = evidence_id.removeprefix(EVIDENCE_PREFIX)
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def hypothesis_of(row: models.Hypothesis) -> Hypothesis:
    return Hypothesis.model_validate_json(row.body)


def _approval_of(row: models.Approval) -> Approval:
    return Approval(
        incident_id=IncidentId(row.incident_id),
        plan_digest=Digest(row.plan_digest),
        answer=Answer(row.answer),
        by=Actor(name=row.by_name, role=Role(row.by_role) if row.by_role else None),
        reason=row.reason,
        at=row.at,
        expires_at=row.expires_at,
        break_glass=row.break_glass,
    )


def _step_of(row: models.Step) -> StepRecord:
    return StepRecord(
        incident_id=IncidentId(row.incident_id),
        plan_digest=Digest(row.plan_digest),
        index=row.index,
        key=StepKey(row.key),
        state=StepState(row.state),
        fence=row.fence,
        at=row.at,
        result=orjson.loads(row.result),
        error=row.error,
    )


def mitigation_of(row: models.Mitigation) -> Mitigation:
    return Mitigation.model_validate_json(row.body)


def revision_of(row: models.Revision) -> Revision:
    return Revision(
        incident_id=IncidentId(row.incident_id),
        number=row.number,
        text=row.text,
        by=row.by,
        note=row.note,
        at=row.at,
    )


def plan_record(
    plan: models.Plan,
    rulings: Iterable[models.Ruling],
    approvals: Iterable[models.Approval],
    steps: Iterable[models.Step],
    verifications: Iterable[models.Verification],
) -> PlanRecord:
    """A plan with those of the incident's rows that are about it."""
    about = plan.digest
    return PlanRecord(
        plan=Plan.model_validate_json(plan.body),
        ruling=next(
            (Ruling.model_validate_json(row.body) for row in rulings if row.plan_digest == about), None
        ),
        approvals=tuple(_approval_of(row) for row in approvals if row.plan_digest == about),
        steps=tuple(_step_of(row) for row in steps if row.plan_digest == about),
        verifications=tuple(
            Verification.model_validate_json(row.body) for row in verifications if row.plan_digest == about
        ),
    )
