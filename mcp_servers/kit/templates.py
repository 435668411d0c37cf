"""Mines log templates from a stream of lines: masks what is plainly variable, then groups by a Drain tree.

The tree is that of He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree" (ICWS 2017): a line
goes down by its number of words and its first words to a leaf and joins the most similar group there. One rule
is added: two lines that differ in several plain words are different sentences, however long they are.
Pure: the same lines in the same order always give the same templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

WILDCARD = "<*>"

_LONGEST_LINE = 4096
_MOST_REMEMBERED_LINES = 50_000
_FIRST_WORDS = 2
_MOST_BRANCHES = 100
_SIMILAR_ENOUGH = 0.4
_PLAIN_WORDS_THAT_MAY_DIFFER = 0.2

_MASKS = re.compile(
    "|".join(
        (
            r"(?<![\w'])'[^'\n]{1,200}'(?!\w)|(?<![\w\"])\"[^\"\n]{1,200}\"",
            r"\b[a-z][a-z0-9+.-]{1,15}://[^\s,;\"'<>)\]}]+",
            r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
            r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
            r"(?<![\w.:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![\w:])",
            r"(?<![\w.@-])(?:[A-Za-z0-9_-]{1,63}\.){1,8}[A-Za-z]{2,24}:\d{1,5}\b",
            r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*[A-Za-z])",
            r"(?<![\w.])(?:/[\w.+@%$-]+){2,}/?",
            r"\b0[xX][0-9a-fA-F]+\b",
            r"\b(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{7,}\b",
            r"(?<![A-Za-z0-9])[-+]?\d+(?:\.\d+)?(?=(?:[munµ]?s|m|h|d|[KMGT]?i?B|[KMG]i)\b)",
            r"(?<![A-Za-z0-9])[-+]?\d++(?:[.,]\d++)*(?![.,]\d)(?![A-Za-z])",
        )
    )
)
_LIST_OF_WILDCARDS = re.compile(r"<\*>(?:(?:[,;] ?| )<\*>)+")
_PLAIN_WORD = re.compile(r"[^\d<>*]*[A-Za-z][^\d<>*]*\Z")


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence of a program; `<*>` stands where lines differ."""

    key: int
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates by first appearance, and for each line, in order, its template's key."""

    templates: tuple[Template, ...]
    of_line: tuple[int, ...]


@dataclass(slots=True)
class _Group:
    key: int
    words: list[str]
    count: int = 0


@dataclass(slots=True)
class _Node:
    branches: dict[str, _Node] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=list)


def mask(line: str) -> str:
    """The line with numbers, addresses, ids, paths, quoted values and times as `<*>`; lists of them as one."""
    return _LIST_OF_WILDCARDS.sub(WILDCARD, _MASKS.sub(_masked, line[:_LONGEST_LINE]))


def mine(lines: Iterable[str]) -> Templates:
    """Group lines by template; every line gets exactly one."""
    miner = Miner()
    of_line = tuple(miner.add(line) for line in lines)
    return Templates(templates=miner.templates(), of_line=of_line)


class Miner:
    """Takes lines one by one; keys stay, texts become more general while lines come."""

    def __init__(self, *, most_groups: int = 5000) -> None:
        self._most_groups = most_groups
        self._by_length: dict[int, _Node] = {}
        self._groups: list[_Group] = []
        self._remembered: dict[str, _Group] = {}
        self._overflow: _Group | None = None

    def add(self, line: str) -> int:
        """Count the line and return its template's key."""
        masked = mask(line)
        group = self._remembered.get(masked)
        if group is None:
            group = self._place(masked.split())
            if len(self._remembered) >= _MOST_REMEMBERED_LINES:
                self._remembered.clear()
            self._remembered[masked] = group
        group.count += 1
        return group.key

    def text(self, key: int) -> str:
        return " ".join(self._groups[key].words)

    def templates(self) -> tuple[Template, ...]:
        return tuple(Template(key=g.key, text=" ".join(g.words), count=g.count) for g in self._groups)

    def _place(self, words: list[str]) -> _Group:
        leaf = self._leaf(words)
        group = _most_similar(leaf.groups, words)
        if group is not None:
            group.words = [a if a == b else WILDCARD for a, b in zip(group.words, words, strict=True)]
            return group
        if len(self._groups) >= self._most_groups:
            return self._everything_else()
        return self._new_group(words, leaf)

    def _leaf(self, words: list[str]) -> _Node:
        node = self._by_length.setdefault(len(words), _Node())
        for word in words[:_FIRST_WORDS]:
            branch = WILDCARD if _looks_variable(word) else word
            if branch not in node.branches and len(node.branches) >= _MOST_BRANCHES:
                branch = WILDCARD
            node = node.branches.setdefault(branch, _Node())
        return node

    def _new_group(self, words: list[str], leaf: _Node) -> _Group:
        group = _Group(key=len(self._groups), words=words)
        self._groups.append(group)
        leaf.groups.append(group)
        return group

    def _everything_else(self) -> _Group:
        """Hostile or endless variety ends in one group instead of in our memory."""
        if self._overflow is None:
            self._overflow = self._new_group([WILDCARD], _Node())
        return self._overflow


def _masked(found: re.Match[str]) -> str:
    quote = found[0][0]
    return f"{quote}{WILDCARD}{quote}" if quote in "'\"" else WILDCARD


def _looks_variable(word: str) -> bool:
    return WILDCARD in word or any(letter.isdigit() for letter in word)


def _most_similar(groups: list[_Group], words: list[str]) -> _Group | None:
    may_differ = max(1, int(_PLAIN_WORDS_THAT_MAY_DIFFER * len(words)))
    best, best_score = None, (-1.0, -1)
    for group in groups:
        score = _similarity(group.words, words, may_differ)
        if score is not None and score > best_score:
            best, best_score = group, score
    return best if best_score[0] >= _SIMILAR_ENOUGH or not words else None


def _similarity(template: list[str], words: list[str], may_differ: int) -> tuple[float, int] | None:
    """(share of equal words, wildcards), or None where too many plain words differ."""
    equal = wildcards = 0
    for ours, theirs in zip(template, words, strict=True):
        wildcards += ours == WILDCARD
        if ours == theirs:
            equal += 1
        elif _PLAIN_WORD.match(ours) and _PLAIN_WORD.match(theirs):
            may_differ -= 1
            if may_differ < 0:
                return None
    return equal / max(1, len(words)), wildcards
