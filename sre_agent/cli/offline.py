"""What the commands share that need no platform: their files read, their answers shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]

_LARGEST: Final = 256 * 1024 * 1024


def read_bytes(path: Path, what: str) -> bytes:
    """The whole file. Ends the command with exit code 2 where it cannot be read."""
    try:
        if not path.is_file():
            raise CommandFailed(ExitCode.USAGE, f"{path}: {what} was expected, and there is no such file")
        if path.stat().st_size > _LARGEST:
            raise CommandFailed(
                ExitCode.USAGE, f"{path}: it is larger than the {_LARGEST >> 20} MiB that are read"
            )
        return path.read_bytes()
    except OSError as problem:
        raise CommandFailed(ExitCode.USAGE, f"{path} cannot be read: {problem.strerror or problem}") from None


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they need to be; whole lines, so that pipes get whole lines too."""
    every = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(row[place]) for row in every) for place in range(len(heads))]
    for row in every:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def become(module: str, what: str, *arguments: str) -> None:
    """Replace this process by `python -m module`: what belongs to the tool servers is started, never imported."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise CommandFailed(ExitCode.USAGE, f"{what} ({module}) are not part of this installation")
    words = [sys.executable, "-m", module, *arguments]
    os.execv(sys.executable, words)  # noqa: S606 - our own module  # nosec B606
