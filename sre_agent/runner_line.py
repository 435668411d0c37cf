"""What the API's process and its runner's process say to each other: short lines over a pair of pipes; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sre_agent.domain.ids import Digest
from sre_agent.settings import TOOL_SERVERS


class Word(StrEnum):
    RANG = "rang"
    """A journal grew up to this position; both sides say it."""
    STORM = "storm"
    """Alerts pour in (1) or no longer do (0); only the API's side hears them."""
    BEGIN = "begin"
    """The database is at its newest revision: the runner may open it; only the runner hears this."""
    CIRCUITS = "circuits"
    """Which tool servers are left alone (`numbered`); only the API's side hears it."""
    LAW = "law"
    """By which law plans are judged (`short`); only the API's side hears it."""
    SENT = "sent"
    """So many tokens went to the language model; only the API's side hears it."""
    GOT = "got"
    """So many came from it."""
    READY = "ready"
    """The runner takes jobs from now on."""


@dataclass(frozen=True)
class Said:
    """One line: a word and its number."""

    word: Word
    number: int = 0

    def as_line(self) -> bytes:
        return f"{self.word} {self.number}\n".encode()


def said_in(line: bytes) -> Said | None:
    """What a line says; None for what is not one of ours, which nobody has to act on."""
    word, _, number = line.decode("ascii", "replace").strip().partition(" ")
    known = next((each for each in Word if each == word), None)
    return Said(known, int(number)) if known and number.isascii() and number.isdigit() else None


def short(digest: Digest) -> int:
    """The beginning of a digest as a number, which a line can hold; never nought."""
    return int(digest[:15], 16) or 1


def numbered(servers: Collection[str]) -> int:
    """Some tool servers as one number, which a line can hold."""
    return sum(1 << place for place, name in enumerate(TOOL_SERVERS) if name in servers)


def servers_in(number: int) -> frozenset[str]:
    """The tool servers that a number stands for."""
    return frozenset(name for place, name in enumerate(TOOL_SERVERS) if number >> place & 1)
