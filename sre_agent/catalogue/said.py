"""Rules that a pattern of words makes: who says it, or whom it is said of, is blamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Finder, Lead
from sre_agent.catalogue.dependencies import Blamed, blamed_for
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.roles import Role
from sre_agent.picture.world import Picture

OFTEN = 5


@dataclass(frozen=True)
class Words:
    """Words of programs that mean one cause. `but`: words beside which they mean something else."""

    cause: str
    pattern: re.Pattern[str]
    says: str
    weight: float = STRONG
    but: re.Pattern[str] | None = None

    def heard(self, picture: Picture) -> list[Heard]:
        found = heard(picture, self.pattern)
        return [one for one in found if self.but is None or not self.but.search(one[0].text)]


def pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.I)


def belief(found: list[Heard], weight: float) -> float:
    """Less where it was usual or is over; a little more where it is said again and again."""
    return weight - least_doubt(found) + (SLIGHT / 2 if sum(one[0].count for one in found) >= OFTEN else 0.0)


def of_speaker(words: Words) -> Finder:
    """The one who says it has the fault."""

    def find(picture: Picture) -> Iterable[Lead]:
        for ref, found in by_speaker(words.heard(picture)).items():
            yield Lead(
                cause=words.cause,
                entity=ref,
                weight=belief(found, words.weight),
                statement=f"{ref} {words.says}: {shortly(found[-1])}",
                citations=quotes(found),
            )

    return find


Weigh = Callable[[Picture, Blamed], float]


def of_dependency(words: Words, role: Role, more: Weigh | None = None) -> Finder:
    """The dependency of that role, named in the words or the only one there is, has the fault."""

    def find(picture: Picture) -> Iterable[Lead]:
        for blamed in blamed_for(picture, words.heard(picture), role):
            yield dependency_lead(picture, words, blamed, more(picture, blamed) if more else 0.0)

    return find


def dependency_lead(picture: Picture, words: Words, blamed: Blamed, more: float = 0.0) -> Lead:
    """Several callers that say the same, or its own word for it, weigh more than one caller's."""
    wide = FAIR if blamed.own_words else SLIGHT if len(blamed.callers) > 1 else 0.0
    heard_by = f" ({len(blamed.callers)} callers say so)" if len(blamed.callers) > 1 else ""
    return Lead(
        cause=words.cause,
        entity=blamed.ref,
        weight=belief(blamed.heard, words.weight) + wide + more,
        statement=f"{blamed.told()} {words.says}{heard_by}: {shortly(blamed.heard[-1])}",
        citations=blamed.quotes(),
        hints={} if blamed.workload else {"callers": [one.name for one in blamed.callers]},
    )
