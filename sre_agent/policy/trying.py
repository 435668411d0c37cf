"""A law put to its test cases: what each case's situation is, what the law says of it, and where that is not as expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

from sre_agent.policy.casework import Case, Expected, Given
from sre_agent.policy.judging import Finding, weigh
from sre_agent.policy.lawbook import Law
from sre_agent.policy.variables import (
    ASKED_BY_ROLLBACK,
    TIER_LABELS,
    VARIABLES,
    WEEKDAYS,
    Situation,
    Value,
    blank,
    words_of,
)


@dataclass(frozen=True)
class Tried:
    """One case, what the law said, and every difference as (what, expected, found)."""

    case: Case
    found: Finding
    differences: tuple[tuple[str, str, str], ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def tried(law: Law, cases: Iterable[Case]) -> tuple[Tried, ...]:
    return tuple(_tried(law, case) for case in cases)


def never_matched(law: Law, results: Iterable[Tried]) -> tuple[str, ...]:
    """Rules and levels that no case touches: nobody would notice if they said something else."""
    seen = {name for each in results for name in each.found.matched}
    seen |= {each.found.autonomy_by for each in results}
    every = [*(rule.id for rule in law.rules), *(level.id for level in law.levels)]
    return tuple(name for name in every if name not in seen)


def _tried(law: Law, case: Case) -> Tried:
    found = weigh(law, situation_of(law, case.given), undo=case.given.undo)
    return Tried(case, found, tuple(_differences(case.expected, found)))


def situation_of(law: Law, given: Given) -> Situation:
    """Every variable: as given, else as it follows from what is given, else the plain value of a harmless step."""
    usual = {one.name: blank(one.type) if one.plain is None else one.plain for one in VARIABLES}
    return {**usual, **_following(law, {**usual, **given.values}, given), **given.values}


def _following(law: Law, known: Mapping[str, Value], given: Given) -> dict[str, Value]:
    labels, space = known["labels"], known["namespace_labels"]
    tiers = [str(where[name]) for where in (labels, space) if isinstance(where, dict)
             for name in TIER_LABELS if where.get(name)]  # fmt: skip
    server, tool = _tool(law, str(known["action"]))
    return {
        "server": server,
        "tool": tool,
        "service": known["target_name"],
        "name_words": words_of(str(known["target_name"])),
        "tier": tiers[0] if tiers else "",
        "environment_known": bool(given.values.get("environment", True)),
        "asked_by": ASKED_BY_ROLLBACK if given.undo else known["asked_by"],
        **_at_the_time(law, str(known["environment"]), given),
    }


def _tool(law: Law, action: str) -> tuple[str, str]:
    """The one tool that carries this action out; nothing where there are several or none."""
    tools = sorted(law.actions.get(action, ()))
    server, _, tool = tools[0].partition("/") if len(tools) == 1 else ("", "", "")
    return server, tool


def _at_the_time(law: Law, environment: str, given: Given) -> dict[str, Value]:
    if given.now is None:
        return {"in_freeze": bool(given.values.get("freezes"))}
    now = given.now.astimezone(UTC)
    freezes = [freeze.id for freeze in law.freezes if freeze.holds(now, environment)]
    return {
        "hour": now.hour,
        "weekday": WEEKDAYS[now.weekday()],
        "freezes": freezes,
        "in_freeze": bool(freezes),
    }


def _differences(expected: Expected, found: Finding) -> Iterable[tuple[str, str, str]]:
    terms = found.terms
    pairs: list[tuple[str, object, object]] = [
        ("verdict", expected.verdict, found.verdict),
        ("rule", expected.rule, found.rule),
        ("autonomy", expected.autonomy, found.autonomy),
        ("roles", expected.roles, tuple(terms.roles) if terms else ()),
        ("people", expected.people, terms.people if terms else 0),
        ("expires", expected.expires, terms.expires if terms else None),
        ("self_approval", expected.self_approval, terms.self_approval if terms else True),
    ]
    for what, wanted, got in pairs:
        if wanted is not None and wanted != got:
            yield what, _words(wanted), _words(got)
    for name in expected.matched:
        if name not in found.matched:
            yield "matched", name, ", ".join(found.matched)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nobody"
    return {True: "permitted", False: "forbidden"}[value] if isinstance(value, bool) else str(value)
