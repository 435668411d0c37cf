"""Only a yes to exactly this plan, from enough different people of sufficient rank, in time, permits it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_builders import SATURDAY, facts, plan, step

from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Actor, Answer, Approval, Judgement, Role, Ruling, Verdict
from sre_agent.policy.consent import Consent, Standing, consent, requirement

PLAN = plan(step())
OTHER = Digest("f" * 64)


def ruling(
    verdict: Verdict = Verdict.NEEDS_APPROVAL, roles: tuple[str, ...] = ("approver",), people: int = 1
) -> Ruling:
    judgement = Judgement(step=0, verdict=verdict, rule="r", sentence="s", roles=roles, people=people)
    return Ruling(plan_digest=PLAN.digest, law_digest=OTHER, verdict=verdict, judgements=(judgement,))


def answer(
    by: str = "ana",
    role: Role | None = Role.APPROVER,
    says: Answer = Answer.YES,
    digest: Digest = PLAN.digest,
    minutes: float = 60,
) -> Approval:
    return Approval(
        incident_id=PLAN.incident_id,
        plan_digest=digest,
        answer=says,
        by=Actor(name=by, role=role),
        reason=f"{by} says so",
        at=SATURDAY,
        expires_at=SATURDAY + timedelta(minutes=minutes),
    )


def stands(*answers: Approval, rule: Ruling | None = None, after_minutes: float = 1) -> Consent:
    now = SATURDAY + timedelta(minutes=after_minutes)
    return consent(PLAN.digest, rule or ruling(), answers, now=now, asked_at=SATURDAY)


def test_an_allowed_plan_needs_nobody() -> None:
    assert stands(rule=ruling(Verdict.ALLOWED)).standing is Standing.NOT_NEEDED


def test_a_denied_plan_is_permitted_by_no_yes() -> None:
    assert stands(answer(role=Role.ADMIN), rule=ruling(Verdict.DENIED)).standing is Standing.DENIED


def test_a_plan_that_was_never_judged_is_permitted_by_no_yes() -> None:
    assert consent(PLAN.digest, None, [answer()], now=SATURDAY).standing is Standing.DENIED


def test_a_ruling_on_another_plan_permits_nothing() -> None:
    other = ruling(Verdict.ALLOWED).model_copy(update={"plan_digest": OTHER})
    assert consent(PLAN.digest, other, [], now=SATURDAY).standing is Standing.DENIED


def test_a_yes_from_an_approver_permits() -> None:
    assert stands(answer()) == Consent(Standing.GIVEN, ("ana",), "ana says so")


@pytest.mark.promise("ACT-4")
def test_a_yes_to_another_plan_counts_for_nothing() -> None:
    assert stands(answer(digest=OTHER)).standing is Standing.WAITING


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.RESPONDER])
def test_a_yes_of_too_low_a_rank_counts_for_nothing(role: Role | None) -> None:
    assert stands(answer(role=role)).standing is Standing.WAITING


def test_an_administrator_may_say_yes_where_an_approver_may() -> None:
    assert stands(answer(role=Role.ADMIN)).standing is Standing.GIVEN


def test_a_role_nobody_knows_needs_an_administrator() -> None:
    assert requirement(ruling(roles=("emperor",))).role is Role.ADMIN


def test_two_people_are_two_people() -> None:
    two = ruling(people=2)
    assert stands(answer("ana"), answer("ana"), rule=two).missing == 1
    assert stands(answer("ana"), answer("ben"), rule=two).standing is Standing.GIVEN


def test_where_the_law_says_so_nobody_approves_what_they_asked_for_themselves() -> None:
    own = ruling().judgements[0].model_copy(update={"self_approval": False})
    asked = ruling().model_copy(update={"judgements": (own,), "facts": facts(requested_by=("ana",))})
    assert stands(answer("ana"), rule=asked).standing is Standing.WAITING
    assert stands(answer("ben"), rule=asked).standing is Standing.GIVEN


def test_where_the_law_does_not_say_so_who_asked_may_approve() -> None:
    asked = ruling().model_copy(update={"facts": facts(requested_by=("ana",))})
    assert stands(answer("ana"), rule=asked).standing is Standing.GIVEN


def test_one_no_outweighs_every_yes() -> None:
    refused = stands(answer("ana"), answer("ben", role=Role.RESPONDER, says=Answer.NO))
    assert (refused.standing, refused.by, refused.reason) == (Standing.REFUSED, ("ben",), "ben says so")


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_a_no_of_someone_who_may_do_nothing_stops_nothing(role: Role | None) -> None:
    assert stands(answer(), answer("eve", role=role, says=Answer.NO)).standing is Standing.GIVEN


def test_a_yes_expires_when_it_says() -> None:
    assert stands(answer(minutes=5), after_minutes=5).standing is Standing.WAITING


def test_a_yes_never_outlives_what_the_law_gives_it() -> None:
    assert stands(answer(minutes=600), after_minutes=60).standing is Standing.EXPIRED


def test_a_question_that_nobody_answers_runs_out() -> None:
    assert stands(after_minutes=60).standing is Standing.EXPIRED
    assert stands(after_minutes=59).standing is Standing.WAITING


answers = st.lists(
    st.builds(
        answer,
        by=st.sampled_from(["ana", "ben", "cy"]),
        role=st.sampled_from([None, *Role]),
        says=st.sampled_from(list(Answer)),
        digest=st.sampled_from([PLAN.digest, OTHER]),
        minutes=st.floats(0, 120),
    ),
    max_size=6,
)


@given(
    answers,
    st.integers(1, 3),
    st.sampled_from([Role.RESPONDER, Role.APPROVER, Role.ADMIN]),
    st.floats(0, 119),
)
def test_consent_is_given_only_by_enough_different_sufficient_unexpired_people(
    said: list[Approval], people: int, role: Role, minutes: float
) -> None:
    now = SATURDAY + timedelta(minutes=minutes)
    result = stands(*said, rule=ruling(roles=(role.value,), people=people), after_minutes=minutes)
    good = {
        each.by.name
        for each in said
        if each.plan_digest == PLAN.digest
        and each.answer is Answer.YES
        and each.by.role is not None
        and each.by.role.rank >= role.rank
        and each.expires_at > now
    }
    assert result.standing is not Standing.GIVEN or len(good) >= people
    assert result.standing.permits is (result.standing is Standing.GIVEN)
