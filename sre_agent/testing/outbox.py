"""The understudies of the outbox and of a channel."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.notice import Notice
from sre_agent.errors import NotDelivered
from sre_agent.ports.notify import Fate, Parcel
from sre_agent.testing.store import MemoryStore


class MemoryOutbox:
    """Implements `ports.notify.Outbox`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def gather(self, channels: tuple[str, ...], kinds: tuple[str, ...], *, oldest: timedelta) -> int:
        now = self._store.clock.now()
        with self._store.transaction() as state:
            news = [
                entry
                for entry in state.journal
                if entry.position > state.gathered and entry.kind in kinds and entry.at >= now - oldest
            ]
            for entry in news:
                for channel in channels:
                    number = len(state.parcels) + 1
                    state.parcels[number] = Parcel(
                        id=number,
                        channel=channel,
                        position=entry.position,
                        incident_id=entry.incident_id,
                        state=Fate.WAITING,
                        attempts=0,
                        next_at=now,
                        created_at=now,
                    )
            state.gathered = max([entry.position for entry in state.journal], default=0)
            return len(news) * len(channels)

    async def claim(self, *, hold: timedelta) -> Parcel | None:
        now = self._store.clock.now()
        with self._store.transaction() as state:
            due = [one for one in state.parcels.values() if one.state is Fate.WAITING and one.next_at <= now]
            if not due:
                return None
            first = min(due, key=lambda one: (one.next_at, one.id))
            taken = first.model_copy(update={"attempts": first.attempts + 1, "next_at": now + hold})
            state.parcels[first.id] = taken
            return taken

    async def delivered(self, parcel: Parcel) -> None:
        self._say(parcel, state=Fate.DELIVERED, ended_at=self._store.clock.now(), error="")

    async def give_up(self, parcel: Parcel, *, error: str) -> None:
        self._say(parcel, state=Fate.GIVEN_UP, ended_at=self._store.clock.now(), error=error)

    async def again(self, parcel: Parcel, *, after: timedelta, error: str) -> None:
        self._say(parcel, next_at=self._store.clock.now() + after, error=error)

    async def newest(self, limit: int) -> tuple[Parcel, ...]:
        return tuple(sorted(self._store.state.parcels.values(), key=lambda one: -one.id)[:limit])

    def _say(self, parcel: Parcel, **values: object) -> None:
        with self._store.transaction() as state:
            known = state.parcels[parcel.id]
            if known.state is Fate.WAITING and known.attempts == parcel.attempts:
                state.parcels[parcel.id] = known.model_copy(update=values)


class MemoryChannel:
    """Implements `ports.notify.Channel`; keeps what was sent, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0, after_seconds: float = 0.0) -> None:
        self.sent: list[Notice] = []
        self.failures = failures
        self._after_seconds = after_seconds

    async def send(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise NotDelivered("the channel is away", after_seconds=self._after_seconds)
        self.sent.append(notice)
