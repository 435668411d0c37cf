"""Kubernetes quantities: `250m`, `64Mi`, `1e3`; parsed, compared, and written in canonical form."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal, InvalidOperation

PATTERN = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_PARTS = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][-+]?\d+)?$")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


class NotAQuantity(ValueError):
    """The text follows no form of a quantity."""

    def __init__(self) -> None:
        super().__init__(f"quantities must match the regular expression '{PATTERN}'")


def parse(value: str | int | float) -> Decimal:
    """The amount in whole units (bytes, cores). Raises NotAQuantity."""
    number, suffix = _split(value)
    if suffix in _BINARY:
        return number * Decimal(1024) ** _BINARY[suffix]
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return number * Decimal(10) ** int(suffix[1:])
    return number * Decimal(10) ** _DECIMAL[suffix]


def _split(value: str | int | float) -> tuple[Decimal, str]:
    match = _PARTS.match(str(value))
    if match is None:
        raise NotAQuantity
    try:
        return Decimal(match.group(1)), match.group(2) or ""
    except InvalidOperation as error:
        raise NotAQuantity from error


def canonical(value: str | int | float) -> str:
    """The form the API server answers with: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`."""
    _, suffix = _split(value)
    amount = parse(value)
    if suffix in _BINARY and amount == amount.to_integral_value():
        return _binary(int(amount))
    return decimal_form(amount)


def _binary(amount: int) -> str:
    for suffix, power in sorted(_BINARY.items(), key=lambda item: -item[1]):
        unit = 1024**power
        if amount and amount % unit == 0:
            return f"{amount // unit}{suffix}"
    return str(amount)


def decimal_form(amount: Decimal) -> str:
    """With the largest suffix that leaves a whole number; never finer than nano."""
    if amount == 0:
        return "0"
    for suffix, power in sorted(_DECIMAL.items(), key=lambda item: -item[1]):
        scaled = amount / Decimal(10) ** power
        if scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffix}"
    nano = (amount * Decimal(10) ** 9).to_integral_value(rounding=ROUND_CEILING)
    return f"{int(nano)}n"


def millicores(value: str | int | float) -> int:
    return int((parse(value) * 1000).to_integral_value(rounding=ROUND_CEILING))


def whole(value: str | int | float) -> int:
    return int(parse(value).to_integral_value(rounding=ROUND_CEILING))


def total(values: list[str]) -> str:
    """The sum, in the binary form where any of them is written so."""
    amount = sum((parse(value) for value in values), Decimal(0))
    binary = any(str(value).endswith("i") for value in values)
    if binary and amount == amount.to_integral_value():
        return _binary(int(amount))
    return decimal_form(amount)
