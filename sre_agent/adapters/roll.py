"""The roll of runners: each holds a lock on a file of its own while it lives, so that its death can be proved.

The kernel lets go of the lock when the last thread of the process is gone, and not before: whose lock is free
does nothing any more. Locks are only believed within one boot of one machine; elsewhere time has to run out.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Roll:
    """`gone`: those on the roll that were known to be dead when we came."""

    folder: Path
    gone: tuple[str, ...]

    def strike_off(self) -> None:
        """What they held has been taken over; whoever is killed before this leaves them to the next."""
        for name in self.gone:
            (self.folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def on_the_roll(folder: Path, name: str) -> Iterator[Roll]:
    """Listed under `name` for as long as the block, or the process, lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    gone = tuple(path.name for path in sorted(folder.iterdir()) if _is_dead(path))
    mine = folder / name
    with mine.open("x") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # Written only now: an empty file is of one who is just coming.
        file.write(_boot())
        file.flush()
        try:
            yield Roll(folder, gone)
        finally:
            mine.unlink(missing_ok=True)


def _is_dead(path: Path) -> bool:
    """Whether who signed here lived on this machine since it was started, and has let go of the lock."""
    try:
        with path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file.read() == _boot()
    except OSError:  # held, gone meanwhile, or not ours to open
        return False


def _boot() -> str:
    """What tells this boot of this machine from all others. Where the kernel does not say, nobody is ever proved dead."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return f"unknown, process {os.getpid()}"
