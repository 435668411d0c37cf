"""One way in which one fault is seen in the larger application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.synthetic.fleet.town import Town

Make = Callable[[Town], None]
"""Puts traces into a town."""


def both(*makes: Make) -> Make:
    def make(town: Town) -> None:
        for one in makes:
            one(town)

    return make


@dataclass(frozen=True)
class Seen:
    """`make` puts the fault's traces into a town; `entity` is whom it blames, empty where any of its kind will do."""

    cause: str
    entity: str
    form: str
    make: Make

    @property
    def name(self) -> str:
        return f"{self.cause}-{self.form}"
