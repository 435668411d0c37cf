"""What was checked after a step, as a small table: check, before, after, what is proved, what is allowed; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue
from rich.text import Text

from sre_agent.domain.shown import one_line
from sre_agent.domain.verification import Check, short_name

_SIGNS: Final = {True: ("✔", "green"), False: ("✘", "bold red"), None: ("?", "yellow")}
_WIDEST: Final = 44
_GAP: Final = "  "


class Row(NamedTuple):
    """One check. Without numbers that fit, `check` holds its whole sentence and the rest is empty."""

    check: str
    before: str = ""
    after: str = ""
    proved: str = ""
    allowed: str = ""


HEAD: Final = Row("check", "before", "after", "proved", "allowed")


def table(checks: Sequence[Check]) -> list[Text]:
    """One line for each check, in columns; empty where nothing was checked."""
    if not checks:
        return []
    rows = [row_of(each) for each in checks]
    in_columns = [HEAD, *(row for row in rows if row.after)]
    widths = [max(map(len, column)) for column in zip(*in_columns, strict=True)]
    head = Text("  " + _aligned(HEAD, widths), style="dim")
    lines = [
        Text.assemble(_SIGNS[each.passed], " ", _aligned(row, widths))
        for each, row in zip(checks, rows, strict=True)
    ]
    return [head, *lines]


def _aligned(row: Row, widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def row_of(check: Check) -> Row:
    """The cells of one check, by what its numbers tell."""
    numbers = check.numbers
    for tells, cells in _CELLS:
        if tells in numbers:
            return Row(*(one_line(cell, _WIDEST) for cell in (short_name(check.name), *cells(numbers))))
    return Row(one_line(check.sentence, 160))


Numbers = dict[str, JsonValue]
Cells = tuple[str, str, str, str]


def _alert(numbers: Numbers) -> Cells:
    value = _number(numbers.get("value")) if numbers.get("value") is not None else "nothing"
    fires = f"fires {numbers.get('op')} {_number(numbers.get('threshold'))}" if numbers.get("op") else "fires"
    quiet, settle = _seconds(numbers, "quiet_for_seconds"), _seconds(numbers, "settle_seconds")
    return fires, value, f"quiet for {quiet}", f"{settle} or more"


def _ready(numbers: Numbers) -> Cells:
    ready = f"{_number(numbers.get('ready'))} of {_number(numbers.get('desired'))} ready"
    restarts = numbers.get("restarts_since_the_step")
    again = f", {restarts} restart(s)" if restarts else ""
    held, settle = _seconds(numbers, "ready_for_seconds"), _seconds(numbers, "settle_seconds")
    return "", ready, f"for {held}{again}", f"{settle} or more"


def _addresses(numbers: Numbers) -> Cells:
    return "", f"{_number(numbers['ready_addresses'])} address(es) ready", "", "1 or more"


def _logs(numbers: Numbers) -> Cells:
    lines, allowed = numbers["new_error_lines"], numbers.get("tolerated_below", "")
    return "", f"{lines} new line(s)", f"in {_seconds(numbers, 'seconds')}", f"fewer than {allowed}"


def _compared(numbers: Numbers) -> Cells:
    unit = str(numbers.get("unit", ""))
    before, after = (_value(numbers.get(name), unit) for name in ("before", "after"))
    if "upper" not in numbers or "margin" not in numbers:
        return before, after, "", ""
    slow = f" over {_number(numbers['slower_than'])}" if "slower_than" in numbers else ""
    word = "missing" if unit == "per_second" else "more" if unit == "share" else "higher"
    return (
        before,
        f"{after}{slow}",
        f"≤ {_step(numbers['upper'], unit)} {word}",
        _step(numbers["margin"], unit),
    )


_CELLS: Final[tuple[tuple[str, Callable[[Numbers], Cells]], ...]] = (
    ("quiet_for_seconds", _alert),
    ("ready_for_seconds", _ready),
    ("ready_addresses", _addresses),
    ("new_error_lines", _logs),
    ("before", _compared),
)


def _value(value: JsonValue, unit: str) -> str:
    if not isinstance(value, int | float):
        return "not known"
    return f"{value:.2%}" if unit == "share" else f"{value:.3g}{'/s' if unit == 'per_second' else ''}"


def _step(value: JsonValue, unit: str) -> str:
    """A distance: of shares in percentage points, of traffic in per cent of what it was."""
    if not isinstance(value, int | float):
        return "not known"
    if unit == "share":
        return f"{100 * value:.2f} points"
    return f"{max(value, 0.0):.0%}" if unit == "per_second" else f"{value:.3g}"


def _seconds(numbers: Numbers, name: str) -> str:
    value = numbers.get(name)
    return f"{value:.0f} s" if isinstance(value, int | float) else "an unknown time"


def _number(value: JsonValue) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else one_line(str(value), 20)
