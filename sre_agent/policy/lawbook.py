"""The law as it is held in memory: kinds of action, freezes and rules, with one digest over all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from sre_agent.domain.frozen import JsonObject, digest_of
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Autonomy, Role, Verdict
from sre_agent.policy.expressions import Condition
from sre_agent.policy.freezes import Freeze
from sre_agent.policy.problems import Place

UNKNOWN_ACTION: Final = "unknown-action"
SILENCE: Final = "silence"
AUTONOMY_DEFAULT: Final = "autonomy-default"
TRUST_LADDER: Final = "trust-ladder"
RESERVED: Final = frozenset({UNKNOWN_ACTION, SILENCE, AUTONOMY_DEFAULT, TRUST_LADDER})
"""Names the engine itself signs with; no rule may carry them."""

_CLOCK: Final = re.compile(r"\b(hour|weekday)\b")
NOWHERE: Final = Place("", 0, 0)


class Covers(StrEnum):
    """What a rule speaks about: steps forward, or taking done steps back."""

    STEPS = "steps"
    UNDOS = "undos"


@dataclass(frozen=True)
class Terms:
    """Who must say yes, how many of them, and for how long a yes stands."""

    roles: tuple[Role, ...] = (Role.APPROVER,)
    people: int = 1
    expires: timedelta = timedelta(hours=1)
    self_approval: bool = True
    """Whether a person who asked for the plan may also say yes to it."""

    @property
    def rank(self) -> int:
        """The lowest rank that suffices."""
        return min(role.rank for role in self.roles)

    @property
    def written(self) -> JsonObject:
        return {
            "roles": [role.value for role in self.roles],
            "people": self.people,
            "expires_seconds": self.expires.total_seconds(),
            "self_approval": self.self_approval,
        }


@dataclass(frozen=True)
class Rule:
    id: str
    when: Condition
    verdict: Verdict
    reason: str
    terms: Terms
    covers: frozenset[Covers] = frozenset({Covers.STEPS})
    place: Place = NOWHERE

    @property
    def written(self) -> JsonObject:
        return {
            "id": self.id,
            "when": self.when.text,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "terms": self.terms.written,
            "covers": [about.value for about in Covers if about in self.covers],
        }


@dataclass(frozen=True)
class Level:
    """A clause of autonomy: the level of every target for which its condition holds."""

    id: str
    when: Condition
    level: Autonomy
    reason: str
    place: Place = NOWHERE

    @property
    def written(self) -> JsonObject:
        return {"id": self.id, "when": self.when.text, "level": self.level.value, "reason": self.reason}


@dataclass(frozen=True)
class Law:
    """Everything that decides a verdict. `actions`: kind of action → the `server/tool`s that may carry it out."""

    actions: Mapping[str, frozenset[str]]
    freezes: tuple[Freeze, ...]
    rules: tuple[Rule, ...]
    terms: Terms
    levels: tuple[Level, ...] = ()
    autonomy: Autonomy = Autonomy.ACT
    """The level where no clause speaks."""

    @cached_property
    def digest(self) -> Digest:
        """Equal laws have equal digests; comments and layout do not count."""
        return Digest(
            digest_of(
                {
                    "actions": {name: [*sorted(tools)] for name, tools in self.actions.items()},
                    "freezes": [str(freeze) for freeze in self.freezes],
                    "rules": [rule.written for rule in self.rules],
                    "terms": self.terms.written,
                    "levels": [level.written for level in self.levels],
                    "autonomy": self.autonomy.value,
                }
            )
        )

    @cached_property
    def looks_at_the_clock(self) -> bool:
        """Whether a condition speaks of the hour or the day of the week, and may turn at any full hour."""
        conditions = [*(rule.when.text for rule in self.rules), *(level.when.text for level in self.levels)]
        return any(_CLOCK.search(text) for text in conditions)

    @cached_property
    def tools(self) -> frozenset[str]:
        """Every tool that some kind of action may use."""
        return frozenset(tool for tools in self.actions.values() for tool in tools)
