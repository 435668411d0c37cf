"""Free ports: whether the wished one is free, and others where none is wished."""

from __future__ import annotations

import errno
import secrets
import socket

NEVER_OUTGOING = range(16_384, 32_768)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """So many different free ports; all are held until all are found.

    From below the range out of which the system gives ports to outgoing connections: a lab may start
    between the choice of a port and its use, and makes thousands of connections.
    """
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            one = socket.socket()
            try:
                one.bind((host, secrets.choice(NEVER_OUTGOING)))
            except OSError as taken:
                one.close()
                if taken.errno != errno.EADDRINUSE:
                    raise
            else:
                held.append(one)
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()
