"""Many texts, in which a pattern is searched only where the words stand that it needs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from sre_agent.picture.literals import folded, needed_words

Found = Mapping[str, "re.Match[str]"]


FEW = 30
"""So many are searched sooner than it is worked out, once in a process, which words a pattern needs."""


class Wordbook:
    """Distinct texts, one after the other in one string: a word that is nowhere is ruled out for all at once."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(dict.fromkeys(texts))
        self._starts: list[int] = []
        parts, length = [], 0
        for text in self._texts:
            self._starts.append(length)
            parts.append(folded(text))
            length += len(parts[-1]) + 1
        self._all = "\n".join(parts)
        self._known: dict[re.Pattern[str], Found] = {}

    def found(self, pattern: re.Pattern[str]) -> Found:
        """Text → its first match, for every text that has one."""
        if pattern not in self._known:
            words = needed_words(pattern) if len(self._texts) > FEW else ()
            texts = self._having(words) if words else self._texts
            self._known[pattern] = {text: match for text in texts if (match := pattern.search(text))}
        return self._known[pattern]

    def _having(self, words: Iterable[str]) -> list[str]:
        places: set[int] = set()
        for word in words:
            at = self._all.find(word)
            while at >= 0:
                place = bisect_right(self._starts, at) - 1
                places.add(place)
                following = place + 1
                at = self._all.find(word, self._starts[following]) if following < len(self._starts) else -1
        return [self._texts[place] for place in sorted(places)]
