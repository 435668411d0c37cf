"""What was done for a time is restored when that is up, once, whatever is cut; or its owner is asked."""

from __future__ import annotations

import pytest
from act_world import NEVER, Crash, Stage, World, drive, plan_of, step
from timed_step import BOX, HOURS, LEFT, PLAN, TimedWorld, box

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Actor, Judgement, PlanFacts, Role, Ruling, Verdict
from sre_agent.domain.mitigation import MitigationState
from sre_agent.domain.plan import Plan
from sre_agent.domain.work import JobKind
from sre_agent.errors import GroundMoved, ToolFailed, ToolNotConfigured, ToolTimeout, ToolUnavailable
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.restorer import LOOK_AGAIN, restore_due
from sre_agent.testing.clock import A_TUESDAY_MORNING


class Place(Stage):
    """A stage whose law says of restoring what `restores` is set to, and that tickets are not written."""

    restores: Verdict = Verdict.ALLOWED
    tickets: Verdict = Verdict.DENIED

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        if facts.asked_by != "mitigation":
            return super().judge(plan, facts)
        if plan.steps[0].action == "create_ticket":
            return self._told(plan, self.tickets)
        self.facts.append(facts)
        return self._told(plan, self.restores)

    def _told(self, plan: Plan, verdict: Verdict) -> Ruling:
        told = Judgement(
            step=0, verdict=verdict, rule="freeze", sentence="A freeze holds.", roles=("approver",)
        )
        return Ruling(plan_digest=plan.digest, law_digest=NEVER, verdict=verdict, judgements=(told,))


async def done(world: World | None = None, *, status: Status = Status.RESOLVED) -> tuple[Place, Run]:
    """The step is done for two hours, and the incident has ended."""
    stage = Place(PLAN, world=world or TimedWorld(grounds={"preview_scale_back": LEFT}))
    run = await stage.set()
    await drive(stage, run)
    await stage.write(update=IncidentUpdate(status=status))
    return stage, run


async def due(world: World | None = None) -> tuple[Place, Run]:
    stage, _ = await done(world)
    stage.clock.advance(HOURS)
    return stage, await stage.take_over("runner-2")


async def test_a_step_for_a_time_is_on_file_with_its_expiry_and_a_job_from_the_moment_it_is_done() -> None:
    stage, _ = await done()
    now, kept = stage.clock.now(), box(stage)
    assert (kept.state, kept.expires_at, kept.restore) == (
        MitigationState.STANDING,
        now + HOURS,
        "Scale back to 2.",
    )
    assert kept.fix == BOX.fix
    (queued,) = [each for each in stage.store.state.jobs.values() if each.job.kind is JobKind.RESTORE]
    assert queued.run_at == now + HOURS
    (said,) = stage.texts(Kind.MITIGATION_BEGAN)
    assert "Give it an autoscaler." in said


async def test_before_its_time_nothing_is_restored() -> None:
    stage, run = await done()
    assert await restore_due(run) == stage.clock.now() + HOURS
    assert stage.world.keys == ["key-0000"]


@pytest.mark.promise("ACT-15")
async def test_when_its_time_is_up_it_is_restored_and_the_incident_stays_as_it_ended() -> None:
    stage, run = await due()
    assert (
        await restore_due(run) == stage.clock.now() + run.limits.verify_time
    ), "then it is seen whether it held"
    assert stage.world.effects == [("tool_0", "key-0000"), ("scale_back", "key-0000-undo")]
    assert (box(stage).state, stage.states, stage.status) == (
        MitigationState.RESTORED, {0: "restored"}, Status.RESOLVED,
    )  # fmt: skip
    assert stage.facts[-1].asked_by == "mitigation"
    assert [each.action for each in stage.store.state.audit][-1] == "step.restored"


async def test_while_the_incident_is_worked_on_it_waits() -> None:
    stage, _ = await done(status=Status.VERIFYING)
    stage.clock.advance(HOURS)
    run = await stage.take_over("runner-2")
    assert await restore_due(run) == stage.clock.now() + LOOK_AGAIN
    assert stage.world.keys == ["key-0000"]


@pytest.mark.promise("ACT-15")
async def test_what_people_changed_since_is_not_overwritten_and_the_owner_is_asked() -> None:
    moved = {**LEFT, "fields": {"/spec/n": 9}}
    stage, run = await due(TimedWorld(grounds={"preview_scale_back": moved}))
    await restore_due(run)
    assert stage.world.keys == ["key-0000"]
    assert box(stage).state is MitigationState.ASKED
    (said,) = stage.texts(Kind.MITIGATION_ASKED)
    assert "/spec/n of Deployment shop/checkout was 6 and is now 9" in said
    assert "sre-agent mitigations restore key-0000" in said


@pytest.mark.parametrize("verdict", [Verdict.NEEDS_APPROVAL, Verdict.DENIED])
async def test_where_the_law_does_not_allow_it_the_owner_is_asked(verdict: Verdict) -> None:
    stage, run = await due()
    stage.restores = verdict
    await restore_due(run)
    assert stage.world.keys == ["key-0000"]
    assert (box(stage).state, box(stage).why) == (MitigationState.ASKED, "A freeze holds. (rule freeze)")


@pytest.mark.parametrize(
    ("verdict", "role", "state"),
    [
        (Verdict.NEEDS_APPROVAL, Role.APPROVER, MitigationState.RESTORED),
        (Verdict.NEEDS_APPROVAL, Role.RESPONDER, MitigationState.ASKED),
        (Verdict.DENIED, Role.ADMIN, MitigationState.ASKED),
    ],
)
async def test_a_persons_yes_is_enough_where_the_law_asks_for_one_and_never_where_it_denies(
    verdict: Verdict, role: Role, state: MitigationState
) -> None:
    stage, run = await due()
    stage.restores = verdict
    said = box(stage).model_copy(update={"yes_by": Actor(name="ana", role=role)})
    await stage.write(mitigations=(said,))
    await restore_due(run)
    assert box(stage).state is state


async def test_asked_once_and_let_go_by_a_person_it_is_restored_under_entries_of_its_own() -> None:
    world = TimedWorld(
        grounds={"preview_scale_back": LEFT}, refuses={"scale_back": GroundMoved("somebody was quicker")}
    )
    stage, run = await due(world)
    await restore_due(run)
    assert box(stage).state is MitigationState.ASKED
    world.refuses.clear()
    again = box(stage).model_copy(update={"state": MitigationState.STANDING, "expires_at": stage.clock.now()})
    await stage.write(mitigations=(again,))
    await restore_due(run)
    assert box(stage).state is MitigationState.RESTORED
    assert len(stage.texts(Kind.STEP_INTENDED)) == 3


async def test_an_answer_that_never_came_is_looked_for_in_the_world_and_not_sent_twice() -> None:
    world = TimedWorld(
        grounds={"preview_scale_back": LEFT}, swallows={"scale_back": [ToolTimeout("no answer")]}
    )
    stage, run = await due(world)
    await restore_due(run)
    assert stage.world.keys == ["key-0000", "key-0000-undo"]
    assert box(stage).state is MitigationState.RESTORED


async def test_where_nobody_can_tell_the_owner_is_asked() -> None:
    world = TimedWorld(
        grounds={"preview_scale_back": LEFT}, swallows={"scale_back": [ToolTimeout("no answer")]}
    )
    stage, run = await due(world)
    world.open_questions = 10_000
    await restore_due(run)
    assert box(stage).state is MitigationState.ASKED
    assert "Nobody can tell" in box(stage).why


async def test_where_nobody_can_look_now_it_is_tried_later() -> None:
    stage, run = await due(TimedWorld(previews_fail=ToolUnavailable("restarting")))
    with pytest.raises(ToolUnavailable):
        await restore_due(run)
    assert box(stage).state is MitigationState.STANDING


async def test_a_target_that_is_gone_is_asked_about() -> None:
    stage, run = await due(
        TimedWorld(previews_fail=ToolFailed("there is no such Deployment", code="not_found"))
    )
    await restore_due(run)
    assert "no such Deployment" in box(stage).why


async def test_what_was_taken_back_before_is_over() -> None:
    stage, run = await done(status=Status.VERIFYING)
    await drive(stage, run, {"recovery": "worse"}, node="rollback")
    assert box(stage).state is MitigationState.TAKEN_BACK
    stage.clock.advance(HOURS)
    assert await restore_due(await stage.take_over("runner-2")) is None
    assert stage.world.keys == ["key-0000", "key-0000-undo"]


@pytest.mark.promise("ACT-15")
async def test_cut_at_every_input_and_output_it_is_restored_once_and_ends_the_same() -> None:
    stage, run = await due()
    stage.wire.arm()
    await restore_due(run)
    moments = stage.wire.count
    assert moments > 10
    for cut in range(1, moments + 1):
        stage, run = await due()
        stage.wire.arm(cut)
        with pytest.raises(Crash):
            await restore_due(run)
        stage.wire.arm()
        await restore_due(await stage.take_over("runner-3"))
        assert stage.world.effects == [("tool_0", "key-0000"), ("scale_back", "key-0000-undo")], cut
        assert (box(stage).state, stage.states) == (MitigationState.RESTORED, {0: "restored"}), cut
        assert len(stage.texts(Kind.STEP_RESTORED)) == 1, cut


ALERT = Alert(
    fingerprint="f", status=AlertStatus.RESOLVED, starts_at=A_TUESDAY_MORNING, generator_url="",
    labels={"alertname": "Busy"}, annotations={},
)  # fmt: skip


async def restored_long_ago(states: JsonObject | Exception) -> Place:
    """Looked at twice, as a runner that is started again would, while Alertmanager answers this."""
    world = TimedWorld(grounds={"preview_scale_back": LEFT}, reads={"alert_states": states})
    stage = Place(PLAN, world=world)
    run = await stage.set(alerts=(ALERT,))
    await drive(stage, run)
    await stage.write(update=IncidentUpdate(status=Status.RESOLVED))
    stage.clock.advance(HOURS)
    await restore_due(await stage.take_over("runner-2"))
    assert box(stage).why == ""
    stage.clock.advance(run.limits.verify_time)
    for again in ("runner-3", "runner-4"):
        assert await restore_due(await stage.take_over(again)) is None
    assert box(stage).state is MitigationState.RESTORED
    return stage


@pytest.mark.promise("ACT-15")
async def test_where_restoring_brought_its_alerts_back_the_owner_is_told_once_what_is_missing() -> None:
    back: JsonObject = {"alerts": [{"fingerprint": "f", "labels": {}, "state": "active"}]}
    stage = await restored_long_ago(back)
    (said,) = stage.texts(Kind.MITIGATION_ASKED)
    assert said.startswith("Since it was restored, Busy fires again.")
    assert "Give it an autoscaler." in said


@pytest.mark.promise("ACT-15")
async def test_where_it_held_that_is_on_file_and_nobody_is_asked() -> None:
    other: JsonObject = {"alerts": [{"fingerprint": "of another", "labels": {"alertname": "Busy", "a": "b"}}]}
    stage = await restored_long_ago(other)
    assert stage.texts(Kind.MITIGATION_ASKED) == []
    assert box(stage).why.startswith("It held")


async def test_where_no_alertmanager_is_set_up_nobody_claims_that_it_held() -> None:
    stage = await restored_long_ago(ToolNotConfigured("set ALERTMANAGER_URL"))
    assert box(stage).why.startswith("Nobody can tell")


def test_a_time_box_is_part_of_what_people_approve() -> None:
    assert plan_of(step(0)).digest != PLAN.digest
