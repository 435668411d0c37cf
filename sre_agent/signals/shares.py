"""How sure a share is that was seen in few cases."""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.959963984540054
"""Two-sided 95 %."""


def wilson(agreed: int, decided: int) -> tuple[float, float]:
    """Bounds of the true share: the Wilson score interval, 95 %.

    Chosen because counts are small and shares lie near one, where the usual (Wald) interval is far too narrow: after
    five of five it says "certain", Wilson says "at least 0.57". It needs no prior belief, unlike a Beta posterior.
    Source: E. B. Wilson (1927), J. Am. Stat. Assoc. 22; Brown, Cai and DasGupta (2001), Stat. Sci. 16.
    """
    if decided == 0:
        return 0.0, 1.0
    share, square = agreed / decided, Z * Z
    middle = share + square / (2 * decided)
    spread = Z * math.sqrt(share * (1 - share) / decided + square / (4 * decided * decided))
    whole = 1 + square / decided
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
