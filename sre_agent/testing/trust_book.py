"""The understudy of the trust ladder's book."""

from __future__ import annotations

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.ports.trust import Touched
from sre_agent.testing.store import MemoryStore


class MemoryTrustBook:
    """Implements `ports.trust.TrustBook`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def rungs(self) -> tuple[Rung, ...]:
        return tuple(rung for _, rung in sorted(self._store.state.rungs.items()))

    async def rung(self, service: str, action: str) -> Rung | None:
        return self._store.state.rungs.get((service, action))

    async def put_rung(self, rung: Rung) -> None:
        with self._store.transaction() as state:
            state.rungs[rung.service, rung.action] = rung

    async def samples(self, *, service: str = "", action: str = "", limit: int = 5000) -> tuple[Sample, ...]:
        found = [
            sample
            for sample in self._store.state.samples.values()
            if service in ("", sample.service) and action in ("", sample.action)
        ]
        return tuple(sorted(found, key=lambda one: (-one.planned_at.timestamp(), one.step))[:limit])

    async def of_incident(self, incident_id: IncidentId) -> tuple[Sample, ...]:
        found = [one for one in self._store.state.samples.values() if one.incident_id == incident_id]
        return tuple(sorted(found, key=lambda one: (one.planned_at, one.plan_digest, one.step)))

    async def put_samples(self, samples: tuple[Sample, ...]) -> None:
        with self._store.transaction() as state:
            for sample in samples:
                name = (sample.incident_id, sample.plan_digest, sample.step)
                if sample.agreement is not Agreement.PENDING or name not in state.samples:
                    state.samples[name] = sample

    async def pending(self, limit: int = 500) -> tuple[Sample, ...]:
        found = [one for one in self._store.state.samples.values() if one.agreement is Agreement.PENDING]
        return tuple(sorted(found, key=lambda one: (one.planned_at, one.step))[:limit])

    async def touched(self, kinds: tuple[str, ...]) -> Touched:
        state = self._store.state
        news = [each for each in state.journal if each.position > state.reckoned and each.kind in kinds]
        last = max((each.position for each in state.journal), default=0)
        return Touched(tuple(dict.fromkeys(each.incident_id for each in news)), last)

    async def reached(self, position: int) -> None:
        with self._store.transaction() as state:
            state.reckoned = max(state.reckoned, position)
