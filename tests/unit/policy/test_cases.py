"""A law is tested by cases that a person can write, and a case that does not hold says what the law said instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_builders import FRAME, rule

from sre_agent.law_source import PROFILES, SHIPPED, LawSource, read_files
from sre_agent.policy.casework import CaseFile, read_cases
from sre_agent.policy.problems import LawError
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.policy.trying import Tried, never_matched, tried

FREEZE = "freezes: [{id: night, reason: r, environments: [production], weekly: {days: [mon], from: '20:00', to: '22:00'}}]\n"
LAW = FRAME + "".join(
    [
        rule("low", 'risk == "low" && !in_freeze', "allowed"),
        rule("gold", 'tier == "gold"', "needs_approval", people=2, expires="30m"),
        rule("five", '"replicas" in arguments && arguments.replicas > 5', "denied"),
    ]
)


def cases(text: str) -> CaseFile:
    return read_cases(LawFile("cases.yaml", "version: 1\ncases:\n" + text), PROFILES)


def put(given: str, expect: str) -> Tried:
    case = f"  - {{name: it, given: {given}, expect: {expect}}}\n"
    (one,) = tried(read_law([LawFile("law.yaml", LAW + FREEZE)]), cases(case).cases)
    return one


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("{action: scale}", "{verdict: allowed, rule: low, autonomy: act}"),
        ("{action: scale, arguments: {replicas: 6}}", "{verdict: denied, rule: five}"),
        (
            "{action: scale, labels: {tier: gold}}",
            "{verdict: needs_approval, people: 2, expires: 30m, roles: [approver]}",
        ),
        (
            "{action: scale, namespace_labels: {tier: gold}}",
            "{verdict: needs_approval, matched: [low, gold]}",
        ),
        (
            "{action: scale, now: 2026-11-23T21:00:00Z, environment: production}",
            "{verdict: needs_approval, rule: silence}",
        ),
        ("{action: scale, now: 2026-11-23T21:00:00Z, environment: staging}", "{verdict: allowed}"),
        ("{action: scale, in_freeze: true}", "{verdict: needs_approval, rule: silence}"),
        ("{action: scale, undo: true}", "{verdict: needs_approval, rule: silence}"),
        ("{action: fly}", "{verdict: denied, rule: unknown-action}"),
        ("{action: scale, autonomy_earned: observe}", "{verdict: denied, rule: trust-ladder}"),
    ],
)
def test_a_case_gives_variables_and_the_rest_follows(given: str, expect: str) -> None:
    assert put(given, expect).differences == ()


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ("{verdict: denied}", ("verdict", "denied", "needs_approval")),
        ("{verdict: needs_approval, rule: low}", ("rule", "low", "gold")),
        ("{verdict: needs_approval, people: 1}", ("people", "1", "2")),
        ("{verdict: needs_approval, roles: [admin]}", ("roles", "admin", "approver")),
        ("{verdict: needs_approval, expires: 1h}", ("expires", "1:00:00", "0:30:00")),
        ("{verdict: needs_approval, autonomy: suggest}", ("autonomy", "suggest", "act")),
        ("{verdict: needs_approval, self_approval: forbidden}", ("self_approval", "forbidden", "permitted")),
        ("{verdict: needs_approval, matched: [five]}", ("matched", "five", "low, gold")),
    ],
)
def test_a_case_that_does_not_hold_says_what_was_expected_and_found(
    expect: str, difference: tuple[str, str, str]
) -> None:
    assert put("{action: scale, tier: gold}", expect).differences == (difference,)


def test_rules_that_no_case_touches_are_named() -> None:
    law = read_law([LawFile("law.yaml", LAW)])
    one = cases("  - {name: a, given: {action: scale}, expect: {verdict: allowed}}\n")
    assert never_matched(law, tried(law, one.cases)) == ("gold", "five")


def test_what_is_given_for_all_cases_yields_to_what_one_gives() -> None:
    text = (
        "version: 1\ngiven: {action: scale, confidence: 1, environment: production}\n"
        "cases: [{name: a, given: {environment: dev}, expect: {verdict: allowed}}]\n"
    )
    (case,) = read_cases(LawFile("cases.yaml", text), PROFILES).cases
    assert case.given.values == {"action": "scale", "confidence": 1.0, "environment": "dev"}


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "remedy"),
    [
        ("  - {name: a, expect: {verdict: allowed}}", 3, 5, "the key 'given' is missing", "add"),
        (
            "  - {name: a, given: {action: x, pod: 1}, expect: {verdict: allowed}}",
            3,
            34,
            "no variable 'pod'",
            "did you mean pods?",
        ),
        (
            "  - {name: a, given: {action: x, confidence: sure}, expect: {verdict: allowed}}",
            3,
            46,
            "'sure'",
            "double",
        ),
        ("  - {name: a, given: {action: x, pods: true}, expect: {verdict: allowed}}", 3, 40, "true", "int"),
        ("  - {name: a, given: {action: x, in_freeze: 1}, expect: {verdict: allowed}}", 3, 45, "1", "bool"),
        (
            "  - {name: a, given: {action: x, labels: [a]}, expect: {verdict: allowed}}",
            3,
            42,
            "a list",
            "map",
        ),
        ("  - {name: a, given: {pods: 1}, expect: {verdict: allowed}}", 3, 22, "names no action", "action"),
        (
            "  - {name: a, given: {action: x}, expect: {verdict: alowed}}",
            3,
            53,
            "'alowed'",
            "did you mean allowed?",
        ),
        (
            "  - {name: a, given: {action: x}, expect: {rule: r}}",
            3,
            43,
            "the key 'verdict' is missing",
            "add",
        ),
        (
            "  - {name: a, given: {action: x, now: noon}, expect: {verdict: allowed}}",
            3,
            39,
            "not a time",
            "zone",
        ),
    ],
)
def test_a_wrong_case_says_its_place_and_its_remedy(
    text: str, line: int, column: int, what: str, remedy: str
) -> None:
    with pytest.raises(LawError) as caught:
        cases(text + "\n")
    first = caught.value.problems[0]
    assert (first.place.line, first.place.column) == (line, column)
    assert what in first.what
    assert remedy in first.remedy


@pytest.mark.parametrize(
    "given",
    [
        "confidence: .nan",
        "confidence: .inf",
        "confidence: 1e999",
        "confidence: 1:30",
        "pods: 99999999999999999999999999",
        "pods: 9223372036854775808",
        "pods: -2",
        "pods: 1:30",
        "pods: 0x10",
        "pods: 0o17",
        "pods: 010",
        "pods: 1_000",
        "pods: 3.0",
        "pods: yes",
        "target_name: 2026-01-01",
        "target_name: 0123",
        "target_name: no",
        "labels: {a: null}",
        "labels: {1: a}",
        "labels: {a: [1]}",
        "name_words: [1, {a: b}]",
        "undo: 3",
        "in_freeze: 'true'",
        "arguments: {1: 2}",
    ],
)
def test_a_value_that_no_step_could_have_is_told_with_its_place(given: str) -> None:
    with pytest.raises(LawError) as caught:
        cases(f"  - {{name: a, given: {{action: x, {given}}}, expect: {{verdict: allowed}}}}\n")
    (only,) = caught.value.problems
    assert (only.place.line, only.place.column) == (3, 36 + given.index(":"))
    assert "write " in only.remedy
    assert "datetime" not in only.what


def test_what_stands_there_is_shown_in_one_short_line() -> None:
    with pytest.raises(LawError) as caught:
        cases(f"  - {{name: a, given: {{action: x, pods: {'x' * 5000}}}, expect: {{verdict: allowed}}}}\n")
    assert len(caught.value.problems[0].what) < 150


SHIPPED_CASES = sorted(SHIPPED.parent.glob("*.cases.yaml"))


def put_to_cases(file: Path) -> tuple[tuple[str, ...], tuple[Tried, ...]]:
    (text,) = read_files([file])
    made = read_cases(text, PROFILES)
    law = LawSource(profile=made.profile).read().law
    results = tried(law, made.cases)
    return never_matched(law, results), results


@pytest.mark.parametrize("file", SHIPPED_CASES, ids=lambda file: file.name)
def test_the_shipped_law_and_its_profiles_hold_in_every_case(file: Path) -> None:
    _, results = put_to_cases(file)
    assert [(one.case.name, one.differences) for one in results if not one.passed] == []


def test_every_shipped_rule_is_touched_by_a_case() -> None:
    untouched = [set(put_to_cases(file)[0]) for file in SHIPPED_CASES]
    assert set.intersection(*untouched) == set()


def test_every_profile_has_cases() -> None:
    assert {read_cases(read_files([file])[0], PROFILES).profile for file in SHIPPED_CASES} == set(PROFILES)


def test_a_profile_is_nowhere_looser_than_the_law_it_lies_over() -> None:
    default = LawSource().read().law
    every = [case for file in SHIPPED_CASES for case in read_cases(read_files([file])[0], PROFILES).cases]
    for profile in PROFILES:
        tight = LawSource(profile=profile).read().law
        for loose, strict in zip(tried(default, every), tried(tight, every), strict=True):
            assert strict.found.verdict.strictness >= loose.found.verdict.strictness
