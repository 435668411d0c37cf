"""What a runner that was killed still holds goes to whoever starts after it: at once, where its death is proved."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from sre_agent.ports.work import Jobs, Leases

log = structlog.get_logger("runner")


async def succeed(gone: Collection[str], leases: Leases, jobs: Jobs) -> None:
    """Free what these runners held; jobs that only wait for another try are tried now, as things may be mended.

    Fences stay, so that the next holder's is higher; and a write of the dead that is still on its way is waited
    for by whoever finds its step begun, as after any other loss of a lease.
    """
    freed = await leases.forfeit(gone)
    due = await jobs.resume(gone)
    log.info("runner.succeeds", of=sorted(gone), leases=freed, jobs=due)
