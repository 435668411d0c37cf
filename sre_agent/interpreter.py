"""How a long-running process and its interpreter are set: for steady answers, not for throughput."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

_TURN_SECONDS: Final = 0.0005
_SHORT_AND_SELDOM: Final = (2_000, 4, 500)
"""Young passes every 2,000 new objects, older ones every 10,000 (about 6 ms each), a full one after 5,000,000."""


def steady_interpreter() -> None:
    """Set the interpreter for steady answers, not for throughput; once, when everything is imported.

    A webhook's answer passes from thread to thread, and a thread that computes keeps the others waiting for
    a whole switch interval each time; where the runner's does so in a transaction, other processes wait too.
    A full pass of the garbage collector stops all of them for 50 ms or more, so what was imported is taken out
    of its sight and full passes are made seldom. Those over the younger objects are made often, since each costs in
    proportion to what is new: 70 ms after 200,000 objects and 30 after 50,000 were seen, some of them in a transaction
    for which another process waits.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SHORT_AND_SELDOM)
    gc.enable()


def yield_processor(
    niceness: int,
    *,
    renice: Callable[[int], object] = os.nice,
    session: Path = Path("/proc/self/autogroup"),
) -> None:
    """Let others go first; for a process that has a session of its own.

    Linux may share the processor between sessions first: then niceness counts only within one, and is told of
    the whole session too.
    """
    renice(niceness)
    # Absent where the kernel does not share so, closed to us in some containers: then the first is all there is.
    with contextlib.suppress(OSError):
        if session.exists():
            session.write_text(str(niceness), encoding="ascii")
