"""How the interpreter of a long-running process is set: for steady answers, not for throughput."""

from __future__ import annotations

import gc
import sys
from typing import Final

_TURN_SECONDS: Final = 0.0005
_SELDOM: Final = (10_000, 20, 20)


def steady_interpreter() -> None:
    """Set the interpreter for steady answers, not for throughput; once, when everything is imported.

    A webhook's answer passes from thread to thread, and a thread that computes keeps the others waiting for
    a whole switch interval each time; where the runner's does so in a transaction, other processes wait too. A full pass of the garbage collector stops all of them for 50 ms or more,
    so what was imported is taken out of its sight and passes are made seldom.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
