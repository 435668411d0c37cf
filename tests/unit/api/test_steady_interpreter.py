"""The interpreter of the platform's process is set for steady answers."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from sre_agent.interpreter import steady_interpreter


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_a_thread_that_computes_gives_way_within_a_millisecond() -> None:
    steady_interpreter()
    assert sys.getswitchinterval() <= 0.001


def test_what_was_imported_is_out_of_the_garbage_collectors_sight() -> None:
    steady_interpreter()
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
