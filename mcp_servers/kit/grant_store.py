"""The durable memory of used grants and begun steps: one SQLite file for all replicas of an audience.

A grant is burnt here before anything is sent, so that neither a replay nor a crash can spend it
twice. A step's key is remembered with how far it got, so that a second grant for the same step
finds out what became of the first instead of writing again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit.grants import Claims, GrantRefusal, Reason

KEEP_GRANTS_SECONDS: Final = 86_400.0
"""An expired grant is refused for its date; a day more is kept for clocks that were set back."""
KEEP_STEPS_SECONDS: Final = 90 * 86_400.0

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS grants (
    jti TEXT PRIMARY KEY, key TEXT NOT NULL, tool TEXT NOT NULL, inc TEXT NOT NULL,
    fence INTEGER NOT NULL, expires_at REAL NOT NULL, burnt_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
    key TEXT PRIMARY KEY, tool TEXT NOT NULL, args TEXT NOT NULL, inc TEXT NOT NULL,
    state TEXT NOT NULL, result TEXT NOT NULL DEFAULT '', deadline REAL NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fences (inc TEXT PRIMARY KEY, fence INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""


class Progress(StrEnum):
    """How far a step's write is known to have got."""

    FRESH = "fresh"
    """Never begun, or begun and known to have changed nothing."""
    UNDER_WAY = "under_way"
    """Another call with this key may be writing right now."""
    IN_DOUBT = "in_doubt"
    """Begun, and nobody knows whether it reached the system."""
    DONE = "done"


@dataclass(frozen=True)
class StepNote:
    """What the store remembers of a key; `result` is the write result where the step is done."""

    progress: Progress
    result: dict[str, JsonValue] | None = None
    deadline: float = 0.0


class StoreUnusable(Exception):
    """The store cannot be read or written, so no write may be made."""


class GrantStore:
    """Opens the file for each operation: writes are rare, and so no connection is shared by threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self, now: float) -> None:
        """Make the file and forget what is long past. Raises StoreUnusable."""
        with self._transaction() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("DELETE FROM grants WHERE expires_at < ?", (now - KEEP_GRANTS_SECONDS,))
            db.execute("DELETE FROM steps WHERE at < ?", (now - KEEP_STEPS_SECONDS,))
            db.execute("DELETE FROM fences WHERE at < ?", (now - KEEP_STEPS_SECONDS,))
        self._path.chmod(0o600)

    def begin(self, claims: Claims, *, now: float, deadline: float) -> StepNote:
        """Burn the grant and say what is known of its step.

        FRESH and IN_DOUBT mark the step as under way until `deadline`. Raises GrantRefusal where
        the grant was used before, its fence is old, or its key belongs to another step; StoreUnusable.
        """
        with self._transaction() as db:
            self._burn(db, claims, now)
            self._raise_fence(db, claims, now)
            note = self._note(db, claims.key, claims=claims, now=now)
            if note.progress in (Progress.FRESH, Progress.IN_DOUBT):
                db.execute(
                    "INSERT OR REPLACE INTO steps (key, tool, args, inc, state, deadline, at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (claims.key, claims.tool, claims.args, claims.inc, Progress.UNDER_WAY, deadline, now),
                )
            return note

    def end(self, key: str, progress: Progress, result: dict[str, JsonValue] | None = None) -> None:
        """Note how a begun step ended: DONE with its result, FRESH (nothing was written) or IN_DOUBT."""
        with self._transaction() as db:
            body = json.dumps(result) if result is not None else ""
            db.execute("UPDATE steps SET state = ?, result = ? WHERE key = ?", (progress, body, key))

    def look(self, key: str, *, now: float) -> StepNote:
        """What is known of a step, changing nothing."""
        with self._transaction() as db:
            return self._note(db, key, claims=None, now=now)

    def _burn(self, db: sqlite3.Connection, claims: Claims, now: float) -> None:
        row = (claims.jti, claims.key, claims.tool, claims.inc, claims.fence, claims.exp, now)
        try:
            db.execute("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as problem:
            raise GrantRefusal(Reason.USED, "The grant was used before; each gives one call.") from problem

    def _raise_fence(self, db: sqlite3.Connection, claims: Claims, now: float) -> None:
        row = db.execute("SELECT fence FROM fences WHERE inc = ?", (claims.inc,)).fetchone()
        if row is not None and row[0] > claims.fence:
            raise GrantRefusal(
                Reason.STALE_FENCE,
                f"A newer runner (fence {row[0]}) works on {claims.inc}; this grant is of fence {claims.fence}.",
            )
        db.execute("INSERT OR REPLACE INTO fences VALUES (?, ?, ?)", (claims.inc, claims.fence, now))

    def _note(self, db: sqlite3.Connection, key: str, *, claims: Claims | None, now: float) -> StepNote:
        row = db.execute(
            "SELECT tool, args, state, result, deadline FROM steps WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return StepNote(Progress.FRESH)
        tool, args, state, result, deadline = row
        if claims is not None and (tool, args) != (claims.tool, claims.args):
            raise GrantRefusal(
                Reason.KEY_OF_ANOTHER_STEP,
                f"The key was used for a call of {tool!r} with other content; each step has a key of its own.",
            )
        progress = Progress(state)
        if progress is Progress.UNDER_WAY and now >= deadline:
            progress = Progress.IN_DOUBT
        return StepNote(progress, json.loads(result) if result else None, deadline)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One immediate transaction, on the disk when it returns; a refusal rolls nothing back of the burn."""
        db: sqlite3.Connection | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = sqlite3.connect(self._path, timeout=5.0, isolation_level=None)
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            finally:
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as problem:
            raise StoreUnusable(f"the store of used grants at {self._path} failed: {problem}") from problem
        finally:
            if db is not None:
                db.close()
