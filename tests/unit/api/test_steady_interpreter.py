"""The interpreter of the platform's process is set for steady answers."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sre_agent.interpreter import steady_interpreter, yield_processor


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


def test_niceness_is_told_of_the_process_and_of_its_session(tmp_path: Path) -> None:
    niced: list[int] = []
    session = tmp_path / "autogroup"
    session.write_text("/autogroup-7 nice 0", encoding="ascii")
    yield_processor(5, renice=niced.append, session=session)
    assert (niced, session.read_text(encoding="ascii")) == ([5], "5")


def test_where_the_kernel_knows_no_sessions_the_process_alone_is_told(tmp_path: Path) -> None:
    niced: list[int] = []
    yield_processor(5, renice=niced.append, session=tmp_path / "autogroup")
    assert (niced, list(tmp_path.iterdir())) == ([5], [])
