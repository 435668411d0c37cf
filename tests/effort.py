"""How much the tests try: enough to fail in the usual run, everything in `make test-thorough`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

THOROUGH = bool(os.environ.get("SRE_AGENT_TEST_THOROUGH"))


def tries(thorough: int, *, usual: int) -> int:
    """How many examples, worlds or rounds a test goes through."""
    return thorough if THOROUGH else usual


def sample(every: Sequence[T], *, one_in: int, start: int = 0) -> list[T]:
    """All of them when thorough; else one in so many, and never none where there is any.

    `start` shifts which, so that between several samples no place is left out.
    """
    if THOROUGH or not every:
        return list(every)
    return list(every[start % min(one_in, len(every)) :: one_in])
