"""The platform's audit trail: who did what, when and why; appended to, proved, exported, and cut only under a mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from sre_agent.domain.audit import AuditCut, AuditDraft, AuditEntry, AuditProof
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import AGENT, Answer
from sre_agent.domain.mitigation import MitigationState, TicketState
from sre_agent.domain.plan import StepRecord, StepState
from sre_agent.ports.archive import Page
from sre_agent.ports.ledger import ChangeSet

_ANSWERS: Final = {Answer.YES: "plan.approved", Answer.NO: "plan.rejected"}
_DID: Final = {
    StepState.DONE: "step.done",
    StepState.FAILED: "step.failed",
    StepState.UNCERTAIN: "step.uncertain",
    StepState.UNDONE: "step.undone",
    StepState.RESTORED: "step.restored",
}


class AuditFilter(Frozen):
    """All given conditions must hold; `action` is the beginning of one (`token.` finds `token.issued`)."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    text: str = ""
    """Stands somewhere in actor, action, subject, detail or reason, in any case."""
    since: Moment | None = None
    until: Moment | None = None


class AuditPage(Frozen):
    items: tuple[AuditEntry, ...]
    total: int
    page: Page


class AuditTrail(Protocol):
    async def record(self, draft: AuditDraft) -> None:
        """Append one entry, and leave its head outside the database."""

    async def entries(self, where: AuditFilter, page: Page) -> AuditPage:
        """Newest first."""

    async def entries_after(self, after: int, *, limit: int = 1000) -> tuple[AuditEntry, ...]:
        """Entries with `seq` > after, in order: what an export is made of."""

    async def verify(self) -> AuditProof:
        """Look through everything: links, signatures, the head outside, and the journals the trail vouches for."""

    async def last_cut(self) -> AuditCut | None:
        """The newest mark of retention, where there is one."""

    async def cut(self, before: Moment, *, by: str, reason: str, at: Moment) -> AuditCut:
        """Take away all entries older than `before`, leave a signed mark, and record that it was done.

        Raises Conflict where there is nothing to take away, or the trail is not whole.
        """

    def public_key(self) -> str:
        """The key that proves the signatures, in PEM form; empty where nothing is signed here."""


def told_by(change: ChangeSet, new: Sequence[JournalEntry]) -> list[AuditDraft]:
    """What a change of an incident means for the trail: people's words, steps on real systems, how it ended.

    `new` are the journal entries it added; without one the change was on file already, and is told already. Each
    draft vouches for the incident's journal up to the last of them.
    """
    if not new:
        return []
    drafts = [draft for draft in (_answer(change), _status(change, new[-1])) if draft]
    drafts += [_step(change, step, new[-1]) for step in change.steps if step.state in _DID]
    vouching = {"journal_seq": new[-1].seq, "journal_hash": new[-1].hash}
    return [draft.model_copy(update=vouching) for draft in drafts]


def _answer(change: ChangeSet) -> AuditDraft | None:
    said = change.approval
    if said is None:
        return None
    return AuditDraft(
        actor=said.by.name,
        action="plan.break_glass" if said.break_glass else _ANSWERS[said.answer],
        subject=change.incident_id,
        detail=f"plan {said.plan_digest}",
        reason=said.reason,
        at=change.at,
    )


def _status(change: ChangeSet, last: JournalEntry) -> AuditDraft | None:
    """An end, or what a person said should become of the incident (`by` and `reason` in the entry's body)."""
    status, by = change.update.status, last.body.get("by")
    if change.approval is not None or not (by or (status and status.is_final)):
        return None
    return AuditDraft(
        actor=str(by or last.actor),
        action=_decided(last) or f"incident.{status.value if status else 'noted'}",
        subject=change.incident_id,
        detail=last.text,
        reason=str(last.body.get("reason") or change.update.summary or last.text),
        at=change.at,
    )


def _decided(last: JournalEntry) -> str:
    """What was decided of a step that was done for a time, or of the post-mortem; empty where it is something else."""
    if last.kind is Kind.POSTMORTEM_EDITED:
        return "postmortem.edited"
    if last.kind is Kind.MITIGATION_TICKETED:
        return "mitigation.fix_opened" if last.body.get("by") == AGENT.name else "mitigation.fix_linked"
    if last.kind is not Kind.MITIGATION_ANSWERED:
        return ""
    if last.body.get("ticket") == TicketState.WANTED:
        return "mitigation.fix_wanted"
    return "mitigation.keep" if last.body.get("state") == MitigationState.KEPT else "mitigation.restore"


def _step(change: ChangeSet, step: StepRecord, last: JournalEntry) -> AuditDraft:
    return AuditDraft(
        actor=AGENT.name,
        action=_DID[step.state],
        subject=change.incident_id,
        detail=f"step {step.index} of plan {step.plan_digest}{': ' if step.error else ''}{step.error}",
        reason=last.text,
        at=change.at,
    )
