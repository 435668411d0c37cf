"""Ranks runbooks for words by BM25 (SQLite's FTS5): title and alert names weigh more than text."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from mcp_servers.notion.runbooks import Runbook
from mcp_servers.notion.words import (
    distinct,
    gist_words,
    parted,
    parts,
    same,
    searchable,
    speaks_of_another,
    stem,
    synonyms,
    words_of,
    words_of_labels,
)

_TITLE, _ALERTS, _TAGS, _TEXT = 6.0, 6.0, 3.0, 1.0
_LABELS_WEIGH: Final = 0.5
_MEASURED_WEIGH: Final = 0.2
_TERMS_WEIGH: Final = 0.5
"""What stands in the prose as one CamelCase word (`CrashLoopBackOff`) is a term of the field, and counts again."""
_SYNONYMS_WEIGH: Final = 0.25
_NAMED_EXACTLY: Final = 100.0
_EXCERPT_WORDS: Final = 32
_LOOKED_AT: Final = 50
"""Pages of which it is worth asking what they are about."""


@dataclass(frozen=True)
class Hit:
    page: Runbook
    score: float
    excerpt: str
    about: float = 1.0
    """How much the page is about what was asked (see `Index._about`); 1 where it bears the alert's name."""


@dataclass(frozen=True)
class Wanted:
    """What a runbook is looked for with."""

    query: str = ""
    alertname: str = ""
    labels: Mapping[str, str] | None = None
    measured: str = ""
    """Words of the metrics that the alert's rule reads."""
    gist: str = ""
    """The one sentence that says what is wrong."""


class Index:
    """An index in memory over a fixed set of pages. Used by one thread."""

    def __init__(self, pages: Sequence[Runbook]) -> None:
        self.pages = tuple(pages)
        self._by_id = {page.id: page for page in pages}
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(
            "CREATE VIRTUAL TABLE pages USING fts5(title, alerts, tags, text, parts, tokenize='porter unicode61')"
        )
        rows = (
            (
                place,
                searchable(page.title),
                searchable(" ".join(page.alerts)),
                searchable(page.tags),
                page.markdown,
                parts(page.markdown),
            )
            for place, page in enumerate(self.pages)
        )
        self._pages_with = Counter(
            word for page in self.pages for word in page_words(f"{page.title} {page.tags} {page.markdown}")
        )
        begun = Counter(self._subject(page) for page in self.pages)
        self._subjects = frozenset(word for word, times in begun.items() if times > 1)
        self._db.executemany(
            "INSERT INTO pages(rowid, title, alerts, tags, text, parts) VALUES (?, ?, ?, ?, ?, ?)", rows
        )

    def get(self, page_id: str) -> Runbook | None:
        return self._by_id.get(page_id)

    def search(self, wanted: Wanted, limit: int) -> list[Hit]:
        """The best pages first; a page that names the alert itself stands before all others.

        Without a name, words that pages share with any alert could carry the wrong one: a score counts for what it is about.
        """
        said = distinct([*words_of(wanted.alertname), *words_of(wanted.query)])
        labelled = [word for word in distinct(words_of_labels(wanted.labels or {})) if word not in said]
        scores: dict[int, float] = {}
        measured = [word for word in words_of(wanted.measured) if word not in said]
        for words, weight in (
            (said, 1.0),
            (labelled, _LABELS_WEIGH),
            (measured, _MEASURED_WEIGH),
            (words_of(parts(wanted.query)), _TERMS_WEIGH),
            (synonyms(said), _SYNONYMS_WEIGH),
        ):
            for place, score in self._scored(words):
                scores[place] = scores.get(place, 0.0) + weight * score
        named = self._named(wanted.alertname)
        for place in named:
            scores[place] = scores.get(place, 0.0) + _NAMED_EXACTLY
        about = {
            place: 1.0 if place in named else self._about(place, wanted)
            for place in _best(scores, _LOOKED_AT)
        }
        if not wanted.alertname:
            scores = {place: scores[place] * about[place] for place in about}
        return [
            Hit(self.pages[place], round(scores[place], 3), self._excerpt(place, said), about[place])
            for place in _best(scores, min(limit, _LOOKED_AT))
        ]

    def _about(self, place: int, wanted: Wanted) -> float:
        """By the alert's name where there is one, held against what the page calls itself; else by all that is said.

        Without a name three shares are weighed: how much of all that is said and of its gist the page speaks of, and,
        the other way round, how much of the page's own title the alert speaks of.
        """
        page = self.pages[place]
        name = words_of(wanted.alertname)
        if name:
            own = page_words(f"{page.title} {' '.join(page.alerts)} {page.tags}")
            return round(self._share(frozenset(map(stem, name)), own), 4)
        said = words_of(f"{wanted.query} {wanted.measured}")
        labelled = words_of_labels(wanted.labels or {})
        asked = _stems(said)
        told = _stems([*said, *labelled, *same(said)])
        title = self._title(page, told)
        if speaks_of_another(said, words_of(page.title)) or self._has_another_subject(page, told):
            return 0.0
        written = self._written(page) | title
        of_page = self._share(asked, written)
        of_title = self._share(title, told | _stems(synonyms(said)))
        gist = self._known(_stems(gist_words(wanted.gist)), wanted)
        of_gist = self._share(gist, written) if wanted.gist else of_page
        return round((of_page + 2 * of_title + 2 * of_gist) / 5, 4)

    def _written(self, page: Runbook) -> frozenset[str]:
        """All that a page says, also where it spells it otherwise."""
        words = words_of(f"{page.title} {' '.join(page.alerts)} {page.tags} {page.markdown}")
        return _stems([*words, *same(words)])

    def _title(self, page: Runbook, told: frozenset[str]) -> frozenset[str]:
        """The telling words of what a page calls itself."""
        parts_of_it = parted(page.title, page_words(page.markdown.partition("\n")[2]) | told)
        return _stems(gist_words(" ".join(parts_of_it)))

    def _known(self, said: frozenset[str], wanted: Wanted) -> frozenset[str]:
        """Without names of things from the alert's labels, which say something only where pages know them."""
        names = page_words(" ".join((wanted.labels or {}).values()))
        return frozenset(word for word in said if word not in names or word in self._pages_with)

    def _subject(self, page: Runbook) -> str:
        """The first word of a title: a program, a kind."""
        return stem(next(iter(parted(page.title, frozenset(self._pages_with))), ""))

    def _has_another_subject(self, page: Runbook, told: frozenset[str]) -> bool:
        """Whether its title begins with a word that begins several titles (a program, a kind), and the alert speaks of none such."""
        subject = self._subject(page)
        return subject in self._subjects and not any(word.startswith(subject) for word in told)

    def _share(self, words: frozenset[str], among: frozenset[str]) -> float:
        """How much of the words is there, the rare ones counting most."""
        total = sum(self._rarity(word) for word in words)
        return sum(self._rarity(word) for word in words & among) / total if total else 0.0

    def _rarity(self, word: str) -> float:
        """Inverse document frequency over the pages."""
        return log((1 + len(self.pages)) / (0.5 + self._pages_with.get(word, 0)))

    def _scored(self, words: Sequence[str]) -> list[tuple[int, float]]:
        if not words:
            return []
        rows = self._db.execute(
            "SELECT rowid, -bm25(pages, ?, ?, ?, ?, ?) FROM pages WHERE pages MATCH ?",
            (_TITLE, _ALERTS, _TAGS, _TEXT, _TEXT, _match(words)),
        )
        return [(int(place), float(score)) for place, score in rows]

    def _named(self, alertname: str) -> list[int]:
        wanted = alertname.strip().lower()
        if not wanted:
            return []
        return [
            place for place, page in enumerate(self.pages) if wanted in (name.lower() for name in page.alerts)
        ]

    def _excerpt(self, place: int, words: Sequence[str]) -> str:
        page = self.pages[place]
        if words:
            row = self._db.execute(
                "SELECT snippet(pages, 3, '', '', '…', ?) FROM pages WHERE pages MATCH ? AND rowid = ?",
                (_EXCERPT_WORDS, _match(words), place),
            ).fetchone()
            if row and row[0]:
                return " ".join(str(row[0]).split())
        return " ".join(page.markdown.split())[:240]


def page_words(text: str) -> frozenset[str]:
    """The different words of a text, by their stems."""
    return frozenset(map(stem, words_of(text)))


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(stem, words))


def _best(scores: Mapping[int, float], most: int) -> list[int]:
    """Places by falling score; among equals the earlier page."""
    return sorted(scores, key=lambda place: (-scores[place], place))[:most]


def _match(words: Sequence[str]) -> str:
    """An OR of quoted words: nothing in them can be FTS5 syntax."""
    return " OR ".join(f'"{word}"' for word in words)
