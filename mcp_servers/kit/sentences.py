"""A second look at mined templates, with all lines at hand: a gap that only ever held a few plain words is no gap. Pure.

Drain decides while lines come, so `state is UP` and `state is DOWN` become `state is <*>`. Once every line is known, a
place that took only two or three plain words is part of the sentence. Names, of which there are many, stay a gap, and so
does whatever stands behind a word that introduces a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

from mcp_servers.kit.masks import WILDCARD, mask
from mcp_servers.kit.templates import FIRST_WORDS, Miner, Template, Templates, merged

MOST_WORDS: Final = 3
MANY_NAMES: Final = 6
LEAST_SAID: Final = 2
"""So many plain words must be left beside a name to make one sentence of two."""
_PLAIN: Final = re.compile(r"(?:[\w.-]+=)?[\[({\"']*[A-Za-z][A-Za-z_-]*[\])}\"',;.:!]*\Z")
_CALLED: Final = re.compile(r"[\w.@-]+(?=\(\w+=)")
_KEYED: Final = re.compile(r"(=)\S+")
_INTRODUCES_NAMES: Final = frozenset(
    [
        "user",
        "users",
        "username",
        "account",
        "group",
        "host",
        "hostname",
        "node",
        "server",
        "machine",
        "pod",
        "container",
        "image",
        "job",
        "task",
        "queue",
        "topic",
        "table",
        "database",
        "schema",
        "index",
        "bucket",
        "key",
        "file",
        "directory",
        "path",
        "device",
        "interface",
        "domain",
        "tenant",
        "namespace",
        "named",
        "called",
    ]
)


def sentences(lines: Iterable[str]) -> Templates:
    """Group lines by sentence; every line gets exactly one, keys by first appearance."""
    places: dict[str, int] = {}
    of_line = [places.setdefault(mask(line), len(places)) for line in lines]
    texts = _texts_of(tuple(places))
    keys: dict[tuple[int, str], int] = {}
    key_of = [keys.setdefault(text, len(keys)) for text in texts]
    told = tuple(key_of[place] for place in of_line)
    counts = [0] * len(keys)
    for key in told:
        counts[key] += 1
    made = tuple(Template(key=key, text=text, count=counts[key]) for (_, text), key in keys.items())
    return Templates(templates=made, of_line=told)


def _texts_of(masked: Sequence[str]) -> list[tuple[int, str]]:
    """For each different masked line, in order: its group and its sentence."""
    miner = Miner()
    words_of = [line.split() for line in masked]
    for words in words_of:
        _called_masked(words)
    names_masked(words_of)
    of_line = [miner.add_masked(" ".join(words)) for words in words_of]
    groups: dict[int, list[int]] = {}
    for place, group in enumerate(of_line):
        groups.setdefault(group, []).append(place)
    texts: dict[int, str] = {}
    for group, members in groups.items():
        rows = {place: words_of[place] for place in members}
        one_length = len({len(words) for words in rows.values()}) == 1
        texts |= _texts(rows) if one_length else dict.fromkeys(members, miner.text(group))
    return [(group, texts[place]) for place, group in enumerate(of_line)]


def _called_masked(words: list[str]) -> None:
    """`user carol(uid=<*>)`: a name that is said to be one, with more about it in brackets; in place."""
    for at in range(1, len(words)):
        called = _CALLED.match(words[at])
        if called and _names_stand(words, at):
            words[at] = f"{WILDCARD}{words[at][called.end() :]}"


def names_masked(lines: Sequence[list[str]]) -> None:
    """Among the first words of otherwise equal lines, many different ones are names: make a gap of them, in place.

    Drain's tree never lets these lines meet: `retrying cart in <*>` and `retrying mail in <*>` go down different branches.
    """
    for at in range(FIRST_WORDS):
        alike: dict[tuple[str, ...], list[list[str]]] = {}
        for words in lines:
            if len(words) > LEAST_SAID + 1:
                rest = tuple(_KEYED.sub(r"\1", word) if "=" in word else word for word in words)
                alike.setdefault((*rest[:at], "", *rest[at + 1 :]), []).append(words)
        for rest, same in alike.items():
            names = {words[at] for words in same}
            if len(names) >= MANY_NAMES and sum(WILDCARD not in word for word in rest) > LEAST_SAID:
                gap = reduce(merged, sorted(names))
                for words in same:
                    words[at] = gap


def _texts(rows: Mapping[int, list[str]]) -> dict[int, str]:
    """Each line of one group → its sentence."""
    split_at = _constant_places(list(rows.values()))
    parts: dict[tuple[str, ...], list[int]] = {}
    for place, words in rows.items():
        parts.setdefault(tuple(words[at] for at in split_at), []).append(place)
    return {
        place: text for part in parts.values() for text in [_text([rows[p] for p in part])] for place in part
    }


def _text(rows: Sequence[list[str]]) -> str:
    words = rows[0]
    for others in rows[1:]:
        words = [a if a == b else merged(a, b) for a, b in zip(words, others, strict=True)]
    return " ".join(words)


def _constant_places(rows: Sequence[list[str]]) -> list[int]:
    """Where only a few plain words were ever seen."""
    return [
        at
        for at in range(len(rows[0]))
        if not _names_stand(rows[0], at) and _few_words({row[at] for row in rows})
    ]


def _few_words(values: set[str]) -> bool:
    return 1 < len(values) <= MOST_WORDS and all(_PLAIN.match(value) for value in values)


def _names_stand(words: Sequence[str], at: int) -> bool:
    return at > 0 and words[at - 1].lower().strip(":=\"'([") in _INTRODUCES_NAMES
