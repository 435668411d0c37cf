"""Some 180 rules over exporters of many makers: each finds the object that an engineer would name, and wakes whom they would."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from intake_builders import alert

from sre_agent.domain.evidence import Specialist
from sre_agent.intake.payload import Delivery
from sre_agent.intake.routing import Routed, routed
from sre_agent.intake.settings import IntakeSettings
from sre_agent.signals.promql import parsed

_WOKEN = {"K": Specialist.KUBERNETES, "L": Specialist.LOGS, "G": Specialist.GITHUB}
_ALWAYS = {Specialist.METRICS, Specialist.RUNBOOKS}
_PERHAPS = {Specialist.KUBERNETES, Specialist.LOGS, Specialist.GITHUB}


class Rule(NamedTuple):
    expression: str
    labels: dict[str, str]
    entity: str
    woken: str


def _rule(line: str) -> Rule:
    expression, labels, entity, woken = (part.strip() for part in line.split(" ;; "))
    pairs = (pair.split("=", 1) for pair in labels.split(",") if labels != "-")
    return Rule(expression, dict(pairs), entity, woken)


_TEXT = (Path(__file__).parent / "rules_people_run.txt").read_text("utf-8")
RULES = [_rule(line) for line in _TEXT.splitlines() if line and not line.startswith("#")]


def _route(rule: Rule) -> Routed:
    plain = alert("Home-made", expression=quote(rule.expression))
    one = plain.model_copy(update={"labels": {"team": "sre", **plain.labels, **rule.labels}})
    return routed(Delivery(alerts=(one,)), IntakeSettings())


def _queries(found: Routed) -> list[str]:
    return [lead.query for lead in found.queries if lead.specialist is Specialist.METRICS]


def _named(rule: Rule, found: Routed) -> bool:
    if rule.entity != "*":
        return (str(found.entity) if found.entity else "-") == rule.entity
    return found.entity is not None and any(found.entity.name in value for value in rule.labels.values())


def test_each_finds_the_object_that_an_engineer_would_name() -> None:
    found = [(rule, _route(rule)) for rule in RULES]
    assert [(rule, each.entity) for rule, each in found if not _named(rule, each)] == []


def test_each_wakes_whom_an_engineer_would() -> None:
    for rule in RULES:
        woken = set(_route(rule).specialists)
        assert woken >= _ALWAYS
        assert woken & _PERHAPS == {_WOKEN[letter] for letter in rule.woken.strip("-")}, rule


def test_its_first_queries_are_promql_about_the_rule_and_about_what_stands_beside() -> None:
    for rule in RULES:
        queries = _queries(_route(rule))
        assert all(parsed(query) for query in queries)
        own = _metrics_in(rule.expression)
        assert not own or any(name in query for name in own for query in queries), rule
        assert any(not own & set(re.findall(r"[\w:]+", query)) for query in queries), rule


def _metrics_in(expression: str) -> set[str]:
    """By a simple rule of its own: names with an underscore that are no function's and no label's."""
    labels = r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"|\b(?:by|on|without|ignoring)\s*\([^)]*\)"
    bare = re.sub(r"\w+\(", "(", re.sub(labels, " ", expression))
    return set(re.findall(r"\b[A-Za-z_:][\w:]*_[\w:]+\b|\bup\b", bare))


def test_its_queries_hold_no_label_that_the_rule_added_and_no_value_it_does_not_tell() -> None:
    for rule in RULES:
        for query in _queries(_route(rule)):
            assert 'team="' not in query
            for value in re.findall(r'\w+=~?"((?:[^"\\]|\\.)*)"', query):
                stem = value.replace("\\\\", "\\").removesuffix("-.*").replace("\\", "")
                told = any(each.startswith(stem) for each in rule.labels.values())
                assert told or f'"{value}"' in rule.expression, query
