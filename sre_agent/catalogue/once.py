"""What is worked out once for a picture and then kept beside it for as long as it lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from sre_agent.picture.world import Picture

Made = TypeVar("Made")


def once(work: Callable[[Picture], Made]) -> Callable[[Picture], Made]:
    """A pure function of a picture that many rules ask for: its answer is kept until the picture is gone."""
    kept: dict[int, Made] = {}

    @wraps(work)
    def ask(picture: Picture) -> Made:
        key = id(picture)
        if key not in kept:
            kept[key] = work(picture)
            weakref.finalize(picture, kept.pop, key, None)
        return kept[key]

    return ask
