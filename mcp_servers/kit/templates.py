"""Mines log templates from a stream of lines: masks what is plainly variable, then groups by a Drain tree.

The tree is that of He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree" (ICWS 2017): a line
goes down by its number of words and its first words to a leaf and joins the most similar group there. Two rules
are added: lines that differ in several plain words are different sentences, however long they are; and
words that name the same key (`uid=0`, `uid=17`) are alike, whatever their values.
Pure: the same lines in the same order always give the same templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_servers.kit.masks import WILDCARD, mask

__all__ = ["FIRST_WORDS", "WILDCARD", "Miner", "Template", "Templates", "mask", "mine"]

_MOST_REMEMBERED_LINES = 50_000
FIRST_WORDS = 2
_MOST_BRANCHES = 100
_SIMILAR_ENOUGH = 0.4
_PLAIN_WORDS_THAT_MAY_DIFFER = 0.2

_PLAIN_WORD = re.compile(r"[^\d<>*]*[A-Za-z][^\d<>*]*\Z")
_KEY = re.compile(r"[\[({<\"']*[A-Za-z_][\w.-]*[=:](?=\S)")
_NAME = re.compile(r"[\[({<\"']*[A-Za-z_][\w.-]*[=(](?=\S)")
_BEFORE = re.compile(r".*[=:(\[{\"'/|,]")
_AFTER = re.compile(r"[)\]}\"',;.:|]+\Z")


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
        return self.add_masked(mask(line))

    def add_masked(self, masked: str) -> int:
        """The same for a line that is masked already."""
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
            group.words = [a if a == b else merged(a, b) for a, b in zip(group.words, words, strict=True)]
            return group
        if len(self._groups) >= self._most_groups:
            return self._everything_else()
        return self._new_group(words, leaf)

    def _leaf(self, words: list[str]) -> _Node:
        node = self._by_length.setdefault(len(words), _Node())
        for word in words[:FIRST_WORDS]:
            branch = _branch(word)
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


def merged(ours: str, theirs: str) -> str:
    """What two words have in common up to a separator, and after one; between them, a wildcard."""
    same = next(
        (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    before = _BEFORE.match(ours[:same])
    start = before[0] if before else ""
    ends = _AFTER.search(ours), _AFTER.search(theirs)
    end = ""
    if ends[0] and ends[1]:
        longest = min(len(ends[0][0]), len(ends[1][0]))
        end = next((ours[-n:] for n in range(longest, 0, -1) if ours[-n:] == theirs[-n:]), "")
    room = min(len(ours), len(theirs)) - len(start)
    return f"{start}{WILDCARD}{end if len(end) <= room else ''}"


def _branch(word: str) -> str:
    """A word's own name on the way down the tree: its key where it has one, else itself where it is plain."""
    if WILDCARD not in word and not any(letter.isdigit() for letter in word):
        return word
    key = _KEY.match(word)
    return key[0] if key else WILDCARD


def _most_similar(groups: list[_Group], words: list[str]) -> _Group | None:
    may_differ = max(1, int(_PLAIN_WORDS_THAT_MAY_DIFFER * len(words)))
    best, best_score = None, (-1.0, -1)
    for group in groups:
        score = _similarity(group.words, words, may_differ)
        if score is not None and score > best_score:
            best, best_score = group, score
    return best if best_score[0] >= _SIMILAR_ENOUGH or not words else None


def _similarity(template: list[str], words: list[str], may_differ: int) -> tuple[float, int] | None:
    """(share of equal words, wildcards), or None where too many plain words or keys differ."""
    equal = wildcards = 0
    for ours, theirs in zip(template, words, strict=True):
        wildcards += ours == WILDCARD
        if ours == theirs or _same_key(ours, theirs):
            equal += 1
        elif _other_key(ours, theirs):
            may_differ -= 2
            if may_differ < 0:
                return None
        elif _PLAIN_WORD.match(ours) and _PLAIN_WORD.match(theirs):
            may_differ -= 1
            if may_differ < 0:
                return None
    return equal / max(1, len(words)), wildcards


def _other_key(ours: str, theirs: str) -> bool:
    """`(uid=0)` and `LOGIN(uid=0)`, `start(7)` and `stop(7)`: what is said of a value is never its value."""
    left, right = _NAME.match(ours), _NAME.match(theirs)
    return left is not None and right is not None and left[0] != right[0]


def _same_key(ours: str, theirs: str) -> bool:
    key = _KEY.match(ours)
    return key is not None and theirs.startswith(key[0])
