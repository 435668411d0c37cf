"""A no with its reason goes back to the planner: what was rejected is not asked again in that incident."""

from __future__ import annotations

import pytest

from sre_agent.domain.incident import Outcome
from sre_agent.domain.journal import Kind
from tests.scenarios.lives import Life
from tests.scenarios.stage import Stage
from tests.scenarios.stories import BY_NAME, begin, tell
from tests.scenarios.virtual import live

REASON = "the pull request has other people's work on it"


def told(name: str) -> Stage:
    return tell(BY_NAME[name]).stage


def test_the_next_plan_is_another_and_names_who_said_no_to_the_first_and_why() -> None:
    stage = told("a plan is rejected, and the next is carried out")
    first, second = stage.entries(Kind.PLAN_MADE)
    assert second.body["instead_of"] == first.body["digest"]
    assert any(f"ana rejected it: {REASON}" in str(each) for each in second.body["alternatives"])  # type: ignore[union-attr]


@pytest.mark.promise("ACT-14")
def test_nothing_that_was_rejected_is_asked_again() -> None:
    stage = told("every plan is rejected")
    plans = [plan for (_, _), plan in stage.store.state.plans.items() if plan.is_actionable]
    asked = [frozenset((step.action, step.target) for step in plan.steps) for plan in plans]
    assert len(asked) == len(set(asked)) == len(stage.entries(Kind.APPROVAL_ASKED)) == 2


@pytest.mark.promise("ACT-14")
def test_where_nothing_else_is_safe_it_is_handed_over_with_the_reason_and_what_to_do_by_hand() -> None:
    stage = told("every plan is rejected")
    summary = stage.incident.summary
    assert "ana rejected the plan: the release is needed today" in summary
    assert "By hand: 1." in summary


async def _tried_again(name: str) -> Stage:
    told = await begin(BY_NAME[name])
    await told.stage.live(Life())
    await told.stage.retry()
    await told.stage.live(Life())
    await told.stage.go_home()
    return told.stage


@pytest.mark.promise("ACT-14")
def test_another_try_does_not_ask_again_for_what_was_rejected() -> None:
    stage = live(_tried_again("every plan is rejected"))
    assert len(stage.entries(Kind.APPROVAL_ASKED)) == 2
    assert stage.incident.outcome is Outcome.REJECTED
