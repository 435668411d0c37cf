"""Ranks changes: a change that came after the trouble is innocent, one that cannot reach it almost, one that nothing ties to it unlikely."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sre_agent.signals.changes.symptoms import Symptoms, plain_name
from sre_agent.signals.changes.touch import changed_text, concerns_of, weight_of, words_in

LEAST_BLAME: Final = 0.17
"""Below this score nothing ties the best change to what fails."""
_GRACE: Final = timedelta(seconds=90)
"""Clocks and scrape intervals differ by so much."""
_SOON, _LATER = timedelta(minutes=45), timedelta(hours=6)
_BY_HOPS: Final = (1.0, 0.85, 0.7, 0.6, 0.5)
_CALLER: Final = 0.5
_NOWHERE: Final = 0.08
_NAMELESS: Final = 0.6
_SAYING_NOTHING: Final = 0.4
"""What is left of a change whose words are not those of the trouble: most releases say no more than their number."""
_ALIKE: Final = 0.5


@dataclass(frozen=True)
class Why:
    """One reason; `excerpt` stands in `source`."""

    source: str
    excerpt: str
    says: str
    supports: bool = True


@dataclass(frozen=True)
class Weighed:
    """One change and how likely it brought the trouble about."""

    revision: str
    service: str | None
    score: float
    why: tuple[Why, ...]


@dataclass(frozen=True)
class Ranked:
    changes: tuple[Weighed, ...]
    none_to_blame: bool


def ranked(changes: Sequence[Mapping[str, Any]], edges: Sequence[tuple[str, str]], told: Symptoms) -> Ranked:
    """The most likely first; of equals the newest."""
    reach = _Reach(edges, told)
    rarity = _rarity(changes)
    weighed = [(_weigh(change, reach, told, rarity), str(change.get("at") or "")) for change in changes]
    weighed.sort(key=lambda each: each[1], reverse=True)
    weighed.sort(key=lambda each: -each[0].score)
    found = tuple(one for one, _ in weighed)
    return Ranked(found, not found or found[0].score < LEAST_BLAME)


def _weigh(change: Mapping[str, Any], reach: _Reach, told: Symptoms, rarity: Mapping[str, float]) -> Weighed:
    title, diff, kind = (str(change.get(key) or "") for key in ("title", "diff", "kind"))
    service = change.get("service") if isinstance(change.get("service"), str) else None
    timely, when = _timely(change.get("at"), told)
    near, where = reach.of(service, f"{title}\n{changed_text(diff)}")
    match, what = _match(f"{title}\n{changed_text(diff)}", told, rarity, reach.names)
    score = timely * near * (_SAYING_NOTHING + (1 - _SAYING_NOTHING) * match) * weight_of(kind, title, diff)
    why = [Why("changes.json", str(change.get("at") or ""), when, timely > 0.1)]
    why += [Why("changes.json", service or title, where, near > 0.3)]
    why += [Why(source, word, f"the change and {source} both speak of {word}") for source, word in what]
    return Weighed(
        str(change.get("revision") or ""), service, round(score, 6), tuple(one for one in why if one.excerpt)
    )


def _timely(at: Any, told: Symptoms) -> tuple[float, str]:
    try:
        when = datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    except ValueError:
        return 0.3, "its time is not known"
    if when.tzinfo is None:
        when = when.replace(tzinfo=told.since.tzinfo)
    before = told.since - when
    if before < -_GRACE:
        return 0.01, f"it came {_span(-before)} after the trouble began"
    before = max(before, timedelta())
    soon, later = math.exp(-(before / _SOON)), 1 / (1 + before / _LATER)
    return 0.6 * soon + 0.4 * later, f"it came {_span(before)} before the trouble began"


def _span(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


class _Reach:
    """How near a service is to what fails: itself, what it calls (its fault would be felt), what calls it."""

    def __init__(self, edges: Sequence[tuple[str, str]], told: Symptoms) -> None:
        self._told = told
        self._callees: defaultdict[str, set[str]] = defaultdict(set)
        self._known: set[str] = set(told.named) | set(told.measured)
        for caller, callee in edges:
            self._callees[plain_name(caller)].add(plain_name(callee))
            self._known |= {plain_name(caller), plain_name(callee)}
        self._hops = self._walk(told.named or {name for name, ill in told.ill.items() if ill > 0.6})
        self._callers = {caller for caller, callees in self._callees.items() if callees & told.named}
        self._blind = not self._known
        self.names = frozenset(word for name in self._known for word in words_in(name))

    def of(self, service: str | None, text: str) -> tuple[float, str]:
        """(0 to 1, in words). A change without a service is where its text says."""
        if service:
            return self._at(plain_name(service))
        spoken = words_in(text)
        places = [self._at(name) for name in sorted(self._known) if name in spoken or _stands_in(name, text)]
        return max(places, default=(_NAMELESS, "it names no service"), key=lambda each: each[0])

    def _at(self, name: str) -> tuple[float, str]:
        if self._blind:
            return _NAMELESS, "nothing tells which services fail"
        near, words = self._by_graph(name)
        ill = self._told.ill.get(name)
        if ill is None:
            return near, words
        if ill > 0.25:
            return max(near, 0.35 + 0.65 * ill), f"{words}; its own series went out of the usual"
        return near * (0.35 if ill < 0.05 else 0.6), f"{words}; its own series show little"

    def _by_graph(self, name: str) -> tuple[float, str]:
        hops = self._hops.get(name)
        if hops is not None:
            where = "it is what fails" if hops == 0 else f"what fails calls it ({hops} hops)"
            return _BY_HOPS[min(hops, len(_BY_HOPS) - 1)], where
        if name in self._callers:
            return _CALLER, "it calls what fails"
        return _NOWHERE, "no way leads from it to what fails"

    def _walk(self, start: frozenset[str] | set[str]) -> dict[str, int]:
        hops = dict.fromkeys(start, 0)
        ahead = sorted(start)
        for name in ahead:
            for callee in sorted(self._callees[name] - hops.keys()):
                hops[callee] = hops[name] + 1
                ahead.append(callee)
        return hops


def _rarity(changes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """1 for a word that one change alone says, less the more of them say it."""
    said: defaultdict[str, int] = defaultdict(int)
    for change in changes:
        for word in words_in(f"{change.get('title') or ''}\n{changed_text(str(change.get('diff') or ''))}"):
            said[word] += 1
    return {word: 1 / count for word, count in said.items()}


def _as_written(word: str, text: str) -> str:
    found = re.search(re.escape(word), text, re.IGNORECASE)
    return found[0] if found else word


def _stands_in(name: str, text: str) -> bool:
    """As a word: an `upgrade` is no change of `pg`."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text.lower()) is not None


def _match(
    text: str, told: Symptoms, rarity: Mapping[str, float], names: frozenset[str]
) -> tuple[float, list[tuple[str, str]]]:
    """(0 to 1, the rarest words that both say, with their source). Where it is has been counted: names of services say no more."""
    ours = words_in(text) - names
    shared: list[tuple[float, str, str]] = []
    trouble: set[str] = set()
    for source, said in told.words.items():
        theirs = words_in(said) - names
        trouble |= theirs
        shared += [(rarity.get(word, 1.0), source, _as_written(word, said)) for word in sorted(ours & theirs)]
    shared.sort(key=lambda each: (-each[0], each[2]))
    words = min(1.0, sum(weight for weight, _, _ in shared[:4]) / 3)
    alike = bool(concerns_of(ours) & concerns_of(frozenset(trouble)))
    return min(1.0, 0.7 * words + _ALIKE * alike), [(source, word) for _, source, word in shared[:3]]
