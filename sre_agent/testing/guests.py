"""The understudy of users of other systems."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.errors import NotFound
from sre_agent.ports.accounts import Account
from sre_agent.ports.notify import UserLink
from sre_agent.testing.store import MemoryStore


class MemoryGuests:
    """Implements `ports.notify.Guests`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def link(self, system: str, external_id: str, account: str, *, made_by: str) -> UserLink:
        with self._store.transaction() as state:
            if account not in state.accounts:
                raise NotFound(f"there is no account named {account}")
            made = UserLink(
                system=system,
                external_id=external_id,
                account=account,
                made_by=made_by,
                made_at=self._store.clock.now(),
            )
            state.guests[system, external_id] = made
            return made

    async def unlink(self, system: str, external_id: str) -> None:
        with self._store.transaction() as state:
            if state.guests.pop((system, external_id), None) is None:
                raise NotFound(f"{system} user {external_id} is linked to no account")

    async def links(self) -> tuple[UserLink, ...]:
        return tuple(link for _, link in sorted(self._store.state.guests.items()))

    async def account_of(self, system: str, external_id: str) -> Account | None:
        link = self._store.state.guests.get((system, external_id))
        account = self._store.state.accounts.get(link.account) if link else None
        return account if account and not account.disabled else None

    async def is_new(self, request: str, *, remember: timedelta) -> bool:
        now = self._store.clock.now()
        with self._store.transaction() as state:
            state.seen_requests = {
                seen: at for seen, at in state.seen_requests.items() if at >= now - remember
            }
            is_new = request not in state.seen_requests
            state.seen_requests.setdefault(request, now)
            return is_new
