"""Readers of settings: each takes the text of an environment variable and returns its value or raises ValueError."""

from __future__ import annotations

from collections.abc import Callable


def text(raw: str) -> str:
    if not raw.strip():
        raise ValueError("expected some text, found nothing")
    return raw


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError(f"expected a whole number from {lowest} to {highest}") from None
        if not lowest <= value <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}")
        return value

    return read


def number(lowest: float, highest: float) -> Callable[[str], float]:
    """A reader of numbers within bounds."""

    def read(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            raise ValueError(f"expected a number from {lowest:g} to {highest:g}") from None
        if not lowest <= value <= highest:
            raise ValueError(f"expected a number from {lowest:g} to {highest:g}")
        return value

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader that accepts these words alone."""

    def read(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return raw

    return read


def milliseconds_by_name(raw: str) -> dict[str, int]:
    """`web=800,app=600` → {"web": 800, "app": 600}."""
    result: dict[str, int] = {}
    for part in raw.split(","):
        name, sign, value = part.strip().partition("=")
        if not sign or not name or not value.isdigit():
            raise ValueError(f"expected name=milliseconds pairs, found {part.strip()!r}")
        result[name] = int(value)
    return result
