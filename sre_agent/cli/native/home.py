"""The folder of one platform: who keeps it, what runs for it, and where its files lie."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sre_agent.cli.native import marks
from sre_agent.errors import Conflict, SettingError

_LOCK_SECONDS = 2.0
"""Whoever asks who keeps the folder holds the lock for an instant; a keeper waits that out."""


@dataclass(frozen=True)
class Home:
    """`folder` is absolute."""

    folder: Path

    @property
    def state_file(self) -> Path:
        """There once the platform is ready, or has failed to start."""
        return self.folder / "run" / "platform.json"

    @property
    def children_file(self) -> Path:
        return self.folder / "run" / "children.json"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def _lock_file(self) -> Path:
        return self.folder / "run" / "keeper.lock"

    def make(self) -> None:
        """The folders, for their owner alone. Raises SettingError where they cannot be made."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in ("keys", "grants", "logs", "run"):
                (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as problem:
            found = f"{self.folder}, which cannot be used ({problem.strerror})"
            raise SettingError("SRE_AGENT_HOME", found, "a folder that you may write to") from None

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the folder: held by the kernel, so that it is let go of however this process ends.

        Raises Conflict where another process keeps it.
        """
        with self._lock_file.open("a+") as lock:
            if not _locked(lock.fileno(), fcntl.LOCK_EX, patience=_LOCK_SECONDS):
                raise Conflict(f"another process ({self.keeper_pid()}) runs the platform in {self.folder}")
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            self.state_file.unlink(missing_ok=True)
            marks.end(marks.read(self.children_file).values())
            yield

    def keeper_pid(self) -> int | None:
        """Who keeps the folder now; None where nobody does, whatever files an earlier run left."""
        try:
            with self._lock_file.open() as lock:
                for _ in range(20):
                    if _locked(lock.fileno(), fcntl.LOCK_SH):
                        return None
                    lock.seek(0)
                    if text := lock.read():
                        return int(text)
                    time.sleep(0.02)
        except (OSError, ValueError):
            return None
        return None

    def state(self) -> dict[str, Any]:
        """What the keeper says of the platform; empty while it says nothing."""
        try:
            told: dict[str, Any] = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}
        return told

    def tell(self, state: Mapping[str, Any]) -> None:
        """Whole or not at all."""
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps(dict(state)))
        fresh.replace(self.state_file)

    def forget(self) -> None:
        self.state_file.unlink(missing_ok=True)
        self.children_file.unlink(missing_ok=True)


def _locked(descriptor: int, kind: int, *, patience: float = 0.0) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True
