"""The understudies' memory: one state that all of them share, changed whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime

from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.audit import AuditCut, AuditEntry
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import JsonObject, Moment
from sre_agent.domain.ids import Digest, IncidentId, JobId, StepKey
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.law import Approval, Role, Ruling
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.plan import Plan, StepRecord
from sre_agent.domain.revision import Revision
from sre_agent.domain.trust import Rung, Sample
from sre_agent.domain.verification import Verification
from sre_agent.domain.work import Job, JobDraft, Lease
from sre_agent.ports.accounts import Account
from sre_agent.ports.clock import Clock
from sre_agent.ports.notify import Parcel, UserLink

AlertIdentity = tuple[str, datetime]
PlanName = tuple[IncidentId, Digest]


@dataclass(frozen=True)
class QueuedJob:
    """A job with its place in the queue; `owner` is empty while nobody has claimed it."""

    job: Job
    run_at: Moment
    priority: int
    owner: str = ""
    held_until: Moment | None = None
    error: str = ""


@dataclass(frozen=True)
class IssuedToken:
    account: str
    label: str
    expires_at: Moment | None
    revoked: bool = False
    role: Role | None = None


@dataclass
class State:
    """Everything on file. Values are frozen, so that copying the containers copies the state."""

    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    alerts: dict[AlertIdentity, FiledAlert] = field(default_factory=dict)
    journal: list[JournalEntry] = field(default_factory=list)
    evidence: dict[tuple[IncidentId, str], Evidence] = field(default_factory=dict)
    bodies: dict[Digest, JsonObject] = field(default_factory=dict)
    hypotheses: dict[IncidentId, tuple[Hypothesis, ...]] = field(default_factory=dict)
    plans: dict[PlanName, Plan] = field(default_factory=dict)
    rulings: dict[PlanName, Ruling] = field(default_factory=dict)
    approvals: list[Approval] = field(default_factory=list)
    steps: dict[tuple[IncidentId, Digest, int], StepRecord] = field(default_factory=dict)
    verifications: list[tuple[IncidentId, Digest, Verification]] = field(default_factory=list)
    calls: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    jobs: dict[JobId, QueuedJob] = field(default_factory=dict)
    jobs_ever: int = 0
    leases: dict[IncidentId, Lease] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, IssuedToken] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    audit_cuts: list[AuditCut] = field(default_factory=list)
    parcels: dict[int, Parcel] = field(default_factory=dict)
    gathered: int = 0
    rungs: dict[tuple[str, str], Rung] = field(default_factory=dict)
    samples: dict[tuple[IncidentId, Digest, int], Sample] = field(default_factory=dict)
    reckoned: int = 0
    mitigations: dict[StepKey, Mitigation] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    guests: dict[tuple[str, str], UserLink] = field(default_factory=dict)
    seen_requests: dict[str, Moment] = field(default_factory=dict)

    def journal_of(self, incident_id: IncidentId) -> list[JournalEntry]:
        return [entry for entry in self.journal if entry.incident_id == incident_id]

    def plans_of(self, incident_id: IncidentId) -> list[Plan]:
        """In the order of filing."""
        return [plan for (about, _), plan in self.plans.items() if about == incident_id]


class MemoryStore:
    """What a database is to the adapters: everybody's state, and a clock that says what has expired."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.state = State()
        self._guard = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[State]:
        """A state to change; it becomes the state when the block ends, and never was when it raises."""
        with self._guard:
            draft = State(**{each.name: copy(getattr(self.state, each.name)) for each in fields(State)})
            yield draft
            self.state = draft


def queue(state: State, draft: JobDraft) -> None:
    """Queue a job; a queued twin stays alone and takes the sooner time and the greater urgency."""
    for job_id, queued in state.jobs.items():
        if not queued.owner and (queued.job.lock, queued.job.kind) == (draft.lock, draft.kind):
            sooner, urgent = min(queued.run_at, draft.run_at), min(queued.priority, draft.priority)
            state.jobs[job_id] = QueuedJob(queued.job, sooner, urgent, error=queued.error)
            return
    state.jobs_ever += 1
    job = Job(
        id=JobId(state.jobs_ever),
        kind=draft.kind,
        lock=draft.lock,
        incident_id=draft.incident_id,
        attempts=0,
    )
    state.jobs[job.id] = QueuedJob(job, draft.run_at, draft.priority)
