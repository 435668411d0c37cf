"""GitHub's issue search: words, quoted sentences and the qualifiers people use. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infrastructure.lab.forge.records import Issue, Pull

_TOKEN = re.compile(r'(-?)(?:([a-z-]+):)?(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Search:
    words: tuple[str, ...]
    qualifiers: tuple[tuple[str, str, bool], ...]
    """(name, value, wanted)."""

    @property
    def places(self) -> frozenset[str]:
        named = [part for name, value, _ in self.qualifiers if name == "in" for part in value.split(",")]
        return frozenset(named or ("title", "body", "comments"))


def parse_search(text: str) -> Search:
    words, qualifiers = [], []
    for minus, name, quoted, plain in _TOKEN.findall(text):
        value = quoted or plain
        if name:
            qualifiers.append((name, value, not minus))
        elif value:
            words.append(value.lower())
    return Search(tuple(words), tuple(qualifiers))


def matches(search: Search, issue: Issue, pull: Pull | None, repository: str) -> bool:
    """An unknown qualifier matches nothing, so that a typo is seen."""
    text = _searched(issue, search.places)
    if not all(word in text for word in search.words):
        return False
    for name, value, wanted in search.qualifiers:
        test = _TESTS.get(name)
        if name == "repo":
            holds = value.lower() == repository.lower()
        else:
            holds = test(value, issue, pull) if test else False
        if holds is not wanted:
            return False
    return True


def _searched(issue: Issue, places: frozenset[str]) -> str:
    parts = [issue.title] if "title" in places else []
    if "body" in places:
        parts.append(issue.body)
    if "comments" in places:
        parts += [comment.body for comment in issue.comments]
    return "\n".join(parts).lower()


def _is(value: str, issue: Issue, pull: Pull | None) -> bool:
    facts = {
        "issue": pull is None,
        "pr": pull is not None,
        "pull-request": pull is not None,
        "open": issue.state == "open",
        "closed": issue.state == "closed",
        "merged": pull is not None and pull.merged_at is not None,
        "unmerged": pull is not None and pull.merged_at is None,
        "private": True,
    }
    return facts.get(value, False)


_TESTS: Mapping[str, Callable[[str, Issue, Pull | None], bool]] = {
    "in": lambda value, issue, pull: True,
    "is": _is,
    "type": _is,
    "state": _is,
    "author": lambda value, issue, pull: issue.author == value,
    "label": lambda value, issue, pull: value in issue.labels,
    "head": lambda value, issue, pull: pull is not None and pull.head_ref.startswith(value),
    "base": lambda value, issue, pull: pull is not None and pull.base_ref.startswith(value),
}
