"""How far the agent goes on its own is set by the law for each target, and the strictest word holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_builders import facts, judged, law, plan, rule, step

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.law import Autonomy, Verdict
from sre_agent.policy.judging import judge
from sre_agent.policy.lawbook import Law
from sre_agent.policy.problems import LawError

ALLOW = rule("allow", "true", "allowed")
DENY = rule("deny", "true", "denied")
PAYMENTS = EntityRef(kind="Deployment", name="ledger", namespace="payments")


def level(name: str, when: str, word: str) -> str:
    return f"    - {{id: {name}, when: '{when}', level: {word}, reason: '{{service}} is watched.'}}\n"


def leveled(*levels: str, default: str = "act", rules: str = ALLOW) -> Law:
    clauses = "  levels:\n" + "".join(levels) if levels else ""
    return law(rules, f"autonomy:\n  default: {default}\n{clauses}")


@pytest.mark.parametrize(
    ("word", "verdict"),
    [("observe", "denied"), ("suggest", "denied"), ("approve", "needs_approval"), ("act", "allowed")],
)
@pytest.mark.promise("ACT-11")
def test_a_level_lets_no_more_stand_than_it_says(word: str, verdict: str) -> None:
    judgement = judged(leveled(default=word), step())
    assert (judgement.verdict, judgement.autonomy, judgement.autonomy_by) == (
        verdict,
        word,
        "autonomy-default",
    )
    assert judgement.by_rules is Verdict.ALLOWED


def test_a_level_never_loosens_what_a_rule_says() -> None:
    judgement = judged(leveled(default="act", rules=DENY), step())
    assert (judgement.verdict, judgement.rule) == (Verdict.DENIED, "deny")


def test_a_clause_speaks_for_its_own_targets_and_the_default_for_the_rest() -> None:
    here = leveled(level("pay", 'target_namespace == "payments"', "suggest"))
    there = judged(here, step(target=PAYMENTS))
    assert (there.autonomy, there.autonomy_by, there.rule) == (Autonomy.SUGGEST, "pay", "pay")
    assert "ledger is watched." in there.sentence
    assert judged(here, step()).autonomy is Autonomy.ACT


def test_a_clause_may_trust_more_than_the_default_does() -> None:
    here = leveled(level("staging", 'environment == "staging"', "act"), default="observe")
    assert judged(here, step(), environment="staging").verdict is Verdict.ALLOWED
    assert judged(here, step(), environment="production").autonomy is Autonomy.OBSERVE


def test_of_two_clauses_that_match_the_stricter_holds() -> None:
    both = level("one", "true", "approve"), level("two", '"team" in labels', "observe")
    assert judged(leveled(*both), step()).autonomy is Autonomy.APPROVE
    assert judged(leveled(*both), step(), target_labels={0: {"team": "x"}}).autonomy is Autonomy.OBSERVE


def test_what_was_not_earned_yet_lowers_the_level_and_never_raises_it() -> None:
    low, high = {0: Autonomy.SUGGEST}, {0: Autonomy.ACT}
    judgement = judged(leveled(), step(), autonomy_earned=low)
    assert (judgement.autonomy, judgement.autonomy_by) == (Autonomy.SUGGEST, "trust-ladder")
    assert judged(leveled(default="observe"), step(), autonomy_earned=high).autonomy is Autonomy.OBSERVE


def test_taking_a_step_back_is_not_held_up_by_a_level() -> None:
    here = leveled(default="observe", rules=rule("back", "true", "allowed", covers="[undos]"))
    assert judged(here, step(), asked_by="rollback").verdict is Verdict.ALLOWED


def test_a_clause_without_an_answer_holds_everything_back() -> None:
    here = leveled(level("odd", '"tier" in labels && int(labels["tier"]) > 1', "act"))
    judgement = judged(here, step(), target_labels={0: {"tier": "gold"}})
    assert (judgement.autonomy, judgement.autonomy_by) == (Autonomy.OBSERVE, "odd")


def test_a_plan_has_the_strictest_level_of_its_steps() -> None:
    here = leveled(level("pay", 'target_namespace == "payments"', "suggest"))
    two = plan(step(), step(index=1, target=PAYMENTS))
    ruling = judge(here, two, facts())
    assert (ruling.autonomy, ruling.verdict, ruling.held_back) == (Autonomy.SUGGEST, Verdict.DENIED, True)


def test_a_step_that_a_rule_denies_is_not_merely_held_back() -> None:
    assert not judge(leveled(default="observe", rules=DENY), plan(step()), facts()).held_back


def test_a_ruling_keeps_the_facts_it_was_made_from() -> None:
    told = facts(confidence=0.5)
    assert judge(leveled(), plan(step()), told).facts == told


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("autonomy: {default: full}\n", "'full' is not known here"),
        ("autonomy: {levels: [{id: a, when: 'true', level: act}]}\n", "the key 'reason' is missing"),
        ("autonomy: {levels: [{id: allow, when: 'true', level: act, reason: r}]}\n", "used twice"),
        (
            "autonomy: {levels: [{id: trust-ladder, when: 'true', level: act, reason: r}]}\n",
            "the engine's own",
        ),
        ("autonomy: {levels: [{id: a, when: 'nope', level: act, reason: r}]}\n", "nothing called 'nope'"),
    ],
)
def test_a_wrong_level_is_refused(text: str, what: str) -> None:
    with pytest.raises(LawError, match=what):
        law(ALLOW, text)


@given(st.sampled_from(Autonomy), st.sampled_from(Autonomy), st.sampled_from(Verdict))
def test_the_verdict_is_the_strictest_of_rules_default_and_what_was_earned(
    default: Autonomy, earned: Autonomy, by_rule: Verdict
) -> None:
    here = leveled(default=default.value, rules=rule("r", "true", by_rule.value))
    judgement = judged(here, step(), autonomy_earned={0: earned})
    wanted = max(default.verdict, earned.verdict, by_rule, key=lambda each: each.strictness)
    assert judgement.verdict is wanted
    assert judgement.by_rules is by_rule
