"""Where a fact stands, and how its words are quoted so that they can be found there again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sre_agent.domain.evidence import Citation

EXCERPT_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Source:
    """One kept answer or snapshot file: the evidence's id, and a name a person recognises."""

    id: str
    name: str

    def quote(self, excerpt: str, *, supports: bool = True) -> Citation:
        """Words that stand in this source, cut to a length a screen can bear."""
        return Citation(id=self.id, source=self.name, excerpt=excerpt[:EXCERPT_LIMIT], supports=supports)


def as_written(key: str, value: Any) -> str:
    """`"key": value` as JSON writes it; white space does not matter when it is looked up."""
    return f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
