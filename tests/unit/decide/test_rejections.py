"""What people said no to, and which later plans that rules out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.decide.rejections import Rejection, by_hand_after, rejected, rejections
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.law import Actor, Answer, Approval, Role
from sre_agent.domain.plan import Plan, Step
from sre_agent.ports.archive import PlanRecord
from sre_agent.testing.clock import HandClock
from tests.contracts.store_examples import plan as a_plan

NOW = HandClock().now()


def record(plan: Plan, *answers: tuple[Answer, Role | None, str]) -> PlanRecord:
    said = tuple(
        Approval(
            incident_id=plan.incident_id, plan_digest=plan.digest, answer=answer, by=Actor(name="ana", role=role),
            reason=reason, at=NOW, expires_at=NOW + timedelta(hours=1),
        )
        for answer, role, reason in answers
    )  # fmt: skip
    return PlanRecord(plan=plan, ruling=None, approvals=said, steps=(), verifications=())


def parts(*steps: Step) -> list[tuple[str, EntityRef]]:
    return [(step.action, step.target) for step in steps]


def test_only_the_no_of_somebody_who_may_answer_is_a_rejection() -> None:
    plan = a_plan()
    assert rejections([record(plan, (Answer.YES, Role.ADMIN, ""), (Answer.NO, Role.VIEWER, ""))]) == ()
    (said,) = rejections([record(plan, (Answer.NO, Role.RESPONDER, "not during the sale"))])
    assert str(said) == "ana rejected it: not during the sale"


@pytest.mark.promise("ACT-14")
def test_what_holds_all_that_was_rejected_is_rejected_too_whatever_its_arguments() -> None:
    plan = a_plan()
    said = rejections([record(plan, (Answer.NO, Role.APPROVER, "no"))])
    other = EntityRef(kind="Node", name="another")
    assert rejected(parts(*plan.steps), said) == said[0]
    assert rejected([*parts(*plan.steps), ("cordon", other)], said) == said[0]
    assert rejected([(plan.steps[0].action, other)], said) is None
    assert rejected([], said) is None


def test_instructions_for_a_person_rule_nothing_out() -> None:
    plan = a_plan()
    by_hand = plan.model_copy(
        update={"steps": tuple(s.model_copy(update={"call": None}) for s in plan.steps)}
    )
    assert rejected(parts(*by_hand.steps), [Rejection(by_hand, "ana", "no")]) is None


def test_the_end_names_every_no_once() -> None:
    plan = a_plan()
    twice = [Rejection(plan, "ana", "the sale"), Rejection(plan, "ana", "the sale")]
    summary = str(by_hand_after(twice, plan)["summary"])
    assert summary.count("ana rejected the plan: the sale") == 1
