"""An excerpt is the beginning of the answer, and costs no more than that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sre_agent.observe.investigator import EXCERPT, excerpt_of

SMALL = {"pods": [{"name": "cart-1", "ready": True}, {"name": "zürich", "ready": None}], "share": 0.25}


class Endless(list[Any]):
    """A list that never ends: whoever reads it whole does not come back."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        number = 0
        while True:
            yield {"name": f"pod-{number}"}
            number += 1


def test_a_short_answer_is_quoted_whole() -> None:
    assert excerpt_of(SMALL) == json.dumps(SMALL, ensure_ascii=False)


def test_a_long_answer_is_cut() -> None:
    long = {"lines": ["x" * 100] * 50}
    assert excerpt_of(long) == json.dumps(long)[:EXCERPT]


def test_what_is_not_quoted_is_not_written() -> None:
    assert len(excerpt_of({"items": Endless()})) == EXCERPT
