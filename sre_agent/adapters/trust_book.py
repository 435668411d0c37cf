"""Rungs and samples in tables."""

from __future__ import annotations

from backend import crud, models
from backend.database import Connection
from sre_agent.adapters.store import Store
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Autonomy
from sre_agent.domain.storable import plain
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.ports.trust import Touched


class SqlTrustBook:
    """Implements `ports.trust.TrustBook`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def rungs(self) -> tuple[Rung, ...]:
        return tuple(map(_rung_of, await self._store.read(crud.trust.rungs)))

    async def rung(self, service: str, action: str) -> Rung | None:
        row = await self._store.read(lambda connection: crud.trust.rung(connection, service, action))
        return None if row is None else _rung_of(row)

    async def put_rung(self, rung: Rung) -> None:
        row = {**rung.model_dump(), "level": rung.level.value, "reason": plain(rung.reason)}
        await self._store.write(lambda connection: crud.trust.put_rung(connection, row))

    async def samples(self, *, service: str = "", action: str = "", limit: int = 5000) -> tuple[Sample, ...]:
        def work(connection: Connection) -> list[models.TrustSample]:
            return crud.trust.samples(connection, service=service, action=action, limit=limit)

        return tuple(map(_sample_of, await self._store.read(work)))

    async def of_incident(self, incident_id: IncidentId) -> tuple[Sample, ...]:
        rows = await self._store.read(lambda connection: crud.trust.of_incident(connection, incident_id))
        return tuple(map(_sample_of, rows))

    async def put_samples(self, samples: tuple[Sample, ...]) -> None:
        def work(connection: Connection) -> None:
            for sample in samples:
                row = {
                    **sample.model_dump(),
                    "level": sample.level.value,
                    "agreement": sample.agreement.value,
                    "why": plain(sample.why),
                }
                crud.trust.put_sample(connection, row, is_pending=sample.agreement is Agreement.PENDING)

        if samples:
            await self._store.write(work)

    async def pending(self, limit: int = 500) -> tuple[Sample, ...]:
        rows = await self._store.read(lambda connection: crud.trust.pending(connection, limit=limit))
        return tuple(map(_sample_of, rows))

    async def touched(self, kinds: tuple[str, ...]) -> Touched:
        ids, position = await self._store.read(lambda connection: crud.trust.touched(connection, kinds))
        return Touched(tuple(map(IncidentId, ids)), position)

    async def reached(self, position: int) -> None:
        await self._store.write(lambda connection: crud.trust.reached(connection, position))


def _rung_of(row: models.TrustRung) -> Rung:
    return Rung(
        service=row.service,
        action=row.action,
        level=Autonomy(row.level),
        since=row.since,
        by=row.by,
        reason=row.reason,
        cause=row.cause,
    )


def _sample_of(row: models.TrustSample) -> Sample:
    return Sample(
        incident_id=IncidentId(row.incident_id),
        plan_digest=Digest(row.plan_digest),
        step=row.step,
        service=row.service,
        action=row.action,
        level=Autonomy(row.level),
        agreement=Agreement(row.agreement),
        wrong=row.wrong,
        why=row.why,
        planned_at=row.planned_at,
    )
