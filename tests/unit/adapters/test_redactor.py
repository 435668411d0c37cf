"""What the redactor remembers never changes what it answers, and is never a secret."""

from __future__ import annotations

import pytest

from sre_agent.adapters.redaction import LONGEST_KNOWN, MOST_KNOWN, Redactor

SECRET = "postgres://orders:hunter2-4711@db/orders"


@pytest.mark.parametrize("text", ["checkout", "", "http://prometheus:9090/graph?g0.expr=up", SECRET])
def test_the_second_time_the_answer_is_the_same(text: str) -> None:
    redact = Redactor()
    first = redact(text)
    assert redact(text) == first == Redactor()(text)


def test_a_text_with_a_secret_is_not_remembered() -> None:
    redact = Redactor()
    assert "hunter2" not in redact(SECRET)
    assert len(redact) == 0


def test_no_more_and_nothing_longer_is_remembered_than_said() -> None:
    redact = Redactor()
    redact("a " * LONGEST_KNOWN)
    assert len(redact) == 0
    for number in range(MOST_KNOWN + 1):
        redact(f"pod-{number}")
    assert 0 < len(redact) <= MOST_KNOWN
