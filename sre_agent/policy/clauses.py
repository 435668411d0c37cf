"""The clauses of a law file: terms of approval, freezes and rules, each read from its YAML node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import yaml

from sre_agent.domain.law import Autonomy, Role, Verdict
from sre_agent.policy import sentences
from sre_agent.policy.expressions import Bindings, Condition, ExpressionError, Puzzle
from sre_agent.policy.freezes import Between, Freeze, Weekly
from sre_agent.policy.lawbook import RESERVED, Covers, Level, Rule, Terms
from sre_agent.policy.places import Reader
from sre_agent.policy.positions import position
from sre_agent.policy.variables import VARIABLES, WEEKDAYS, Situation, blank

MOST_PEOPLE: Final = 10
TERMS: Final = ("roles", "people", "expires", "self_approval")
_SAYING_YES: Final = tuple(role.value for role in Role if role is not Role.VIEWER)
_SELF_APPROVAL: Final = ("permitted", "forbidden")
_LEVELS: Final = tuple(level.value for level in Autonomy)
_VERDICTS: Final = tuple(verdict.value for verdict in Verdict)
_COVERS: Final = tuple(covers.value for covers in Covers)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")

Fields = dict[str, yaml.Node]


def read_terms(reader: Reader, fields: Fields, default: Terms) -> Terms:
    """Who must say yes: what these fields say, and for the rest the default."""
    terms = default
    if "roles" in fields:
        roles = reader.choices(fields["roles"], _SAYING_YES)
        terms = replace(terms, roles=tuple(map(Role, roles)) or terms.roles)
    if "people" in fields:
        people = reader.whole(fields["people"], least=1, most=MOST_PEOPLE)
        terms = replace(terms, people=people or terms.people)
    if "expires" in fields:
        terms = replace(terms, expires=reader.duration(fields["expires"]) or terms.expires)
    if "self_approval" in fields:
        said = reader.choice(fields["self_approval"], _SELF_APPROVAL)
        terms = replace(terms, self_approval=said != "forbidden")
    return terms


def read_freeze(reader: Reader, node: yaml.Node, ids: set[str]) -> Freeze | None:
    fields = reader.fields(node, required=("id", "reason"), optional=("environments", "weekly", "between"))
    name, reason = _id(reader, fields, ids), _text(reader, fields, "reason")
    environments = reader.texts(fields["environments"]) if "environments" in fields else []
    if ("weekly" in fields) == ("between" in fields):
        reader.complain(node, "the freeze does not say when", "give it `weekly:` or `between:`, not both")
        return None
    when = _weekly(reader, fields["weekly"]) if "weekly" in fields else _between(reader, fields["between"])
    if name is None or reason is None or when is None:
        return None
    return Freeze(name, reason, tuple(environments), when)


def _weekly(reader: Reader, node: yaml.Node) -> Weekly | None:
    fields = reader.fields(node, required=("days", "from", "to"))
    if len(fields) < 3:
        return None
    days = reader.choices(fields["days"], WEEKDAYS)
    start, end = reader.clock(fields["from"]), reader.clock(fields["to"])
    if start is None or end is None:
        return None
    if start == end:
        reader.complain(node, "it begins and ends at the same time", "a whole day is from 00:00 to 23:59")
    return Weekly(days, start, end)


def _between(reader: Reader, node: yaml.Node) -> Between | None:
    fields = reader.fields(node, required=("start", "end"))
    if len(fields) < 2:
        return None
    start, end = reader.moment(fields["start"]), reader.moment(fields["end"])
    if start is None or end is None:
        return None
    if start >= end:
        reader.complain(node, "it ends before it begins", "put the earlier time under `start`")
    return Between(start, end)


def read_rule(reader: Reader, node: yaml.Node, source: str, ids: set[str], terms: Terms) -> Rule | None:
    """`source` is the text of the file, to find the place of a mistake inside a condition."""
    fields = reader.fields(node, required=("id", "when", "verdict", "reason"), optional=("covers", *TERMS))
    name, reason = _id(reader, fields, ids), _reason(reader, fields)
    when = _condition(reader, fields["when"], source) if "when" in fields else None
    verdict = reader.choice(fields["verdict"], _VERDICTS) if "verdict" in fields else None
    _terms_without_question(reader, fields, verdict)
    own = read_terms(reader, fields, terms)
    covers = _covers(reader, fields)
    if name is None or reason is None or when is None or verdict is None:
        return None
    return Rule(name, when, Verdict(verdict), reason, own, covers, reader.place(node))


def read_level(reader: Reader, node: yaml.Node, source: str, ids: set[str]) -> Level | None:
    """A clause of autonomy; `source` as for a rule."""
    fields = reader.fields(node, required=("id", "when", "level", "reason"))
    name, reason = _id(reader, fields, ids), _reason(reader, fields)
    when = _condition(reader, fields["when"], source) if "when" in fields else None
    level = reader.choice(fields["level"], _LEVELS) if "level" in fields else None
    if name is None or reason is None or when is None or level is None:
        return None
    return Level(name, when, Autonomy(level), reason, reader.place(node))


def read_default_level(reader: Reader, node: yaml.Node) -> Autonomy | None:
    level = reader.choice(node, _LEVELS)
    return Autonomy(level) if level is not None else None


def _covers(reader: Reader, fields: Fields) -> frozenset[Covers]:
    named: Sequence[str] = reader.choices(fields["covers"], _COVERS) if "covers" in fields else ()
    return frozenset(map(Covers, named)) or frozenset({Covers.STEPS})


def _terms_without_question(reader: Reader, fields: Fields, verdict: str | None) -> None:
    if verdict is None or verdict == Verdict.NEEDS_APPROVAL:
        return
    for extra in (key for key in TERMS if key in fields):
        remedy = "take it out, or make the verdict needs_approval"
        reader.complain(fields[extra], f"{extra!r} means nothing where nobody is asked", remedy)


def _id(reader: Reader, fields: Fields, ids: set[str]) -> str | None:
    name = _text(reader, fields, "id")
    if name is None:
        return None
    if not _NAME.fullmatch(name):
        reader.complain(fields["id"], f"{name!r} is not an id", "use a-z, 0-9, - and _")
    elif name in RESERVED:
        reader.complain(fields["id"], f"{name!r} is the engine's own", "choose another id")
    elif name in ids:
        reader.complain(fields["id"], f"the id {name!r} is used twice", "give each its own")
    ids.add(name)
    return name


def _text(reader: Reader, fields: Fields, key: str) -> str | None:
    return reader.text(fields[key]) if key in fields else None


def _reason(reader: Reader, fields: Fields) -> str | None:
    reason = _text(reader, fields, "reason")
    if reason is None:
        return None
    try:
        sentences.check(reason)
    except sentences.SentenceError as problem:
        names = ", ".join(variable.name for variable in VARIABLES)
        reader.complain(fields["reason"], str(problem), f"braces may hold {names}")
    return " ".join(reason.split())


def _condition(reader: Reader, node: yaml.Node, source: str) -> Condition | None:
    text = node.value if _is_plain_bool(node) else reader.text(node)
    if text is None:
        return None
    try:
        condition = Condition(text)
    except ExpressionError as problem:
        line, column = position(node, source, line=problem.line, column=problem.column)
        reader.complain(node, problem.what, problem.remedy, line=line, column=column)
        return None
    _try(reader, condition, node)
    return condition


def _is_plain_bool(node: yaml.Node) -> bool:
    """`when: true` is meant as the expression `true`, though YAML reads it as a boolean."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("true", "false")


def _try(reader: Reader, condition: Condition, node: yaml.Node) -> None:
    """A condition that has no answer for a step without labels would deny every such step: say so at load."""
    answer = condition.holds(Bindings(_blank_situation()))
    if isinstance(answer, Puzzle):
        remedy = "guard it, as in 'tier' in labels && labels['tier'] == 'gold'"
        reader.complain(node, f"it has no answer for a step without labels ({answer.why})", remedy)


def _blank_situation() -> Situation:
    return {variable.name: blank(variable.type) for variable in VARIABLES}
