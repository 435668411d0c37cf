"""The approval: waits until people have answered exactly this plan, then looks at the world once more.

The graph starts this node again from its first line at every resume, so the truth is what is on
file, never the value a resume brings. Before `interrupt()` stand only reads and one write whose
entries have keys of their own.

Edges: `ending` → closer; `approved` → executor; `plan_digest` empty → supervisor (the ground moved: the
world is looked at again); else → planner (a person said no: it plans without what was rejected).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from langgraph.types import interrupt

from sre_agent.agent_state import Notebook
from sre_agent.decide.gate_rules import (
    asked_at,
    asked_entry,
    demand,
    demand_changed,
    denied_ending,
    stale_entry,
    status_entry,
    unanswered_ending,
    wake_up,
)
from sre_agent.decide.looking import Standing as Ground
from sre_agent.decide.looking import StepLook, look_at
from sre_agent.decide.policy_gate import judged
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Status
from sre_agent.domain.law import Ruling, Verdict
from sre_agent.domain.plan import Call, Plan
from sre_agent.entering import enter
from sre_agent.errors import ToolUnavailable
from sre_agent.policy.consent import Consent, Standing, consent
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run

_JOURNAL_PAGE = 1000
_JUDGED_ANEW = frozenset({Standing.WAITING, Standing.GIVEN})
"""While it waits, and before a yes is believed: what was asked under another law was another question."""


async def approval(state: Notebook, run: Run) -> Notebook:
    """Writes `approved`; and `ending`, or an empty `plan_digest`, where the plan cannot go on.

    Raises Retryable where there is a yes and nobody can look at the world now.
    """
    digest = Digest(state["plan_digest"])
    record, asked, standing = await _look_anew(run, digest)
    while standing.standing is Standing.WAITING and record.ruling is not None:
        if asked is not None and _is_moved(looks := await _looked(run, record.plan)):
            return await _void(run, record.plan, looks, ())
        await _ask(run, record.plan, record.ruling, asked or run.clock.now())
        interrupt({"plan_digest": digest, "missing": standing.missing})
        record, asked, standing = await _look(run, digest)
    if not standing.standing.permits:
        return await _stopped(run, record, standing)
    looks = await _looked(run, record.plan)
    if _is_moved(looks):
        return await _void(run, record.plan, looks, standing.by)
    unseen = [look.why for look in looks if look.standing is Ground.UNKNOWN]
    if unseen:
        raise ToolUnavailable(f"nobody can look at the ground of the plan now: {'; '.join(unseen)}")
    return {"approved": True}


async def _stopped(run: Run, record: PlanRecord, standing: Consent) -> Notebook:
    """Where nobody lets it go on: another plan after a no, else the end."""
    if record.ruling is not None and record.ruling.verdict is Verdict.DENIED:
        return {"approved": False, "ending": denied_ending(record.plan, record.ruling)}
    if standing.standing is Standing.REFUSED:
        return await _given_back(run, record.plan)
    return {"approved": False, "ending": unanswered_ending(record.plan, standing)}


async def _look_anew(run: Run, digest: Digest) -> tuple[PlanRecord, datetime | None, Consent]:
    """As `_look`, after the plan was judged by the law and the facts of now, where people were asked before."""
    record, asked, standing = await _look(run, digest)
    if asked is not None and standing.standing in _JUDGED_ANEW and await _judged_anew(run, record):
        return await _look(run, digest)
    return record, asked, standing


async def _judged_anew(run: Run, record: PlanRecord) -> bool:
    """Whether the law wants something else of a plan that waits: it was changed, or a freeze or a silence began."""
    before, after = record.ruling, await judged(run, record.plan)
    if before is None or demand(before) == demand(after):
        return False
    now = run.clock.now()
    await run.ledger.write(
        ChangeSet(
            incident_id=run.incident_id,
            at=now,
            fence=run.lease().fence,
            ruling=after,
            entries=demand_changed(record.plan, before, after, now),
        )
    )
    return True


async def _look(run: Run, digest: Digest) -> tuple[PlanRecord, datetime | None, Consent]:
    """The plan, when people were first asked about it, and how it stands now."""
    record = await run.archive.plan(run.incident_id, digest)
    asked = await _first_asked(run, digest)
    standing = consent(digest, record.ruling, record.approvals, now=run.clock.now(), asked_at=asked)
    return record, asked, standing


async def _first_asked(run: Run, digest: Digest) -> datetime | None:
    after = 0
    while page := await run.archive.journal(run.incident_id, after=after, limit=_JOURNAL_PAGE):
        found = asked_at(page, digest)
        if found is not None:
            return found
        after = page[-1].seq
    return None


async def _ask(run: Run, plan: Plan, ruling: Ruling, asked: datetime) -> None:
    """Put the question, once; a node that runs again finds its keys and its status there."""
    runs_out = asked + timedelta(seconds=ruling.approval_expires_after_seconds)
    status, now = Status.AWAITING_APPROVAL, run.clock.now()
    entries = (status_entry(plan, status, now), asked_entry(plan, ruling, now))
    await enter(run, status, *entries, jobs=(wake_up(plan, runs_out),))


async def _given_back(run: Run, plan: Plan) -> Notebook:
    """A no, which is on file with its reason: the planner is to leave out what was rejected."""
    await enter(run, Status.INVESTIGATING, status_entry(plan, Status.INVESTIGATING, run.clock.now()))
    return {"approved": False}


async def _looked(run: Run, plan: Plan) -> tuple[StepLook, ...]:
    async def ask(call: Call) -> JsonObject:
        return (await run.toolbox.call(call, limit=run.limits.tool_time)).content

    return await look_at(plan, ask)


def _is_moved(looks: tuple[StepLook, ...]) -> bool:
    return any(look.standing is Ground.MOVED for look in looks)


async def _void(run: Run, plan: Plan, looks: tuple[StepLook, ...], by: tuple[str, ...]) -> Notebook:
    now = run.clock.now()
    await run.ledger.write(
        ChangeSet(
            incident_id=run.incident_id,
            at=now,
            fence=run.lease().fence,
            entries=(stale_entry(plan, looks, by, now),),
        )
    )
    return {"approved": False, "plan_digest": ""}
