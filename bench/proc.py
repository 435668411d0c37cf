"""What Linux says of a process: its share of memory, its processor time; parsing is pure."""

from __future__ import annotations

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12
"""Places in /proc/PID/stat, counted from the field after the command's closing bracket."""


def pss_mb(smaps_rollup: str) -> float:
    """Megabytes of memory in proportion to how many processes share them, from `/proc/PID/smaps_rollup`."""
    for line in smaps_rollup.splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) / 1024
    raise ValueError("expected a line `Pss: N kB` in smaps_rollup, and found none")


def cpu_seconds(stat: str, ticks_per_second: int = TICKS_PER_SECOND) -> float:
    """User and system time, from `/proc/PID/stat`. A command's name may hold blanks and brackets."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / ticks_per_second


def family_of(pid: int) -> list[int]:
    """A process and those it started, and so on: the agent's runner is a process of its own."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(each) for task in tasks for each in task.read_text(encoding="utf-8").split()]
    return [pid, *(one for child in children for one in family_of(child))]


def pss_of(pid: int) -> float:
    """Of a process with all that it started."""
    files = (Path(f"/proc/{one}/smaps_rollup") for one in family_of(pid))
    return sum(pss_mb(file.read_text(encoding="utf-8")) for file in files)


def cpu_of(pid: int) -> float:
    """Of a process with all that it started."""
    files = (Path(f"/proc/{one}/stat") for one in family_of(pid))
    return sum(cpu_seconds(file.read_text(encoding="utf-8")) for file in files)
