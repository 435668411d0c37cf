"""Keeps the trust ladder: reckons with what was decided and what came of it, looks at what people did, and demotes.

Everything it writes has a name of its own, so that a keeper that was killed in the middle does it once more and changes
nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog

from sre_agent.decide.looking import drifted, preview_of
from sre_agent.domain.alert import AlertStatus
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Autonomy
from sre_agent.domain.plan import Plan, Step
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.errors import Conflict, NotFound, Permanent, Retryable, ToolFailed
from sre_agent.ports.archive import Archive, PlanRecord
from sre_agent.ports.audit import AuditTrail
from sre_agent.ports.clock import Clock
from sre_agent.ports.ledger import ChangeSet, Ledger
from sre_agent.ports.toolbox import Toolbox
from sre_agent.ports.trust import TrustBook
from sre_agent.trust.ladder import LADDER, after_wrong
from sre_agent.trust.matching import Planned, Seen, compared, is_over, key_of, samples_of, service_of

log = structlog.get_logger("trust")

LOOK_EVERY: Final = timedelta(seconds=30)
TOOL_TIME: Final = timedelta(seconds=10)
WINDOW_SECONDS: Final = 24 * 3600.0
"""How long people have to do something themselves, where the alerts do not end before."""
_TELLING: Final = (
    Kind.VERDICT_GIVEN,
    Kind.APPROVAL_ANSWERED,
    Kind.GLASS_BROKEN,
    Kind.STEP_UNDONE,
    Kind.VERIFICATION_MADE,
    Kind.ESCALATED,
    Kind.INCIDENT_ENDED,
)
_KINDS: Final = tuple(kind.value for kind in _TELLING)


class Looker(Protocol):
    """What is read of the world about a held-back step, today."""

    async def look(self, step: Step) -> Seen:
        """Raises Retryable where nobody can look now, Permanent where nobody ever can."""


@dataclass(frozen=True)
class DryRunLooker:
    """Implements `Looker` with the tools that can do nothing but a dry run."""

    toolbox: Toolbox

    async def look(self, step: Step) -> Seen:
        try:
            answer = await self.toolbox.call(preview_of(step), limit=TOOL_TIME)
        except ToolFailed as failure:
            if failure.code != "not_found":
                raise
            return Seen(diff="", moved=True, gone=True)
        diff = answer.content.get("diff")
        return Seen(diff=diff if isinstance(diff, str) else "", moved=bool(drifted(step, answer.content)))


@dataclass(frozen=True)
class Ladder:
    """Implements `ports.trust.Trust`. `start` is the level of those about whom nobody decided yet."""

    book: TrustBook
    start: Autonomy

    async def earned(self, plan: Plan) -> dict[int, Autonomy]:
        found: dict[int, Autonomy] = {}
        for step in plan.steps:
            rung = await self.book.rung(service_of(plan, step), step.action)
            level = rung.level if rung else self.start
            if level is not Autonomy.ACT:
                found[step.index] = level
        return found


@dataclass(frozen=True)
class TrustKeeper:
    book: TrustBook
    archive: Archive
    ledger: Ledger
    audit: AuditTrail
    looker: Looker
    clock: Clock
    start: Autonomy

    async def serve(self, stop: asyncio.Event) -> None:
        """Until told to stop; what cannot be done now is done the next time."""
        while not stop.is_set():
            try:
                await self.reckon()
                await self.look_around()
            except Retryable as busy:
                log.warning("trust.waits", reason=str(busy))
            except Exception:  # bulkhead: whoever counts must not stop whoever works
                log.exception("trust.failed")
            await self.clock.sleep(LOOK_EVERY)

    async def reckon(self) -> None:
        """Take in what was said since the last time."""
        touched = await self.book.touched(_KINDS)
        for incident_id in touched.incidents:
            await self._reckon_with(incident_id)
        if touched.incidents:
            await self.book.reached(touched.position)

    async def _reckon_with(self, incident_id: IncidentId) -> None:
        incident = await self.archive.incident(incident_id)
        known = {key_of(each): each for each in await self.book.of_incident(incident_id)}
        fresh = [
            sample
            for record in reversed(await self.archive.plans(incident_id))
            for sample in samples_of(incident, _planned(record))
            if known.get(key_of(sample)) != sample
        ]
        for sample in fresh:
            if sample.wrong:
                await self._after_wrong(sample)
        await self.book.put_samples(tuple(fresh))

    async def _after_wrong(self, sample: Sample) -> None:
        """The rung is written last: before that, a keeper that starts anew comes to the same decision."""
        rung = await self.book.rung(sample.service, sample.action)
        earlier = await self.book.samples(service=sample.service, action=sample.action)
        now = self.clock.now()
        lower = after_wrong(rung, sample, earlier, start=self.start, now=now)
        if lower is None:
            return
        before = rung.level if rung else self.start
        text = (
            f"A wrong act: {sample.why}. From now on {sample.action} on {sample.service} stands at "
            f"{lower.level}, not at {before}."
        )
        await self._say(sample, lower, text)
        await self.audit.record(
            AuditDraft(
                actor=LADDER,
                action="trust.demoted",
                subject=f"{sample.action} {sample.service}",
                detail=f"{before} to {lower.level}: {lower.reason}",
                at=now,
            )
        )
        await self.book.put_rung(lower)

    async def _say(self, sample: Sample, lower: Rung, text: str) -> None:
        entry = JournalDraft(
            key=JournalKey(f"trust/{key_of(sample)}"),
            kind=Kind.NOTE_ADDED,
            actor=LADDER,
            text=text,
            body={"service": lower.service, "action": lower.action, "level": lower.level.value},
            at=lower.since,
        )
        change = ChangeSet(incident_id=sample.incident_id, at=lower.since, entries=(entry,))
        try:
            await self.ledger.write(change)
        except (Conflict, NotFound) as failure:
            log.warning("trust.note_lost", incident=sample.incident_id, reason=str(failure))

    async def look_around(self) -> None:
        """Compare steps that were held back with what people did, once it is over or time is up."""
        for sample in await self.book.pending():
            if told := await self._compared(sample):
                await self.book.put_samples((sample.model_copy(update=told),))

    async def _compared(self, sample: Sample) -> dict[str, object] | None:
        """None where it is too early, or nobody can look now."""
        quiet = await self._is_quiet(sample.incident_id)
        late = is_over(sample.planned_at, self.clock.now(), WINDOW_SECONDS)
        if not quiet and not late:
            return None
        record = await self.archive.plan(sample.incident_id, sample.plan_digest)
        step = next(each for each in record.plan.steps if each.index == sample.step)
        try:
            seen = await self.looker.look(step)
        except Retryable:
            return _gave_up("nobody could look at it in time") if late else None
        except Permanent as failure:
            return _gave_up(f"it cannot be compared: {failure}")
        agreement, why = compared(step, seen, quiet=quiet)
        return {"agreement": agreement, "why": why}

    async def _is_quiet(self, incident_id: IncidentId) -> bool:
        alerts = await self.archive.alerts(incident_id)
        return bool(alerts) and all(each.alert.status is AlertStatus.RESOLVED for each in alerts)


def _gave_up(why: str) -> dict[str, object]:
    return {"agreement": Agreement.UNDECIDED, "why": why}


def _planned(record: PlanRecord) -> Planned:
    return Planned(record.plan, record.ruling, record.approvals, record.steps, record.verifications)
