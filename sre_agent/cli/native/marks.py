"""Which process is meant: a pid alone is not enough, as the system gives it to another program later."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

GRACE_SECONDS = 10.0
_START_TIME = 19
"""Field 22 of /proc/PID/stat, counted from the first one after the program's name."""


@dataclass(frozen=True)
class Mark:
    """One process: its pid, and when it began (in ticks since the machine did)."""

    pid: int
    began: int

    @classmethod
    def of(cls, pid: int) -> Mark | None:
        """None where no such process runs."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[_START_TIME]))

    @property
    def runs(self) -> bool:
        return Mark.of(self.pid) == self


def write(path: Path, marks: Mapping[str, Mark]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({name: asdict(mark) for name, mark in marks.items()}))
    fresh.replace(path)


def read(path: Path) -> dict[str, Mark]:
    """What was written there; nothing where there is none, or something else."""
    try:
        return {
            name: Mark(int(one["pid"]), int(one["began"]))
            for name, one in json.loads(path.read_text()).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def end(marks: Iterable[Mark], grace: float = GRACE_SECONDS) -> None:
    """SIGTERM to each that still runs, SIGKILL to those that are there after the grace. Blocking."""
    left = [mark for mark in marks if mark.runs]
    for sign, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
        for mark in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(mark.pid, sign)
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [mark for mark in left if mark.runs]
