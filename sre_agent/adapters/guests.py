"""Users of other systems who may answer here, in a table."""

from __future__ import annotations

from datetime import timedelta

from backend import crud, models
from backend.database import Connection
from sre_agent.adapters.account_rows import account_of, known_account
from sre_agent.adapters.store import Store
from sre_agent.domain.storable import plain
from sre_agent.errors import NotFound
from sre_agent.ports.accounts import Account
from sre_agent.ports.notify import UserLink


class SqlGuests:
    """Implements `ports.notify.Guests`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def link(self, system: str, external_id: str, account: str, *, made_by: str) -> UserLink:
        def work(connection: Connection) -> UserLink:
            owner, now = known_account(connection, account), self._store.moment(connection)
            made = UserLink(
                system=system,
                external_id=plain(external_id),
                account=owner.name,
                made_by=made_by,
                made_at=now,
            )
            row = made.model_dump(exclude={"account"}) | {"account_id": owner.id}
            crud.links.put(connection, row)
            return made

        return await self._store.write(work)

    async def unlink(self, system: str, external_id: str) -> None:
        name = plain(external_id)
        if not await self._store.write(lambda connection: crud.links.remove(connection, system, name)):
            raise NotFound(f"{system} user {name} is linked to no account")

    async def links(self) -> tuple[UserLink, ...]:
        def work(connection: Connection) -> tuple[UserLink, ...]:
            return tuple(
                UserLink(system=system, external_id=user, account=account, made_by=by, made_at=at)
                for system, user, account, by, at in crud.links.every(connection)
            )

        return await self._store.read(work)

    async def account_of(self, system: str, external_id: str) -> Account | None:
        def work(connection: Connection) -> models.Account | None:
            return crud.links.account_of(connection, system, plain(external_id))

        row = await self._store.read(work)
        return None if row is None else account_of(row)

    async def is_new(self, request: str, *, remember: timedelta) -> bool:
        def work(connection: Connection) -> bool:
            now = self._store.moment(connection)
            return crud.links.see(connection, request, now=now, forget_before=now - remember)

        return await self._store.write(work)
