"""What commands print with: colour only on a terminal, and a sign of work on anything that takes over a second."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def console(*, error: bool = False) -> Console:
    """Plain and unwrapped where nobody is looking, so that a script gets whole lines."""
    screen = Console(stderr=error, highlight=False, emoji=False, markup=False)
    if not screen.is_terminal:
        screen = Console(
            stderr=error, highlight=False, emoji=False, markup=False, no_color=True, width=10_000
        )
    return screen


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on a terminal's stderr; nothing anywhere else."""
    screen = Console(stderr=True, highlight=False, emoji=False, markup=False)
    if not screen.is_terminal:
        yield
        return
    with screen.status(what, spinner="dots"):
        yield


def print_json(value: Any) -> None:
    """For scripts: JSON on stdout, and nothing else there."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def confirm(question: str) -> bool:
    """Ask a person; whoever cannot be asked has not agreed."""
    return sys.stdin.isatty() and typer.confirm(question, err=True)
