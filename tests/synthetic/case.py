"""One cause's proof: a cluster that has it, and a near miss that only looks so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.worlds import World

Make = Callable[[], World]


@dataclass(frozen=True)
class Case:
    """`have` must be diagnosed as `cause` of an entity of that name; `miss` must not be called so.

    `instead` is the neighbour that the near miss is, where it is one; empty: it is well, or nothing is known.
    """

    cause: str
    entity: str
    have: Make
    miss: Make
    instead: str = ""
