"""The runner takes up what is due by itself, under the shipped law, however often it is killed meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.act.mitigating import restore_job
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Plan
from tests.scenarios.lives import Life
from tests.scenarios.stage import Stage
from tests.scenarios.stories import BY_NAME, begin
from tests.scenarios.virtual import live

RELEASE = BY_NAME["the ground moves while a person thinks"]


def box_of(plan: Plan, stage: Stage) -> Mitigation:
    now = stage.clock.now()
    return Mitigation(
        key=plan.steps[0].key, incident_id=plan.incident_id, plan_digest=plan.digest, step=0,
        target=plan.steps[0].target, statement=plan.steps[0].statement, restore="Back again.", fix="Mend it.",
        began_at=now, expires_at=now + timedelta(minutes=1), updated_at=now,
    )  # fmt: skip


async def _told(*deaths: int) -> Stage:
    """A step of an incident that was resolved is due, and the process dies at these inputs and outputs on the way."""
    told = await begin(RELEASE)
    stage = told.stage
    assert await stage.live(Life())
    record = (await stage.archive.plans(stage.incident_id))[0]
    box = box_of(record.plan, stage)
    change = {"mitigations": (box,), "jobs": (restore_job(stage.incident_id, box.expires_at),)}
    await stage.note(**change)
    for dies_at in (*deaths, 0):
        await stage.live(Life(dies_at=dies_at))
    await stage.go_home()
    return stage


@pytest.mark.promise("ACT-15")
@pytest.mark.promise("ACT-22")
@pytest.mark.parametrize("dies_at", [0, 4, 9, 14, 19, 24])
def test_the_owner_is_asked_once_and_the_incident_stays_resolved(dies_at: int) -> None:
    stage = live(_told(*([dies_at] if dies_at else [])))
    (box,) = stage.store.state.mitigations.values()
    assert box.state is MitigationState.ASKED, stage.story
    assert len(stage.entries(Kind.MITIGATION_ASKED)) == 1
    assert len(stage.entries(Kind.MITIGATION_TICKETED)) == 1
    assert (stage.incident.status, stage.deeds) == (
        Status.RESOLVED,
        ["set_image", "create_issue"],
    )
    stage.check()


async def _walked(*, comes_back: bool = False) -> Stage:
    """A step for a time, from its deed to what is seen after it was restored, as the runner takes its jobs."""
    told = await begin(BY_NAME["a step of low risk that the law allows"])
    stage = told.stage
    assert await stage.live(Life())
    record = (await stage.archive.plans(stage.incident_id))[0]
    box = box_of(record.plan, stage)
    await stage.note(mitigations=(box,), jobs=(restore_job(stage.incident_id, box.expires_at),))
    if comes_back:
        filed, *_ = await stage.archive.alerts(stage.incident_id)
        stage.town.signals.states = [{"fingerprint": filed.alert.fingerprint, "labels": {}}]
    await stage.live(Life())
    await stage.go_home()
    return stage


@pytest.mark.promise("ACT-15")
@pytest.mark.parametrize("comes_back", [False, True])
def test_from_the_deed_to_its_restoring_and_what_came_of_that_nobody_has_to_be_there(
    comes_back: bool,
) -> None:
    stage = live(_walked(comes_back=comes_back))
    (box,) = stage.store.state.mitigations.values()
    assert box.state is MitigationState.RESTORED, stage.story
    assert (stage.incident.status, stage.deeds) == (
        Status.RESOLVED,
        ["scale", "scale", "create_issue"],
    )
    assert box.ticket is not None
    assert box.ticket.url == "https://forge.example/acme/shop/issues/1"
    assert box.why.startswith("Since it was restored" if comes_back else "It held")
    assert len(stage.entries(Kind.MITIGATION_ASKED)) == comes_back
    assert stage.store.state.jobs == {}
    stage.check()
