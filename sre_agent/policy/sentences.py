"""A rule's reason, filled in with what it speaks about."""

from __future__ import annotations

from string import Formatter
from typing import Final

from sre_agent.policy.variables import NAMES, Situation

_FORMATTER: Final = Formatter()


class SentenceError(Exception):
    """A reason that cannot be filled in."""


def check(template: str) -> None:
    """Raises SentenceError unless every `{name}` is a variable of the law, written plainly."""
    try:
        parts = list(_FORMATTER.parse(template))
    except ValueError as problem:
        raise SentenceError(f"the braces do not match ({problem})") from problem
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in NAMES:
            raise SentenceError(f"there is no variable {{{name}}}")
        if spec or conversion:
            raise SentenceError(f"{{{name}}} takes no format")


def filled(template: str, situation: Situation) -> str:
    """The sentence; `template` has passed `check`."""
    return "".join(
        literal + (shown(situation[name]) if name is not None else "")
        for literal, name, _, _ in _FORMATTER.parse(template)
    )


def shown(value: object) -> str:
    """A variable's value, for people."""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in sorted(value.items())) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value) or "none"
