"""Reading what was filed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from sre_agent.domain.alert import FiledAlert, Severity
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId, StepKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Approval, Ruling
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Plan, StepRecord
from sre_agent.domain.revision import Revision
from sre_agent.domain.verification import Verification


class IncidentFilter(Frozen):
    """All given conditions must hold; `text` searches title, summary, namespace and cause."""

    statuses: tuple[Status, ...] = ()
    severities: tuple[Severity, ...] = ()
    origin: Origin | None = None
    namespace: str = ""
    cluster: str = ""
    text: str = ""
    opened_after: Moment | None = None
    opened_before: Moment | None = None


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    WORST = "worst"
    """The most severe first, and the newest first among those that are alike."""


class Page(Frozen):
    """One page of the whole list in that order."""

    number: int = 1
    size: int = 50
    order: Order = Order.NEWEST


class IncidentPage(Frozen):
    items: tuple[Incident, ...]
    total: int
    page: Page


class ClusterWork(Frozen):
    """What is unfinished in one cluster: how many incidents, how many of them wait for a person, the worst, the oldest."""

    cluster: str
    unfinished: int
    waiting: int
    worst: Severity
    oldest: Moment

    def joined(self, other: ClusterWork) -> ClusterWork:
        """Both together; they are of one cluster."""
        return ClusterWork(
            cluster=self.cluster,
            unfinished=self.unfinished + other.unfinished,
            waiting=self.waiting + other.waiting,
            worst=min(self.worst, other.worst, key=lambda each: each.rank),
            oldest=min(self.oldest, other.oldest),
        )


def by_cluster(parts: Iterable[ClusterWork]) -> tuple[ClusterWork, ...]:
    """One for each cluster, where the worst is first."""
    found: dict[str, ClusterWork] = {}
    for part in parts:
        known = found.get(part.cluster)
        found[part.cluster] = known.joined(part) if known else part
    return tuple(sorted(found.values(), key=lambda each: (each.worst.rank, -each.unfinished, each.cluster)))


class PlanRecord(Frozen):
    """A plan with everything that was said and done about it, newest plan first in lists."""

    plan: Plan
    ruling: Ruling | None
    approvals: tuple[Approval, ...]
    steps: tuple[StepRecord, ...]
    verifications: tuple[Verification, ...]


class Archive(Protocol):
    async def incident(self, incident_id: IncidentId) -> Incident:
        """Raises NotFound."""

    async def incidents(self, where: IncidentFilter, page: Page) -> IncidentPage:
        """In the order of the page."""

    async def clusters(self) -> tuple[ClusterWork, ...]:
        """Those in which something is unfinished, the worst first."""

    async def alerts(self, incident_id: IncidentId) -> tuple[FiledAlert, ...]:
        """In the order of arrival; the newest status of each."""

    async def unfiled_alerts(self, limit: int) -> tuple[FiledAlert, ...]:
        """Alerts that opened no incident, each with its reason, newest first."""

    async def journal(
        self, incident_id: IncidentId, *, after: int = 0, limit: int = 1000
    ) -> tuple[JournalEntry, ...]:
        """Entries with `seq` > after, in order."""

    async def journal_of_all(self, *, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """Entries of all incidents with `position` > after, in order."""

    async def recent_entries(
        self, kinds: Sequence[Kind], *, since: datetime, limit: int
    ) -> tuple[JournalEntry, ...]:
        """Entries of these kinds of all incidents, of that time or later, newest first; a far past may be left out."""

    async def evidence(self, incident_id: IncidentId) -> tuple[Evidence, ...]:
        """In the order of keeping."""

    async def evidence_body(self, incident_id: IncidentId, evidence_id: EvidenceId) -> JsonObject:
        """Raises NotFound."""

    async def hypotheses(self, incident_id: IncidentId) -> tuple[Hypothesis, ...]:
        """As last ranked."""

    async def plans(self, incident_id: IncidentId) -> tuple[PlanRecord, ...]:
        """Newest first."""

    async def plan(self, incident_id: IncidentId, digest: Digest) -> PlanRecord:
        """Raises NotFound."""

    async def mitigations(
        self,
        *,
        incident_id: IncidentId | None = None,
        states: Sequence[MitigationState] = (),
        limit: int = 500,
    ) -> tuple[Mitigation, ...]:
        """The first to expire first; of one incident, and in one of these states, where they are given."""

    async def mitigation(self, key: StepKey) -> Mitigation:
        """Raises NotFound."""

    async def revisions(self, incident_id: IncidentId) -> tuple[Revision, ...]:
        """Versions of its post-mortem, the first first."""

    async def calls(self) -> dict[str, tuple[str, ...]]:
        """Last known call graph, `namespace/service` → callees."""

    async def keep_calls(self, namespace: str, calls: dict[str, tuple[str, ...]]) -> None:
        """Replace what is known of one namespace's call graph."""


_AT_A_TIME: Final = 200


async def every_incident(archive: Archive, where: IncidentFilter) -> AsyncIterator[Incident]:
    """All of them, newest first, read page by page; none is in memory longer than its page."""
    number, is_full = 1, True
    while is_full:
        page = await archive.incidents(where, Page(number=number, size=_AT_A_TIME))
        for incident in page.items:
            yield incident
        number, is_full = number + 1, len(page.items) == _AT_A_TIME
