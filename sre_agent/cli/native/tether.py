"""Ties a process to its starter, then becomes it: `python -I -S tether.py STARTER_PID COMMAND...`.

Run by path, with nothing of ours imported: what follows must begin at once. Where the starter is killed in a way
it cannot answer (`kill -9`), the kernel sends SIGTERM to what was started, so that nothing is left running.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    starter, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != starter:
            sys.exit("the process that started this one has ended already")
    os.execv(command[0], command)  # noqa: S606  # the starter's own words  # nosec B606


if __name__ == "__main__":
    main()
