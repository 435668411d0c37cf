"""For each clause of the law a person reads whether it matched, and which part of it decided."""

from __future__ import annotations

import pytest
from policy_builders import facts, law, plan, rule, step

from sre_agent.policy.explaining import Heard, conjuncts, explained
from sre_agent.policy.judging import judge, situations
from sre_agent.policy.lawbook import Law


def heard(under: Law, name: str, *, undo: bool = False, **more: object) -> Heard:
    made, told = plan(step()), facts(**more)
    (found,) = [
        each for each in explained(under, situations(under, made, told)[0], undo=undo) if each.id == name
    ]
    return found


def test_a_rule_that_matched_shows_the_values_it_looked_at() -> None:
    found = heard(law(rule("low", 'risk == "low" && !in_freeze', "allowed")), "low")
    assert (found.answer, found.says) == ("yes", "allowed")
    assert found.why == "It holds: risk = low, in_freeze = false."


def test_a_rule_that_did_not_match_names_the_part_that_failed_and_no_other() -> None:
    found = heard(law(rule("two", 'risk == "low" && confidence < 0.5', "denied")), "two")
    assert found.answer == "no"
    assert found.why == "`confidence < 0.5` does not hold: confidence = 0.95."


def test_of_alternatives_none_is_singled_out() -> None:
    found = heard(law(rule("either", 'pods > 30 || risk == "high"', "denied")), "either")
    assert found.why == '`pods > 30 || risk == "high"` does not hold: pods = 3, risk = low.'


def test_a_rule_without_an_answer_says_that_it_counts_as_denied() -> None:
    found = heard(law(rule("odd", '"n" in labels && int(labels["n"]) > 1', "allowed")), "odd",
                  target_labels={0: {"n": "many"}})  # fmt: skip
    assert found.answer == "no_answer"
    assert "counts as denied" in found.why


def test_a_rule_about_undos_has_nothing_to_say_of_a_step() -> None:
    back = law(rule("back", "true", "allowed", covers="[undos]"))
    assert heard(back, "back").answer == "not_about"
    assert heard(back, "back", undo=True).answer == "yes"


def test_every_clause_says_where_it_stands() -> None:
    found = heard(law(rule("low", "true", "allowed")), "low")
    assert (found.file, found.line) == ("test.yaml", 6)


def test_a_level_of_autonomy_is_explained_like_a_rule() -> None:
    clause = (
        "autonomy: {levels: [{id: watched, when: 'environment == \"staging\"', level: suggest, reason: r}]}\n"
    )
    found = heard(law(rule("low", "true", "allowed"), clause), "watched")
    assert (found.kind, found.says, found.answer) == ("autonomy", "suggest", "yes")


def test_what_is_explained_as_matched_is_what_the_verdict_lists() -> None:
    here = law(
        *(
            rule(f"r{n}", when, "allowed")
            for n, when in enumerate(["true", "false", "pods > 30", "pods < 30"])
        )
    )
    made, told = plan(step()), facts()
    (judgement,) = judge(here, made, told).judgements
    yes = [
        each.id
        for each in explained(here, situations(here, made, told)[0], undo=False)
        if each.answer == "yes"
    ]
    assert tuple(yes) == judgement.matched


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a && b", ("a", "b")),
        ("a &&\n  (b || c)", ("a", "(b || c)")),
        ("a || b && c", ("a || b && c",)),
        ('x == "&&" && y', ('x == "&&"', "y")),
        ("[1].all(i, i > 0 && i < 2)", ("[1].all(i, i > 0 && i < 2)",)),
        ('x == "a\\"&&" && y', ('x == "a\\"&&"', "y")),
    ],
)
def test_a_condition_is_taken_apart_only_where_all_parts_must_hold(text: str, parts: tuple[str, ...]) -> None:
    assert conjuncts(text) == parts
