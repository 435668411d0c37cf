"""Where trust stands, and what it rests on."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Autonomy
from sre_agent.domain.plan import Plan
from sre_agent.domain.trust import Rung, Sample


class Touched(NamedTuple):
    """Incidents about which something was said since the last look, and the place in the journal up to there."""

    incidents: tuple[IncidentId, ...]
    position: int


class TrustBook(Protocol):
    """Durable. A sample and a rung have a name each; writing one again replaces it."""

    async def rungs(self) -> tuple[Rung, ...]:
        """All that somebody, or the ladder itself, decided."""

    async def rung(self, service: str, action: str) -> Rung | None:
        """None where nobody decided yet."""

    async def put_rung(self, rung: Rung) -> None:
        """The newest counts."""

    async def samples(self, *, service: str = "", action: str = "", limit: int = 5000) -> tuple[Sample, ...]:
        """Newest first; of one service and kind of action where they are given."""

    async def of_incident(self, incident_id: IncidentId) -> tuple[Sample, ...]:
        """In the order of plans and steps."""

    async def put_samples(self, samples: tuple[Sample, ...]) -> None:
        """One that is decided is never made pending again."""

    async def pending(self, limit: int = 500) -> tuple[Sample, ...]:
        """Oldest first."""

    async def touched(self, kinds: tuple[str, ...]) -> Touched:
        """Since what was `reached`."""

    async def reached(self, position: int) -> None:
        """All up to there is reckoned with; never goes back."""


class Trust(Protocol):
    """What the policy gate asks."""

    async def earned(self, plan: Plan) -> dict[int, Autonomy]:
        """Step → the level that its service and kind of action stand at; none: nothing lowers the law's own."""
