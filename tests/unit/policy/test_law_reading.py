"""A law is read whole or refused whole, and every mistake says where it stands and what to write instead."""

from __future__ import annotations

import pytest
from policy_builders import FRAME, law, rule

from sre_agent.errors import SettingError
from sre_agent.policy.problems import LawError, Problem
from sre_agent.policy.reading import LawFile, read_law


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(LawError) as refused:
        read_law([LawFile("law.yaml", text)])
    return refused.value.problems


def only(text: str) -> Problem:
    (problem,) = problems(text)
    return problem


def test_a_law_of_one_rule_is_read() -> None:
    assert [each.id for each in law(rule("one", "true", "allowed")).rules] == ["one"]


def test_a_wrong_law_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="POLICY_PATH"):
        read_law([LawFile("law.yaml", "version: 2\nrules: []\n")])


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "remedy"),
    [
        ("", 1, 1, "empty", "version: 1"),
        ("rules: [", 1, 9, "not YAML", "syntax"),
        ("- a\n", 1, 1, "a list", "key: value"),
        ("version: 1\nversion: 1\n", 2, 1, "stands here twice", "keep one"),
        ("version: 3\n", 1, 10, "'3'", "from 1 to 1"),
        ("version: 1\nrule: []\n", 2, 1, "unknown key 'rule'", "rules"),
        ("version: 1\nactions: {scale: [k8s.scale]}\n", 2, 18, "'k8s.scale' is not a tool", "server/tool"),
        ("version: 1\nactions: {scale: []}\n", 2, 18, "an empty list", "write a list"),
        ("version: 1\napproval: {people: zero}\n", 2, 20, "'zero'", "from 1 to 10"),
        ("version: 1\napproval: {roles: [viewer]}\n", 2, 20, "'viewer' is not known", "approver"),
        ("version: 1\napproval: {expires: 1 hour}\n", 2, 21, "not a duration", "30m"),
        ("version: 1\nrules: []\n", 2, 8, "an empty list", "write a list"),
        ("a: &x 1\nb: *x\n", 1, 4, "anchor", "write the value out"),
        ("version: 1\nname: !!python/name:os.system\n", 2, 7, "YAML tag", "take it out"),
        ("version: 1\nname: a\x07b\n", 2, 8, "U+0007", "take it out"),
        ("version: 1\nruls: []\n", 2, 1, "unknown key 'ruls'", "did you mean rules?"),
        ("version: 1\napproval: {roles: [aprover]}\n", 2, 20, "'aprover'", "did you mean approver?"),
        ("version: 1\n---\nversion: 1\n", 2, 1, "not YAML", "syntax"),
    ],
)
def test_a_mistake_says_its_place_and_its_remedy(
    text: str, line: int, column: int, what: str, remedy: str
) -> None:
    first = problems(text)[0]
    assert (first.place.line, first.place.column) == (line, column)
    assert what in first.what
    assert remedy in first.remedy


@pytest.mark.parametrize(
    ("fields", "what", "remedy"),
    [
        ("verdict: perhaps", "'perhaps' is not known", "needs_approval"),
        ("id: Low Risk", "not an id", "a-z"),
        ("id: silence", "the engine's own", "another id"),
        ("id: 7", "here stands '7'", "a text"),
        ("because: x", "unknown key 'because'", "reason"),
        ("people: 2", "means nothing where nobody is asked", "needs_approval"),
        ("reason: it is {hugh}", "no variable {hugh}", "action"),
        ("reason: it is {action!r}", "takes no format", "action"),
        ("reason: 'it is {action'", "braces do not match", "action"),
        ("covers: [everything]", "'everything' is not known", "undos"),
        ("when: action", "gives a string", "compare"),
        ("when: 1 + 1", "gives a int", "compare"),
        ("when: confidense > 0.5", "nothing called 'confidense'", "did you mean confidence?"),
        ("when: zebra > 0.5", "nothing called 'zebra'", "the law knows action"),
        ("when: confidence > 1", "does not work on (double, int)", "decimal point"),
        ("when: action > 1", "does not work on (string, int)", "one type"),
        ("when: action ==", "Syntax error", "CEL"),
        ("when: frobnicate(action)", "nothing called 'frobnicate'", "the law knows"),
        ("when: labels['tier'] == 'gold'", "no answer for a step without labels", "in labels &&"),
        ("when: action.matches('[')", "no answer", "guard"),
        ("when: dyn(action)", "gives a dyn", "compare"),
    ],
)
def test_a_wrong_rule_stops_the_start(fields: str, what: str, remedy: str) -> None:
    key = fields.partition(":")[0]
    written = {"id": "id: one", "when": "when: 'true'", "verdict": "verdict: allowed", "reason": "reason: x"}
    written[key] = fields
    text = FRAME + "  - " + "\n    ".join(written.values()) + "\n"
    assert any(what in each.what and remedy in each.remedy for each in problems(text)), problems(text)


@pytest.mark.parametrize("missing", ["id", "when", "verdict", "reason"])
def test_a_rule_without_one_of_its_parts_is_refused(missing: str) -> None:
    lines = rule("one", "true", "allowed").replace("  - id", "    id").splitlines()
    kept = [line.strip() for line in lines if not line.strip().startswith(f"{missing}:")]
    assert f"{missing!r} is missing" in only(FRAME + "  - " + "\n    ".join(kept) + "\n").what


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("    when: risk == 'low' && confidense > 0.5\n", 7, 28),
        ("    when: \"risk == 'low' && confidense > 0.5\"\n", 7, 29),
        ("    when: |\n      risk == 'low'\n      && confidense > 0.5\n", 9, 10),
        ("    when: >-\n      risk == 'low'\n      && confidense > 0.5\n", 9, 10),
    ],
)
def test_the_place_inside_a_condition_is_found_however_it_is_written(
    written: str, line: int, column: int
) -> None:
    problem = only(FRAME + "  - id: one\n" + written + "    verdict: allowed\n    reason: x\n")
    assert (problem.place.line, problem.place.column) == (line, column)


def test_all_mistakes_are_told_at_once() -> None:
    text = FRAME + rule("one", "nope", "allowed") + rule("one", "true", "never")
    assert len(problems(text)) == 3


def test_ids_are_unique_over_all_files() -> None:
    other = LawFile("b.yaml", "version: 1\nrules:\n" + rule("one", "true", "denied"))
    with pytest.raises(LawError, match=r"b\.yaml:3:9: the id 'one' is used twice"):
        read_law([LawFile("a.yaml", FRAME + rule("one", "true", "allowed")), other])


def test_rules_of_several_files_make_one_law() -> None:
    other = LawFile("b.yaml", "version: 1\nrules:\n" + rule("two", "true", "denied"))
    made = read_law([LawFile("a.yaml", FRAME + rule("one", "true", "allowed")), other])
    assert [each.id for each in made.rules] == ["one", "two"]


def test_the_digest_knows_every_word_and_no_comment() -> None:
    first = law(rule("one", "true", "allowed"))
    again = law("# a remark\n" + rule("one", "true", "allowed"))
    other = law(rule("one", "true", "denied"))
    assert first.digest == again.digest
    assert first.digest != other.digest


def test_a_bomb_of_aliases_is_refused() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert "alias" in problems(bomb)[0].what


def test_a_deep_document_is_refused_and_does_not_break_the_reader() -> None:
    assert "too deep" in only("[" * 5000).what
