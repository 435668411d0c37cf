"""Another law is tried on what was known then, and only what would have been different is told."""

from __future__ import annotations

from policy_builders import facts, law, plan, rule, step

from sre_agent.domain.plan import Risk
from sre_agent.policy.judging import judge
from sre_agent.policy.simulating import simulate

ALLOWS = law(rule("allow", "true", "allowed"))
DENIES_RISK = law(rule("allow", "true", "allowed"), rule("no-risk", 'risk != "low"', "denied"))
LOW, HIGH = plan(step()), plan(step(risk=Risk.HIGH))


def test_only_plans_that_would_go_another_way_are_listed_and_all_are_counted() -> None:
    past = [(each, judge(ALLOWS, each, facts())) for each in (LOW, HIGH)]
    found = simulate(DENIES_RISK, past)
    assert found.counts == {"allowed → allowed": 1, "allowed → denied": 1}
    (change,) = found.changes
    assert (change.plan_digest, change.was, change.now) == (HIGH.digest, "allowed", "denied")
    assert [(each.was_rule, each.now_rule) for each in change.steps] == [("allow", "no-risk")]
    assert (found.stricter, found.looser) == (1, 0)


def test_the_same_law_changes_nothing() -> None:
    found = simulate(DENIES_RISK, [(HIGH, judge(DENIES_RISK, HIGH, facts()))])
    assert (found.plans, found.changes) == (1, ())


def test_a_looser_law_is_counted_as_looser() -> None:
    assert simulate(ALLOWS, [(HIGH, judge(DENIES_RISK, HIGH, facts()))]).looser == 1


def test_a_change_of_who_is_asked_is_a_change() -> None:
    one = law(rule("ask", "true", "needs_approval"))
    two = law(rule("ask", "true", "needs_approval", people=2))
    (change,) = simulate(two, [(LOW, judge(one, LOW, facts()))]).changes
    assert (change.was_asked, change.now_asked, change.steps) == ("1 approver", "2 approver", ())


def test_it_is_tried_on_what_was_known_then() -> None:
    night = law(rule("night", "confidence > 0.9", "allowed"))
    unsure = judge(ALLOWS, LOW, facts(confidence=0.2))
    (change,) = simulate(night, [(LOW, unsure)]).changes
    assert change.now == "needs_approval"


def test_a_plan_whose_facts_are_not_on_file_is_counted_and_not_guessed_at() -> None:
    old = judge(ALLOWS, LOW, facts()).model_copy(update={"facts": None})
    found = simulate(DENIES_RISK, [(LOW, old), (HIGH, None)])
    assert (found.plans, found.unjudged, found.counts, found.changes) == (2, 2, {}, ())
