"""Kubernetes quantities as numbers (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

from __future__ import annotations

import math
import re
from typing import Any

_FORM = re.compile(
    r"^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d+)|(n|u|m|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E))?$"
)
LARGEST, LONGEST, MOST_ZEROS = 1e30, 64, 30
"""No cluster has more of anything; what is written larger is a mistake, not an amount."""
_FACTOR = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def quantity(value: Any) -> float | None:
    """`500m` → 0.5, `1Gi` → 1073741824.0; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _finite(float(value)) if abs(value) < LARGEST else None
    found = _FORM.match(str(value).strip()[:LONGEST])
    if not found:
        return None
    number, exponent, suffix = found.groups()
    if exponent and abs(int(exponent)) > MOST_ZEROS:
        return None
    return _finite(float(number) * (10.0 ** int(exponent) if exponent else _FACTOR[suffix or ""]))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) and abs(number) < LARGEST else None
