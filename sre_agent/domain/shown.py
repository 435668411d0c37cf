"""Text from outside, made safe to show: characters that steer a terminal or turn the reading are shown, not obeyed."""

from __future__ import annotations


def visible(text: str) -> str:
    """Everything unprintable but line breaks and tabs as its escape: `\\x1b`, `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in "\n\t" else ascii(each)[1:-1] for each in text)


def one_line(text: str, longest: int = 0) -> str:
    """The same on one line, cut to a length where one is given."""
    line = " ".join(visible(text).split())
    return line if not longest or len(line) <= longest else f"{line[: longest - 1]}…"
