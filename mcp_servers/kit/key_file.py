"""The file of public keys, read again whenever it changed: keys are rotated without a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mcp_servers.kit.keyring import RingKey, read_ring, usable

logger = logging.getLogger(__name__)

Keys = Callable[[float], Sequence[Ed25519PublicKey]]
"""The keys that count at a time (Unix seconds); none: no grant can be checked."""


def no_keys(_: float) -> Sequence[Ed25519PublicKey]:
    return ()


class KeyFile:
    """Raises OSError or ValueError where it cannot be read at first; later mistakes leave the keys as they were."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._look()
        self._ring: tuple[RingKey, ...] = read_ring(path.read_text("utf-8"))

    def __call__(self, now: float) -> Sequence[Ed25519PublicKey]:
        try:
            seen = self._look()
            if seen != self._seen:
                self._ring, self._seen = read_ring(self._path.read_text("utf-8")), seen
        except (OSError, ValueError) as problem:
            logger.error("the keys of grants stay as they were: %s cannot be read (%s)", self._path, problem)
        return [each.key for each in usable(self._ring, datetime.fromtimestamp(now, UTC))]

    def _look(self) -> tuple[int, int, int]:
        seen = self._path.stat()
        return seen.st_ino, seen.st_mtime_ns, seen.st_size
