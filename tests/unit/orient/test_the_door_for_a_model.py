"""Of a language model's answer, what names something that exists is taken; all else is refused, and says why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.orient.answers import MOST_ANSWER, MOST_WHY, advice_in
from sre_agent.orient.briefing import Briefing
from tests.effort import tries

ORDERS = EntityRef(kind="Deployment", namespace="acme", name="orders")
NODE = EntityRef(kind="Node", name="n1")
ASKED = Question(id="logs workload", specialist=Specialist.LOGS, ask="workload", entity=ORDERS, why="?")
BRIEFING = Briefing(
    prompt="",
    causes=frozenset({"memory_leak", "node_not_ready", "bad_deployment"}),
    objects={"Deployment acme/orders": ORDERS, "Node n1": NODE},
    evidence=frozenset({"E1", "E2"}),
    questions={"Q1": ASKED},
)
GOOD: dict[str, Any] = {
    "cause": "memory_leak",
    "object": "Deployment acme/orders",
    "evidence": ["E1"],
    "why": "it grows",
}


def answer(*hypotheses: Any, questions: Any = ()) -> str:
    return json.dumps({"hypotheses": list(hypotheses), "questions": list(questions)})


def test_a_cause_of_the_catalogue_an_object_that_was_seen_and_evidence_that_exists_are_taken() -> None:
    advice = advice_in(answer(GOOD, questions=["Q1"]), BRIEFING)
    assert [str(one) for one in advice.suggestions] == ["memory_leak of Deployment acme/orders"]
    assert (advice.questions, advice.refused) == ((ASKED,), ())


def test_json_between_fences_of_markdown_is_read() -> None:
    assert advice_in(f"```json\n{answer(GOOD)}\n```", BRIEFING).suggestions


def test_nothing_is_a_good_answer() -> None:
    advice = advice_in("{}", BRIEFING)
    assert (advice.suggestions, advice.questions, advice.refused) == ((), (), ())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "invented evidence": ({"evidence": ["E1", "E99"]}, "evidence 'E99' does not exist"),
    "no evidence": ({"evidence": []}, "form that was asked for"),
    "an object that nobody saw": ({"object": "Deployment kube-system/evil"}, "no object that was seen"),
    "a code that is none": ({"cause": "aliens"}, "no code of the catalogue"),
    "a cause that such an object cannot have": ({"object": "Node n1"}, "not of a Node"),
    "a plan": ({"plan": [{"tool": "scale", "arguments": {"replicas": 0}}]}, "plan: Extra inputs"),
    "a confidence": ({"confidence": 0.99}, "confidence: Extra inputs"),
    "evidence that is no list": ({"evidence": "E1"}, "evidence:"),
    "a cause that is a number": ({"cause": 7}, "cause:"),
    "no reason": ({"why": None}, "why:"),
}


@pytest.mark.promise("HELP-2")
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_refused_alone_and_says_why(what: str) -> None:
    changed, why = WRONG[what]
    advice = advice_in(answer({**GOOD, **changed}, {**GOOD, "why": "also"}), BRIEFING)
    assert [one.why for one in advice.suggestions] == ["also"]
    (refused,) = advice.refused
    assert why in refused


@pytest.mark.promise("HELP-2")
@pytest.mark.parametrize(
    "text",
    [
        "I think that it is the database.",
        answer(GOOD) + " and so on",
        "[]",
        "null",
        '"E1"',
        json.dumps({"hypotheses": [GOOD], "tool_calls": [{"name": "scale"}]}),
        json.dumps({"hypotheses": [GOOD], "verdict": "allowed"}),
        json.dumps({"hypotheses": {"0": GOOD}}),
        json.dumps({"hypotheses": [GOOD], "questions": "Q1"}),
        "[" * 10_000,
        '{"hypotheses": [' * 900,
        "x" * (MOST_ANSWER + 1),
        "",
        '{"hypotheses": ["\\ud800"]}',
        "\x00\x1b[2J",
    ],
    ids=lambda text: text[:24],
)
def test_an_answer_of_another_form_is_refused_as_a_whole(text: str) -> None:
    advice = advice_in(text, BRIEFING)
    assert (advice.suggestions, advice.questions) == ((), ())
    assert advice.refused
    assert all(one.isprintable() and len(one) < 400 for one in advice.refused)


@pytest.mark.promise("HELP-2")
@pytest.mark.parametrize("told", ["Q2", "kubectl delete deployment orders", 1, None, {"id": "Q1"}], ids=str)
def test_a_question_that_is_not_the_engines_own_is_not_put(told: Any) -> None:
    advice = advice_in(answer(questions=[told]), BRIEFING)
    assert advice.questions == ()
    assert "no question of the engine's" in advice.refused[0]


def test_only_the_first_few_of_many_are_taken() -> None:
    advice = advice_in(answer(*[{**GOOD, "why": str(number)} for number in range(50)]), BRIEFING)
    assert len(advice.suggestions) == 1
    assert advice.refused == ("more than 3 of a kind",)


def test_a_reason_is_one_short_line_that_steers_no_screen() -> None:
    advice = advice_in(answer({**GOOD, "why": "a\nb\x1b[31m\u202e" + "c" * 5000}), BRIEFING)
    why = advice.suggestions[0].why
    assert why.isprintable()
    assert len(why) <= MOST_WHY


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.promise("HELP-2")
@settings(max_examples=tries(300, usual=15), deadline=None, derandomize=True)
@given(hypotheses=st.lists(ANYTHING, max_size=3), questions=st.lists(ANYTHING, max_size=3), extra=ANYTHING)
def test_whatever_it_says_nothing_that_does_not_exist_comes_through(
    hypotheses: Any, questions: Any, extra: Any
) -> None:
    mixed = [{**GOOD, "evidence": extra}, *hypotheses]
    for text in (answer(*mixed, questions=questions), json.dumps(extra)):
        advice = advice_in(text, BRIEFING)
        assert {one.cause for one in advice.suggestions} <= BRIEFING.causes
        assert {one.entity for one in advice.suggestions} <= set(BRIEFING.objects.values())
        assert {each for one in advice.suggestions for each in one.evidence} <= BRIEFING.evidence
        assert {one.id for one in advice.questions} <= {ASKED.id}
