"""Files that somebody else wrote, line by line: no line is longer than a bound, and what is no text is told by its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sre_agent.cli.exits import CommandFailed, ExitCode

LONGEST: Final = 4_000_000


def text_lines(file: Path, *, hint: str) -> Iterator[tuple[int, str]]:
    """(number, line) of every line that is not blank. Raises CommandFailed."""
    if not file.is_file():
        if file.exists():
            raise CommandFailed(ExitCode.USAGE, f"{file}: this is no file", hint=hint)
        raise CommandFailed(ExitCode.NOT_FOUND, f"{file}: there is no such file", hint=hint)
    try:
        with file.open("rb") as opened:
            for number, line in enumerate(iter(lambda: opened.readline(LONGEST + 1), b""), start=1):
                if text := _text(file, number, line, hint).strip():
                    yield number, text
    except OSError as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{file} cannot be read: {wrong.strerror}", hint=hint) from None


def wrong_line(file: Path, number: int, column: int, what: str, *, hint: str) -> CommandFailed:
    return CommandFailed(ExitCode.USAGE, f"{file}:{number}:{column}: {what}", hint=hint)


def _text(file: Path, number: int, line: bytes, hint: str) -> str:
    if len(line) > LONGEST:
        raise wrong_line(file, number, LONGEST, f"the line is longer than {LONGEST:,} bytes", hint=hint)
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as wrong:
        raise wrong_line(file, number, wrong.start + 1, "this is not UTF-8 text", hint=hint) from None
