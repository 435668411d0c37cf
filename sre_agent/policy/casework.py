"""Test cases of a law: a situation given by the law's own variables, and the verdict that is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import yaml

from sre_agent.domain.law import Autonomy, Role, Verdict
from sre_agent.policy.case_values import value_of
from sre_agent.policy.places import Reader, near
from sre_agent.policy.problems import LawError, Place, Problem
from sre_agent.policy.reading import LawFile
from sre_agent.policy.variables import VARIABLES, Type, Value

MOMENT: Final = "now"
UNDO: Final = "undo"
_TYPES: Final = {variable.name: variable.type for variable in VARIABLES}
_EXPECT: Final = ("rule", "matched", "autonomy", "roles", "people", "expires", "self_approval")


@dataclass(frozen=True)
class Given:
    """What a case says of the world: variables by name, the time, and whether a step is taken back."""

    values: Mapping[str, Value]
    now: datetime | None = None
    undo: bool = False

    def over(self, common: Given) -> Given:
        values = {**common.values, **self.values}
        return Given(values, self.now or common.now, self.undo or common.undo)


@dataclass(frozen=True)
class Expected:
    """What is not named (none) is not looked at."""

    verdict: Verdict
    rule: str | None = None
    matched: tuple[str, ...] = ()
    autonomy: Autonomy | None = None
    roles: tuple[str, ...] | None = None
    people: int | None = None
    expires: timedelta | None = None
    self_approval: bool | None = None


@dataclass(frozen=True)
class Case:
    name: str
    given: Given
    expected: Expected
    place: Place


@dataclass(frozen=True)
class CaseFile:
    """The cases of one file; `law` names the law's files beside it (none: all of its folder), `profile` what lies over."""

    law: tuple[str, ...]
    profile: str
    cases: tuple[Case, ...]


def read_cases(file: LawFile, profiles: tuple[str, ...]) -> CaseFile:
    """Raises LawError with every mistake, each with place and remedy."""
    reader = Reader(file.name)
    made = _file(reader, file.text, profiles)
    if reader.problems or made is None:
        start = Problem(Place(file.name, 1, 1), "the file has no cases", "write some under `cases:`")
        raise LawError(tuple(reader.problems) or (start,))
    return made


def _file(reader: Reader, text: str, profiles: tuple[str, ...]) -> CaseFile | None:
    root = reader.document(text, holds="cases")
    if root is None:
        return None
    fields = reader.fields(root, required=("version", "cases"), optional=("name", "law", "profile", "given"))
    if "version" in fields:
        reader.whole(fields["version"], least=1, most=1)
    law = reader.texts(fields["law"]) if "law" in fields else []
    profile = reader.choice(fields["profile"], profiles) if "profile" in fields else None
    common = _given(reader, fields["given"]) if "given" in fields else Given({})
    nodes = reader.items(fields["cases"]) if "cases" in fields else []
    cases = [case for node in nodes if (case := _case(reader, node, common)) is not None]
    return CaseFile(tuple(law), profile or profiles[0], tuple(cases)) if cases else None


def _case(reader: Reader, node: yaml.Node, common: Given) -> Case | None:
    fields = reader.fields(node, required=("name", "given", "expect"))
    if len(fields) < 3:
        return None
    name, given = reader.text(fields["name"]), _given(reader, fields["given"]).over(common)
    expected = _expected(reader, fields["expect"])
    if "action" not in given.values:
        reader.complain(fields["given"], "the case names no action", "add `action: …` to what is given")
    return Case(name, given, expected, reader.place(node)) if name and expected else None


def _given(reader: Reader, node: yaml.Node) -> Given:
    values: dict[str, Value] = {}
    now, undo = None, False
    for key, name, value in reader.pairs(node):
        if name == MOMENT:
            now = reader.moment(value)
        elif name == UNDO:
            undo = value_of(reader, value, Type.BOOL) is True
        elif name not in _TYPES:
            remedy = near(
                name, [*_TYPES, MOMENT, UNDO], "the variables of the law, `now` and `undo` stand here"
            )
            reader.complain(key, f"the law has no variable {name!r}", remedy)
        elif (found := value_of(reader, value, _TYPES[name])) is not None:
            values[name] = found
    return Given(values, now, undo)


def _expected(reader: Reader, node: yaml.Node) -> Expected | None:
    fields = reader.fields(node, required=("verdict",), optional=_EXPECT)
    verdict = reader.choice(fields["verdict"], tuple(Verdict)) if "verdict" in fields else None
    level = reader.choice(fields["autonomy"], tuple(Autonomy)) if "autonomy" in fields else None
    own = (
        reader.choice(fields["self_approval"], ("permitted", "forbidden"))
        if "self_approval" in fields
        else None
    )
    if verdict is None:
        return None
    return Expected(
        verdict=Verdict(verdict),
        rule=reader.text(fields["rule"]) if "rule" in fields else None,
        matched=tuple(reader.texts(fields["matched"])) if "matched" in fields else (),
        autonomy=Autonomy(level) if level else None,
        roles=reader.choices(fields["roles"], tuple(Role)) if "roles" in fields else None,
        people=reader.whole(fields["people"], least=1, most=10) if "people" in fields else None,
        expires=reader.duration(fields["expires"]) if "expires" in fields else None,
        self_approval=own == "permitted" if own else None,
    )
