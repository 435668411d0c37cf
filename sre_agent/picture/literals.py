"""Which plain words every match of a pattern must contain, so that texts without them need not be searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Strings = frozenset[str]
MOST = 24
"""Alternatives of one stretch of a pattern that are still written out."""
SHORTEST = 3
"""Shorter words stand in nearly every text and would spare nothing."""
_EMPTY: Strings = frozenset({""})
_SAME_LETTER = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s"})
"""Letters beyond ASCII that `re` takes, where case is ignored, for one of ASCII, and `str.lower` does not."""
_ZERO_WIDTH = (op.AT, op.ASSERT, op.ASSERT_NOT)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def folded(text: str) -> str:
    """The text with case left out as a pattern may leave it out: what stands in a text stands, folded, in it folded."""
    return text.lower() if text.isascii() else text.translate(_SAME_LETTER).lower()


@cache
def needed_words(pattern: re.Pattern[str], shortest: int = SHORTEST) -> Strings:
    """Folded words of which every text that the pattern matches has one; empty where nothing can be promised."""
    found = _needed(parser.parse(pattern.pattern, pattern.flags))
    return found if found and _worth(found) >= shortest else frozenset()


class Sieve:
    """A pattern that is searched in many texts, of which few have its words."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._pattern = re.compile(pattern, flags)
        self._words = tuple(needed_words(self._pattern)) or ("",)

    def search(self, text: str) -> re.Match[str] | None:
        """As the pattern's own, and at a glance where the text has none of the words."""
        plain = folded(text)
        for word in self._words:
            if word in plain:
                return self._pattern.search(text)
        return None


def _needed(items: Iterable[tuple[Any, Any]]) -> Strings | None:
    """The best of what a sequence needs: a stretch of plain letters, or what one of its parts needs."""
    candidates: list[Strings] = []
    stretch = _EMPTY
    for item in items:
        exact = _exact(item)
        if exact is not None and len(stretch) * len(exact) <= MOST:
            stretch = _joined(stretch, exact)
            continue
        candidates += [stretch, _needed_of(item) or _EMPTY]
        stretch = exact or _EMPTY
    best = max([*candidates, stretch], key=lambda one: (_worth(one), -len(one)))
    return best if _worth(best) else None


def _worth(words: Strings) -> int:
    return min(map(len, words), default=0)


def _joined(left: Strings, right: Strings) -> Strings:
    return frozenset(start + end for start, end in product(left, right))


def _needed_of(item: tuple[Any, Any]) -> Strings | None:
    kind, told = item
    if kind is op.BRANCH:
        several = [_needed(branch) for branch in told[1]]
        return None if None in several else frozenset().union(*(one for one in several if one))
    if kind is op.SUBPATTERN:
        return _needed(told[3])
    if kind is op.ATOMIC_GROUP:
        return _needed(told)
    if kind in _REPEATS and told[0] > 0:
        return _needed(told[2])
    return None


def _exact(item: tuple[Any, Any]) -> Strings | None:
    """All that a part of a pattern can match, in lower case; nothing where that is much or unknown."""
    kind, told = item
    if kind in _ZERO_WIDTH:
        return _EMPTY
    if kind is op.LITERAL:
        return _letters([told])
    if kind is op.IN:
        return _letters([value for what, value in told if what is op.LITERAL]) if _is_plain(told) else None
    if kind is op.BRANCH:
        return _union([_exact_of(branch) for branch in told[1]])
    if kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return _exact_of(told[3] if kind is op.SUBPATTERN else told)
    if kind in _REPEATS and told[1] == 1:
        once = _exact_of(told[2])
        return once if told[0] or once is None else once | _EMPTY
    return None


def _is_plain(told: Sequence[tuple[Any, Any]]) -> bool:
    return all(what is op.LITERAL for what, _ in told)


def _letters(codes: Sequence[int]) -> Strings | None:
    """Beyond ASCII there is more than one way to ignore case, so nothing is promised of it."""
    return frozenset(chr(code).lower() for code in codes) if all(code < 128 for code in codes) else None


def _exact_of(items: Iterable[tuple[Any, Any]]) -> Strings | None:
    found = _EMPTY
    for item in items:
        exact = _exact(item)
        if exact is None or len(found) * len(exact) > MOST:
            return None
        found = _joined(found, exact)
    return found


def _union(several: Sequence[Strings | None]) -> Strings | None:
    if any(one is None for one in several):
        return None
    found: Strings = frozenset().union(*(one for one in several if one is not None))
    return found if len(found) <= MOST else None
