"""The truth of what happened: entries with a sequence number, a key, and a hash chain."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum
from typing import Final

import orjson
from rfc8785 import CanonicalizationError

from sre_agent.domain.frozen import Frozen, JsonObject, Moment, digest_of
from sre_agent.domain.ids import Digest, IncidentId, JournalKey
from sre_agent.domain.storable import plain, plain_json

GENESIS: Final = Digest("0" * 64)


class Kind(StrEnum):
    """What an entry is about; `noun.verb-in-the-past`."""

    ALERT_RECEIVED = "alert.received"
    ALERT_RESOLVED = "alert.resolved"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_MERGED = "incident.merged"
    STATUS_CHANGED = "status.changed"
    RUN_STARTED = "run.started"
    RUN_RESUMED = "run.resumed"
    PHASE_ENTERED = "phase.entered"
    SPECIALISTS_WOKEN = "specialists.woken"
    QUESTION_ASKED = "question.asked"
    TOOL_CALLED = "tool.called"
    FINDING_MADE = "finding.made"
    UNKNOWN_NOTED = "unknown.noted"
    HYPOTHESES_RANKED = "hypotheses.ranked"
    MODEL_ANSWERED = "model.answered"
    DIAGNOSIS_MADE = "diagnosis.made"
    PLAN_MADE = "plan.made"
    VERDICT_GIVEN = "verdict.given"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_ANSWERED = "approval.answered"
    GLASS_BROKEN = "approval.glass_broken"
    APPROVAL_NOT_NEEDED = "approval.not_needed"
    APPROVAL_STALE = "approval.stale"
    GRANT_ISSUED = "grant.issued"
    STEP_INTENDED = "step.intended"
    STEP_DONE = "step.done"
    STEP_RECONCILED = "step.reconciled"
    STEP_FAILED = "step.failed"
    STEP_UNDONE = "step.undone"
    STEP_RESTORED = "step.restored"
    MITIGATION_BEGAN = "mitigation.began"
    MITIGATION_DUE = "mitigation.due"
    MITIGATION_ASKED = "mitigation.asked"
    MITIGATION_ANSWERED = "mitigation.answered"
    MITIGATION_TICKETED = "mitigation.ticketed"
    VERIFICATION_STARTED = "verification.started"
    VERIFICATION_MADE = "verification.made"
    ESCALATED = "escalation.made"
    INCIDENT_ENDED = "incident.ended"
    POSTMORTEM_EDITED = "postmortem.edited"
    NOTE_ADDED = "note.added"


class JournalDraft(Frozen):
    """An entry before it has its place in the chain."""

    key: JournalKey
    kind: Kind
    actor: str
    text: str
    body: JsonObject = {}
    at: Moment


class JournalEntry(Frozen):
    """An entry in its place. `seq` counts from 1 in each incident; `position` over all incidents."""

    incident_id: IncidentId
    seq: int
    position: int
    key: JournalKey
    kind: Kind
    actor: str
    text: str
    body: JsonObject
    at: Moment
    previous: Digest
    hash: Digest


def chained(incident_id: IncidentId, seq: int, draft: JournalDraft, previous: Digest) -> Digest:
    """The hash of an entry: of everything in it and of the hash before it."""
    return Digest(
        digest_of(
            {"incident_id": incident_id, "seq": seq, "previous": previous, **draft.model_dump(mode="json")}
        )
    )


def storable(draft: JournalDraft) -> JournalDraft:
    """The draft as it will be read back, since that is what must be hashed: UTC, and plain text."""
    return draft.model_copy(
        update={
            "key": JournalKey(plain(draft.key)),
            "actor": plain(draft.actor),
            "text": plain(draft.text),
            "body": draft.body if _is_text(draft.body) else plain_json(draft.body),
            "at": draft.at.astimezone(UTC),
        }
    )


def _is_text(body: JsonObject) -> bool:
    """Whether all its strings, keys too, are whole: pydantic would quietly write others in its own way."""
    try:
        orjson.dumps(body)
    except TypeError:
        return False
    return True


def linked(
    incident_id: IncidentId, draft: JournalDraft, *, after: tuple[int, Digest], position: int
) -> JournalEntry:
    """A storable draft in its place; `after` is the sequence number and hash of the entry before it."""
    seq, previous = after[0] + 1, after[1]
    try:
        digest = chained(incident_id, seq, draft, previous)
    except CanonicalizationError:
        # Bodies quote measurements: NaN and 64-bit numbers have no canonical form.
        draft = draft.model_copy(update={"body": plain_json(draft.body)})
        digest = chained(incident_id, seq, draft, previous)
    # The draft was checked when it was made; its body may be long.
    return JournalEntry.model_construct(
        incident_id=incident_id, seq=seq, position=position, previous=previous, hash=digest, **dict(draft)
    )
