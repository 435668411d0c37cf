"""How near an answer came to what is wrong; imports no rule."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sre_agent.domain.diagnosis import Diagnosis

SURE = 0.8
HASHES = re.compile(r"(-[a-f0-9bcdfghjklmnpqrstvwxz2456789]{6,10})?(-[bcdfghjklmnpqrstvwxz2456789]{5})?|-\d+")


def marked(diagnosis: Diagnosis, cause: str, entities: Iterable[str]) -> tuple[str, str, float]:
    """(mark, what was answered, confidence): `ok`, `cause` (right cause of another), `thing` (right thing, another cause), `none`, `WRONG`.

    `entities`: names any of which is right, with or without the hash of a pod; empty where any of its kind will do.
    """
    root, wanted = diagnosis.root, tuple(entities)
    if root is None:
        return "none", diagnosis.outcome.value, 0.0
    is_cause, is_thing = root.cause == cause, not wanted or any(
        _is_of(root.entity.name, one) for one in wanted
    )
    marks = ("cause", "ok") if is_cause else ("WRONG", "thing" if wanted else "WRONG")
    return marks[is_thing], f"{root.cause} of {root.entity}", root.confidence


def _is_of(name: str, wanted: str) -> bool:
    return name.startswith(wanted) and HASHES.fullmatch(name[len(wanted) :]) is not None


@dataclass
class Tally:
    """The answers to one set, told as they come."""

    of: str
    marks: list[tuple[str, float]] = field(default_factory=list)

    def take(self, name: str, mark: str, told: str, sure: float) -> None:
        """Tells of an answer that is not right."""
        self.marks.append((mark, sure))
        if mark != "ok":
            print(f"{mark:6} {name} <- {told} {sure:.2f}", flush=True)

    def tell(self) -> None:
        right = sum(mark == "ok" for mark, _ in self.marks)
        misled = sum(mark != "ok" and sure >= SURE for mark, sure in self.marks)
        share = right / max(1, len(self.marks))
        print(f"{self.of}: {right}/{len(self.marks)} = {share:.2f}, misled {misled}", flush=True)
