"""The policy gate: puts the plan in hand before the law and files the ruling.

Edges: `ending` → closer; verdict allowed → executor; verdict needs_approval → approval.
"""

from __future__ import annotations

from datetime import timedelta

from sre_agent.agent_state import Notebook
from sre_agent.decide.gate_rules import by_hand_ending, denied_ending, verdict_entries
from sre_agent.decide.witness import facts_for
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Ruling, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.policy.restraints import with_inputs
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run


async def policy_gate(state: Notebook, run: Run) -> Notebook:
    """Writes `verdict` and `approved`, and `ending` where the law says no or there is nothing to call."""
    record = await run.archive.plan(run.incident_id, Digest(state["plan_digest"]))
    plan = record.plan
    if not plan.is_actionable:
        return {"approved": False, "ending": by_hand_ending(plan)}
    ruling = await judged(run, plan)
    now = run.clock.now()
    await run.ledger.write(
        ChangeSet(
            incident_id=run.incident_id,
            at=now,
            fence=run.lease().fence,
            ruling=ruling,
            entries=verdict_entries(plan, ruling, now),
        )
    )
    if ruling.verdict is Verdict.DENIED:
        return {"verdict": ruling.verdict.value, "approved": False, "ending": denied_ending(plan, ruling)}
    return {"verdict": ruling.verdict.value, "approved": ruling.verdict is Verdict.ALLOWED}


async def judged(run: Run, plan: Plan, *, asked_by: str = "") -> Ruling:
    """What the law in force says of a plan, by the facts of now. `asked_by`: where nobody asks for the incident itself."""
    facts = await facts_for(run, plan)
    if asked_by:
        facts = facts.model_copy(update={"asked_by": asked_by})
    return with_inputs(_bounded(run.law.judge(plan, facts), run.limits.approval_time), plan, facts)


def _bounded(ruling: Ruling, longest: timedelta) -> Ruling:
    """No question stands longer than this installation lets it."""
    seconds = min(ruling.approval_expires_after_seconds, int(longest.total_seconds()))
    return ruling.model_copy(update={"approval_expires_after_seconds": seconds})
