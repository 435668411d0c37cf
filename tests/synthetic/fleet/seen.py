"""One way in which one fault is seen in the larger application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.synthetic.fleet.town import Town


@dataclass(frozen=True)
class Seen:
    """`make` puts the fault's traces into a town; `entity` is whom it blames, empty where any of its kind will do."""

    cause: str
    entity: str
    form: str
    make: Callable[[Town], None]

    @property
    def name(self) -> str:
        return f"{self.cause}-{self.form}"
