"""What the runner needs to know: jobs to do and the lease that says who may do them."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId, JobId


class JobKind(StrEnum):
    INVESTIGATE = "investigate"
    """Start the incident's graph, or go on with it, whichever its checkpoint says."""
    RESTORE = "restore"
    """Restore what an incident's time-boxed steps changed, where their time is up."""
    REFRESH_TOPOLOGY = "refresh_topology"


class JobDraft(Frozen):
    """`lock` serialises: two jobs with one lock never run at once.

    The smaller `priority`, the more urgent. A queued twin (same lock and kind) of a queued job is dropped;
    the one that stays takes the sooner `run_at` and the more urgent `priority` of the two.
    """

    kind: JobKind
    lock: str
    incident_id: IncidentId | None = None
    run_at: Moment
    priority: int = 100


class Job(Frozen):
    """A claimed job; `attempts` counts its claims, this one included."""

    id: JobId
    kind: JobKind
    lock: str
    incident_id: IncidentId | None
    attempts: int


class Lease(Frozen):
    """The right to work on one incident; `fence` grows with every new holder."""

    incident_id: IncidentId
    owner: str
    fence: int
    expires_at: Moment
