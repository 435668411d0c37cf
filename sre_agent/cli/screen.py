"""What commands print with: colour only on a terminal, and a sign of work on anything that takes over a second."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from sre_agent.domain.shown import visible

_UNPRINTABLE: Final = re.compile(
    "[\\x7f-\\x9f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ud800-\\udfff\\ufff9-\\ufffb\\U000e0000-\\U000e007f]"
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


class Screen(Console):
    """Shows every text as text: what a stranger's file or a far system says cannot steer the terminal."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(visible(each) if isinstance(each, str) else each for each in objects), **how)


def console(*, error: bool = False) -> Screen:
    """Plain and unwrapped where nobody is looking, so that a script gets whole lines."""
    screen = Screen(stderr=error, highlight=False, emoji=False, markup=False)
    if not screen.is_terminal:
        screen = Screen(stderr=error, highlight=False, emoji=False, markup=False, no_color=True, width=10_000)
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
    """For scripts: JSON on stdout, and nothing else there; what steers terminals or turns the reading as its escape."""
    told = json.dumps(value, indent=2, ensure_ascii=False)
    sys.stdout.write(_UNPRINTABLE.sub(lambda found: json.dumps(found[0])[1:-1], told) + "\n")


def confirm(question: str) -> bool:
    """Ask a person; whoever cannot be asked has not agreed."""
    return sys.stdin.isatty() and typer.confirm(question, err=True)
