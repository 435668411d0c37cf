"""Masks what is plainly variable in a log line: numbers, addresses, ids, paths, quoted values, times. Pure.

Words are masked one by one and remembered, because the words of logs repeat; only quotes may hold several.
"""

from __future__ import annotations

import re
from typing import Final

WILDCARD: Final = "<*>"

_LONGEST_LINE: Final = 4096
_MOST_REMEMBERED: Final = 100_000

_QUOTED: Final = re.compile(r"(?<![\w'])'[^'\n]{1,200}'(?!\w)|(?<![\w\"])\"[^\"\n]{1,200}\"")
_KEPT_IN_JSON: Final = re.compile(
    r"\"(?:level|lvl|severity|msg|message|event)\"\s*:\s*\"(?P<said>(?:[^\"\\]|\\.)*)\"|\"[\w.@/-]{1,60}\"(?=\s*:)|\"(?:[^\"\\]|\\.)*\"",
    re.I,
)
"""Of a line of JSON the names are constant, and what is said is the sentence; other texts are values."""
_TRUTH: Final = re.compile(r"(?<![\w./-])(?:true|false|True|False)(?![\w/-]|\.\w)")
_SIMPLE: Final = re.compile(r"[A-Za-z_.,;:!?*-]*\Z")
"""Nothing in such a word is variable for certain."""
_IN_WORDS: Final = re.compile(
    "|".join(
        (
            r"(?P<scheme>\b[a-z][a-z0-9+.-]{1,15}://)[^\s,;\"'<>)\]}]+",
            r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?",
            r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
            r"(?<![\w.:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![\w:])",
            r"(?<![\w.@-])(?:[A-Za-z0-9_-]{1,63}\.){1,8}[A-Za-z]{2,24}:\d{1,5}\b",
            r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*[A-Za-z])",
            r"(?<![\w.])(?:/[\w.+@%$~-]+){2,}/?",
            r"(?<![A-Za-z0-9])(?P<stem>[A-Za-z]+_)-?\d\w*",
            r"\b0[xX][0-9a-fA-F]+\b",
            r"\b(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{7,}\b",
            r"(?<![A-Za-z0-9])[-+]?\d+(?:\.\d+)?(?=(?:[munµ]?s|m|h|d|[KMGT]?i?B|[KMG]i)\b)",
            r"(?<![A-Za-z0-9])[-+]?\d++(?:[.,]\d++)*(?![.,]\d)(?![A-Za-z])",
        )
    )
)
_SIZE: Final = re.compile(r"<\*> ?(?:[KMGT]i?)?B\b")
_MONTHS: Final = tuple(
    f" {month}"
    for month in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
)
"""Looked for first: dates in words are rare, and looking for one costs more than all other masks."""
_DATE: Final = re.compile(
    r"(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?"
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? +<\*>"
)
_EMPTY_BRACKETS: Final = re.compile(r"(?<!\S)\(\)(?!\S)")
_LISTED: Final = re.compile(r"<\*>(?:(?:[,;] ?| )<\*>)+")

_remembered: dict[str, str] = {}


def mask(line: str) -> str:
    """The line with what is variable as `<*>`; lists of them, and repeated words that hold one, as one."""
    text = line[:_LONGEST_LINE]
    if text.startswith('{"'):
        text = _KEPT_IN_JSON.sub(_in_json, text)
    elif '"' in text or "'" in text:
        text = _QUOTED.sub(_unquoted, text)
    if "rue" in text or "alse" in text:
        text = _TRUTH.sub(WILDCARD, text)
    words = [_word(word) for word in text.split(" ")]
    masked = " ".join(_once(words))
    if WILDCARD not in masked:
        return masked if "()" not in masked else _EMPTY_BRACKETS.sub("(<*>)", masked)
    masked = _SIZE.sub(WILDCARD, masked)
    if any(month in masked for month in _MONTHS):
        masked = _DATE.sub(WILDCARD, masked)
    if "()" in masked:
        masked = _EMPTY_BRACKETS.sub("(<*>)", masked)
    return _LISTED.sub(WILDCARD, masked)


def _once(words: list[str]) -> list[str]:
    """`blk_<*> blk_<*> blk_<*>` says no more than the first of them."""
    return [
        word
        for place, word in enumerate(words)
        if not place or word != words[place - 1] or WILDCARD not in word or not word[:1].isalpha()
    ]


def _word(word: str) -> str:
    if _SIMPLE.match(word):
        return word
    if word.isdigit():
        return WILDCARD
    known = _remembered.get(word)
    if known is None:
        known = _IN_WORDS.sub(_masked, word)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[word] = known
    return known


def _masked(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['stem'] or ''}{WILDCARD}"


def _in_json(found: re.Match[str]) -> str:
    is_value = found["said"] is None and not found.string[found.end() :].lstrip().startswith(":")
    return f'"{WILDCARD}"' if is_value else found[0]


def _unquoted(found: re.Match[str]) -> str:
    quote = found[0][0]
    return f"{quote}{WILDCARD}{quote}"
