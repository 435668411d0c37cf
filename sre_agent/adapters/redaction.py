"""Secrets taken out of text from webhooks and people, by the same rules as at the tool servers' edge."""

from __future__ import annotations

from typing import Final

from mcp_servers.kit.redaction import redacted_text

LONGEST_KNOWN: Final = 256
MOST_KNOWN: Final = 4096


class Redactor:
    """Remembers short texts that hold no secret: labels and addresses come again with every alert of a rule.

    What holds one is never remembered.
    """

    def __init__(self) -> None:
        self._clean: set[str] = set()

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by `[redacted:<kind>]`."""
        if text in self._clean:
            return text
        shown = redacted_text(text)
        if shown == text and len(text) <= LONGEST_KNOWN:
            if len(self._clean) >= MOST_KNOWN:
                self._clean.clear()
            self._clean.add(text)
        return shown

    def __len__(self) -> int:
        """How many texts are remembered."""
        return len(self._clean)


redact_text: Final = Redactor()
"""The one that this process uses."""
