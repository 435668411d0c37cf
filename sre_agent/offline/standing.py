"""Whether the words that a diagnosis cites stand in the recording: what does not stand is not cited."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.domain.evidence import Citation

_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
_SPACE = re.compile(r"\s+")


def unescaped(text: str) -> str:
    """Text as it stands inside JSON strings → plain text."""

    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if code[0] == "u" else _PLAIN[code]

    return _ESCAPE.sub(one, text)


def squeezed(text: str) -> str:
    return _SPACE.sub("", text)


class Texts:
    """The recording's texts by path, each prepared once, and only when something of it is cited."""

    def __init__(self, read: Iterable[tuple[str, str]]) -> None:
        self._raw = dict(read)
        self._forms: dict[str, tuple[str, ...]] = {}

    def stands(self, citation: Citation) -> bool:
        """Whether the excerpt is in the file it names, white space left out, escapes read or left as they are."""
        raw = self._raw.get(citation.source)
        if raw is None or not citation.excerpt.strip():
            return False
        if citation.excerpt in raw:
            return True
        forms = self._prepared(citation.source, raw)
        wanted = squeezed(citation.excerpt)
        return any(wanted in form or squeezed(unescaped(citation.excerpt)) in form for form in forms)

    def _prepared(self, path: str, raw: str) -> tuple[str, ...]:
        if path not in self._forms:
            once = unescaped(raw)
            self._forms[path] = (squeezed(raw), squeezed(once), squeezed(unescaped(once)))
        return self._forms[path]
