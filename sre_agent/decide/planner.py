"""The planner: the first remedy that fits, each step previewed on its server, bound into one plan."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.agent_state import Notebook
from sre_agent.catalogue.remedies.index import remedies_for
from sre_agent.catalogue.remedy import Drafts, Means, Unfit
from sre_agent.decide.drafting import journal_body, plan_of, step_key, step_of
from sre_agent.decide.looking import between
from sre_agent.decide.merging import merged
from sre_agent.decide.previewing import preview_of
from sre_agent.decide.reach import with_reach
from sre_agent.decide.rejections import by_hand_after, rejected, rejections
from sre_agent.domain.alert import AlertStatus
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.plan import Call, Plan, Step
from sre_agent.errors import Permanent, Retryable
from sre_agent.policy.facts import REACHED_THE_WORLD
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run


async def planner(state: Notebook, run: Run) -> Notebook:
    """Make a plan for the root cause, or end: nothing safe to do, nothing left to do, or tried enough."""
    attempt = state.get("attempt", 0) + 1
    records = await run.archive.plans(run.incident_id)
    earlier = [each for each in records if each.plan.attempt < attempt]
    if over := await _needless(earlier, state.get("attempts_before", 0), run):
        return over
    if attempt == 1 and (other := await merged(run)):
        return _ending(
            Status.CLOSED, Outcome.MERGED, f"Its root cause lies where that of {other} does, which goes on."
        )
    hypothesis = (await run.archive.hypotheses(run.incident_id))[0]
    plan = await _plan(hypothesis, attempt, earlier, run)
    await _file(run, plan)
    if plan.is_actionable:
        return {"attempt": attempt, "plan_digest": plan.digest, "next_step": 0, "steps_left": len(plan.steps)}
    return {"attempt": attempt, "plan_digest": "", **_by_hand(plan, earlier)}


def _by_hand(plan: Plan, earlier: Sequence[PlanRecord]) -> Notebook:
    """How it ends where no step is left that we may take: with instructions, and with who said no and why."""
    if said := rejections(earlier):
        return {"ending": by_hand_after(said, plan)}
    words = " ".join(step.statement for step in plan.steps)
    return _ending(Status.ESCALATED, Outcome.NO_SAFE_ACTION, words)


def _ending(status: Status, outcome: Outcome, summary: str) -> Notebook:
    return {"ending": {"status": status.value, "outcome": outcome.value, "summary": summary}}


async def _needless(earlier: Sequence[PlanRecord], before_this_run: int, run: Run) -> Notebook | None:
    """Why no plan is to be made; None where one is. What a person rejected was not tried, and counts for nothing."""
    alerts = await run.archive.alerts(run.incident_id)
    if alerts and all(filed.alert.status is AlertStatus.RESOLVED for filed in alerts):
        return all_quiet(earlier)
    refused = {each.plan.digest for each in rejections(earlier)}
    tried = [
        each for each in earlier if each.plan.attempt > before_this_run and each.plan.digest not in refused
    ]
    if len(tried) >= run.limits.max_attempts:
        words = f"{run.limits.max_attempts} remediations did not bring recovery; a person takes over."
        return _ending(Status.ESCALATED, Outcome.NOT_RECOVERED, words)
    return None


def all_quiet(earlier: Sequence[PlanRecord]) -> Notebook:
    """Nothing fires any more. What still stands of earlier plans may be why, and nobody has proved it."""
    stands = [
        record.plan.steps[each.index].statement
        for record in earlier
        for each in record.steps
        if each.is_in_effect
    ]
    if stands:
        words = f"Every alert is resolved. This still stands, and is not proved to be why: {' '.join(stands)}"
        return _ending(Status.ESCALATED, Outcome.NOT_RECOVERED, words)
    tried = any(map(_was_begun, earlier))
    when = "after what was tried had been taken back" if tried else "before anything was done"
    return _ending(Status.CLOSED, Outcome.RECOVERED_BY_ITSELF, f"Every alert was resolved {when}.")


async def _plan(hypothesis: Hypothesis, attempt: int, earlier: Sequence[PlanRecord], run: Run) -> Plan:
    """The first remedy whose every step the servers would accept; instructions for a person come last and always fit."""
    connected = frozenset(server.name for server in run.toolbox.servers() if server.connected)
    means = Means(servers=connected, plan_name=f"{run.incident_id[-8:]}-{attempt}".lower())
    refused: list[str] = []
    steps: list[Step] = []
    for remedy in remedies_for(hypothesis.cause):
        drafts = _new(remedy.way(hypothesis, means), earlier)
        made = drafts if isinstance(drafts, Unfit) else await _previewed(drafts, attempt, run)
        if not isinstance(made, Unfit):
            steps = made
            break
        refused.append(f"{remedy.title}: {made.reason}")
    plan = plan_of(hypothesis, steps, incident_id=run.incident_id, attempt=attempt, made_at=run.clock.now())
    return plan.model_copy(update={"alternatives": tuple(refused), **_replacing(plan, earlier)})


def _replacing(plan: Plan, earlier: Sequence[PlanRecord]) -> dict[str, object]:
    """Which plan this one takes the place of, where nothing of that was done, and how the ground differs."""
    void = earlier[0] if earlier and not _was_begun(earlier[0]) else None
    if void is None:
        return {}
    return {"instead_of": void.plan.digest, "changes": between(void.plan.steps, plan.steps)}


def _was_begun(record: PlanRecord) -> bool:
    """Whether any step of it reached the world; what was refused because the ground moved did not."""
    return any(each.state in REACHED_THE_WORLD for each in record.steps)


def _new(drafts: Drafts | Unfit, earlier: Sequence[PlanRecord]) -> Drafts | Unfit:
    """The drafts, where this incident has not seen them: neither rejected by a person nor tried in vain."""
    if isinstance(drafts, Unfit):
        return drafts
    if no := rejected(((draft.action, draft.target) for draft in drafts if draft.where), rejections(earlier)):
        return Unfit(str(no))
    if _tried(drafts, earlier):
        return Unfit("it was tried before in this incident, and did not help")
    return drafts


def _tried(drafts: Drafts, earlier: Sequence[PlanRecord]) -> bool:
    """Whether an earlier plan of this incident did exactly this to exactly that."""
    now = [(draft.action, draft.target) for draft in drafts]
    return any(
        [(step.action, step.target) for step in record.plan.steps] == now
        for record in earlier
        if _was_begun(record)
    )


async def _previewed(drafts: Drafts, attempt: int, run: Run) -> list[Step] | Unfit:
    steps = []
    for index, draft in enumerate(drafts):
        preview: JsonObject = {}
        if draft.where and not draft.follows:
            try:
                preview = await preview_of(draft, run.toolbox, run.clock, run.limits)
            except (Permanent, Retryable) as refusal:
                return Unfit(f"{draft.statement} The preview was refused: {refusal}")
        steps.append(step_of(draft, index, preview, step_key(run.incident_id, attempt, index)))
    return await _reaching(steps, run)


async def _reaching(steps: Sequence[Step], run: Run) -> list[Step]:
    """The steps with how far they reach, by the topology of each namespace, read once."""
    calls, topologies = await run.archive.calls(), dict[str, JsonObject | None]()
    for step in steps:
        space = step.target.namespace
        if space not in topologies:
            topologies[space] = await _topology(step.target, run) if space else {}
    return [with_reach(step, topologies[step.target.namespace], calls) for step in steps]


async def _topology(target: EntityRef, run: Run) -> JsonObject | None:
    named: JsonObject = {"namespace": target.namespace}
    named |= {"cluster": target.cluster} if target.cluster else {}
    try:
        call = Call(server="k8s", tool="topology", arguments=named)
        return (await run.toolbox.call(call, limit=run.limits.tool_time)).content
    except (Permanent, Retryable):
        return None


async def _file(run: Run, plan: Plan) -> None:
    now = run.clock.now()
    title = "; ".join(step.statement for step in plan.steps)
    entry = JournalDraft(
        key=JournalKey(f"plan {plan.attempt} {plan.digest[:12]}"),
        kind=Kind.PLAN_MADE,
        actor="planner",
        text=title,
        body=journal_body(plan),
        at=now,
    )
    change = ChangeSet(
        incident_id=run.incident_id, at=now, fence=run.lease().fence, entries=(entry,), plan=plan
    )
    await run.ledger.write(change)
