"""How near an answer came to what is wrong; imports no rule."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.domain.diagnosis import Diagnosis

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
