"""Rotates the keys of grants, and writes into the audit trail who did it and why."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.key_pairs import rotate_key_pair
from sre_agent.bootstrap_store import open_store
from sre_agent.domain.audit import NO_REASON, AuditDraft
from sre_agent.errors import BadInput
from sre_agent.settings import Settings


async def rotate_keys(settings: Settings, folder: Path, *, by: str, reason: str) -> datetime:
    """Until when the old key counts. Raises BadInput where there is no pair to rotate; the database comes first, so
    that no key is rotated which the audit trail could not tell of."""
    now = SystemClock().now()
    store = open_store(settings)
    try:
        await store.start()
        until = _rotated(folder, now)
        draft = AuditDraft(
            actor=by,
            action="grant_key.rotated",
            subject=str(folder / "grant.pub"),
            detail=f"the key before it counts until {until.isoformat(timespec='seconds')}",
            reason=reason or NO_REASON,
            at=now,
        )
        await SqlAuditTrail(store).record(draft)
    finally:
        await store.close()
    return until


def _rotated(folder: Path, now: datetime) -> datetime:
    try:
        return rotate_key_pair(folder / "grant.key", folder / "grant.pub", now)
    except (OSError, ValueError) as problem:
        raise BadInput(
            f"the keys in {folder} cannot be rotated ({problem}); `sre-agent keys --folder {folder}` makes a pair",
            field="folder",
        ) from problem
