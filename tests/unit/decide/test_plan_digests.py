"""A plan's digest says what it does, also of a copy with other steps."""

from __future__ import annotations

from tests.contracts.store_examples import plan


def test_a_copy_with_other_steps_has_another_digest_though_the_first_was_read() -> None:
    whole = plan()
    read = whole.digest
    less = whole.model_copy(update={"steps": ()})
    assert less.digest != read
    assert less == type(less).model_validate(less.model_dump())
    assert less.digest == type(less).model_validate(less.model_dump()).digest
