"""`make picture`: runs the demo in a terminal of its own and draws what it said as docs/images/demo.svg."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

IMAGE: Final = Path(__file__).resolve().parents[1] / "images" / "demo.svg"
COLUMNS: Final = 118
_MOST_ALIKE: Final = 2
"""So many lines of one sort are shown one after the other; the rest is counted."""
_MOST_DETAILS: Final = 9
_SORT: Final = re.compile(r"^\s*\+\S+ (\S)\s+([A-Z]{3,})?")
_DETAIL: Final = re.compile(r"\s{9,}|\s{2}(?![\s+])")
_CURSOR: Final = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlnsu]|\r")
_ERASED: Final = "\x1b[2K"
_WEB_FONT: Final = re.compile(r"@font-face \{\{.*?\}\}\s*", re.S)
"""A picture must not fetch anything; where the font is not installed, another of its kind does."""
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_SPINNER: Final = re.compile(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]")


def main() -> int:
    """Exits as the demo does; draws only what ended well."""
    said, code = _in_a_terminal([str(Path(sys.executable).with_name("sre-agent")), "demo", "--yes"])
    if code == 0:
        IMAGE.write_text(drawn(said), "utf-8")
        print(f"written: {IMAGE}")
    return code


def _in_a_terminal(command: list[str]) -> tuple[str, int]:
    """What a command writes on a terminal that is wide enough for whole lines, and its exit code."""
    taken = bytearray()

    def take(descriptor: int) -> bytes:
        piece = os.read(descriptor, 65_536)
        taken.extend(piece)
        return piece

    os.environ |= {"COLUMNS": "4000", "TERM": "xterm-256color"}
    status = pty.spawn(command, take)
    return taken.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


def drawn(said: str) -> str:
    """An SVG of the terminal: long lines cut, long runs of one sort of line shortened, and both marked."""
    screen = Console(
        record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor"
    )
    screen.print(Text("$ make demo ARGS=--yes", style="bold"))
    for line in shortened(_lines(said)):
        text = Text.from_ansi(line)
        text.truncate(COLUMNS, overflow="ellipsis")
        screen.print(text)
    form = _WEB_FONT.sub("", CONSOLE_SVG_FORMAT)
    return screen.export_svg(title="SRE Agent", unique_id="demo", code_format=form)


def _lines(said: str) -> Iterator[str]:
    """Without what a spinner wrote and took back."""
    for line in said.split("\n"):
        plain = _CURSOR.sub("", line.rpartition(_ERASED)[2])
        if not _SPINNER.search(plain):
            yield plain.rstrip()


@dataclass
class _Telling:
    """One line of the story, and the lines that stand further in below it."""

    head: str
    details: list[str]


def shortened(lines: Iterable[str]) -> Iterator[str]:
    for _, alike in groupby(_tellings(lines), key=lambda telling: _sort(telling.head)):
        run = list(alike)
        shown = run if len(run) <= _MOST_ALIKE + 1 else run[:_MOST_ALIKE]
        for telling in shown:
            yield telling.head
            yield from _at_most(telling.details, _MOST_DETAILS)
        if len(run) > len(shown):
            yield _left_out(len(run) - len(shown))


def _tellings(lines: Iterable[str]) -> Iterator[_Telling]:
    """What was shown before is not shown again."""
    telling, seen = _Telling("", []), set[str]()
    for line in lines:
        if not _DETAIL.match(_COLOUR.sub("", line)):
            yield telling
            telling = _Telling(line, [])
        elif line not in seen:
            seen.add(line)
            telling.details.append(line)
    yield telling


def _at_most(lines: list[str], most: int) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield _left_out(len(lines) - most)


def _left_out(count: int) -> str:
    return f"\x1b[2m              … {count} more\x1b[0m"


def _sort(line: str) -> str:
    """Lines that tell the same sort of thing have the same sign in front."""
    plain = _COLOUR.sub("", line)
    found = _SORT.match(plain)
    return "".join(part or "" for part in found.groups()) if found else plain[:3]


if __name__ == "__main__":
    sys.exit(main())
