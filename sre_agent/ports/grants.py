"""Making grants: the signed, single-use, expiring right to make one exact tool call."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call


class GrantOrder(Frozen):
    """What a grant is to say. `audience` is server and cluster: `k8s@lab`."""

    call: Call
    audience: str
    incident_id: IncidentId
    key: StepKey
    fence: int
    issued_at: Moment
    expires_at: Moment


class GrantIssuer(Protocol):
    def issue(self, order: GrantOrder) -> str:
        """The signed grant. Only the runner's process can do this: it alone holds the key."""
