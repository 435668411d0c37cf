"""Accounts in a table; of tokens only the SHA-256 is kept, so a stolen database opens nothing."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime

from backend import crud, models
from backend.database import Connection
from backend.drawers.accounts import Opened
from sre_agent.adapters.account_rows import account_of, admitted, known_account
from sre_agent.adapters.passwords import hashed, matches
from sre_agent.adapters.store import Store
from sre_agent.domain.identity import Vouched, is_machine
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role
from sre_agent.domain.storable import plain
from sre_agent.errors import Conflict
from sre_agent.ports.accounts import LINK, SESSION, Account, Session

_PREFIX = "sre_"
"""Makes a leaked token easy to find by scanners, and says whose it is."""

_SESSION_LABEL = "session"
_LINK_LABEL = "one-time link"


class SqlAccounts:
    """Implements `ports.accounts.Accounts`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def by_token(self, token: str) -> Account | None:
        if token.startswith(LINK):
            return None
        digest = _digest(token)

        def work(connection: Connection) -> Opened | None:
            return crud.accounts.by_token(connection, digest, now=self._store.moment(connection))

        opened = await self._store.read(work)
        return None if opened is None else _capped(opened)

    async def open_session(self, token: str, *, until: datetime) -> Session | None:
        digest, value = _digest(token), SESSION + secrets.token_urlsafe(32)

        def work(connection: Connection) -> Session | None:
            now = self._store.moment(connection)
            opened = crud.accounts.by_token(connection, digest, now=now)
            if opened is None or token.startswith(SESSION):
                return None
            is_link = token.startswith(LINK)
            if is_link and not crud.accounts.revoke_one(connection, digest, at=now):
                return None
            ends = until if opened.until is None or is_link else min(until, opened.until)
            account = _capped(opened)
            return self._begin(connection, account, value, until=ends)

        return await self._store.write(work)

    async def open_with_password(self, name: str, password: str, *, until: datetime) -> Session | None:
        def look(connection: Connection) -> tuple[models.Account | None, str | None]:
            row = crud.accounts.by_name(connection, name)
            return row, crud.accounts.password_of(connection, row.id) if row else None

        row, kept = await self._store.read(look)
        right = await asyncio.to_thread(matches, kept, password)
        if row is None or row.disabled or not right:
            return None
        account, value = account_of(row), SESSION + secrets.token_urlsafe(32)
        return await self._store.write(
            lambda connection: self._begin(connection, account, value, until=until)
        )

    async def open_vouched(self, vouched: Vouched, *, until: datetime) -> Session | None:
        value = SESSION + secrets.token_urlsafe(32)

        def work(connection: Connection) -> Session | None:
            account = admitted(connection, vouched, now=self._store.moment(connection))
            return None if account.disabled else self._begin(connection, account, value, until=until)

        return await self._store.write(work)

    async def close(self, token: str) -> None:
        digest = _digest(token)
        await self._store.write(
            lambda connection: crud.accounts.revoke_one(connection, digest, at=self._store.moment(connection))
        )

    async def set_password(self, name: str, password: str, *, keep: str = "") -> None:
        kept = await asyncio.to_thread(hashed, password)

        def work(connection: Connection) -> None:
            account, now = known_account(connection, name), self._store.moment(connection)
            row = {"account_id": account.id, "hash": kept, "changed_at": now}
            crud.accounts.set_password(connection, row)
            crud.accounts.revoke(connection, account.id, at=now, label=_SESSION_LABEL, but=_digest(keep))

        await self._store.write(work)

    async def has_password(self, name: str) -> bool:
        def work(connection: Connection) -> bool:
            row = crud.accounts.by_name(connection, name)
            return row is not None and crud.accounts.password_of(connection, row.id) is not None

        return await self._store.read(work)

    async def issue_link(self, name: str, role: Role, *, expires_at: datetime) -> str:
        word = LINK + secrets.token_urlsafe(32)

        def work(connection: Connection) -> None:
            found = crud.accounts.by_name(connection, name)
            account = account_of(found) if found else self._create(connection, name, role)
            now = self._store.moment(connection)
            crud.accounts.revoke(connection, account.id, at=now, label=_LINK_LABEL)
            self._add_token(connection, account, word, label=_LINK_LABEL, expires_at=expires_at)

        await self._store.write(work)
        return word

    def _begin(self, connection: Connection, account: Account, value: str, *, until: datetime) -> Session:
        self._add_token(connection, account, value, label=_SESSION_LABEL, expires_at=until, role=account.role)
        return Session(value=value, account=account, expires_at=until)

    async def create(self, name: str, role: Role) -> Account:
        def work(connection: Connection) -> Account:
            if is_machine(name):
                raise Conflict(
                    f"{name} is what the platform calls a part of itself; give the account another name"
                )
            if like := crud.accounts.spelt_like(connection, name):
                raise Conflict(f"there is an account named {like.name} already")
            return self._create(connection, name, role)

        return await self._store.write(work)

    async def all(self) -> tuple[Account, ...]:
        return await self._store.read(
            lambda connection: tuple(map(account_of, crud.accounts.every(connection)))
        )

    async def issue_token(
        self, name: str, *, label: str, expires_at: datetime | None = None, role: Role | None = None
    ) -> str:
        token = _PREFIX + secrets.token_urlsafe(32)

        def work(connection: Connection) -> None:
            account = known_account(connection, name)
            self._add_token(connection, account, token, label=label, expires_at=expires_at, role=role)

        await self._store.write(work)
        return token

    async def ensure_token(self, name: str, role: Role, token: str, *, label: str) -> None:
        """Also gives the account this role, and revokes older tokens with this label: changing the setting
        changes the token. Raises Conflict where the token is another account's."""
        digest = _digest(token)

        def work(connection: Connection) -> None:
            found = crud.accounts.by_name(connection, name)
            account = account_of(found) if found else self._create(connection, name, role)
            if crud.accounts.owner_of(connection, digest) not in (None, account.id):
                raise Conflict(
                    f"the token with label {label} belongs to another account; give {name} its own"
                )
            if account.role is not role:
                crud.accounts.set_role(connection, account.id, role.value)
            now = self._store.moment(connection)
            crud.accounts.revoke(connection, account.id, at=now, label=label, but=digest)
            self._add_token(connection, account, token, label=label)

        await self._store.write(work)

    async def revoke_tokens(self, name: str) -> int:
        """Raises NotFound."""

        def work(connection: Connection) -> int:
            return crud.accounts.revoke(
                connection, known_account(connection, name).id, at=self._store.moment(connection)
            )

        return await self._store.write(work)

    def _create(self, connection: Connection, name: str, role: Role) -> Account:
        if crud.accounts.by_name(connection, name) is not None:
            raise Conflict(f"there is an account named {name} already")
        account = Account(
            id=UserId(f"usr_{secrets.token_hex(8)}"),
            name=plain(name),
            role=role,
            created_at=self._store.moment(connection),
        )
        crud.accounts.add(connection, account.model_dump())
        return account

    def _add_token(  # noqa: PLR0913 - a token's columns
        self,
        connection: Connection,
        account: Account,
        token: str,
        *,
        label: str,
        expires_at: datetime | None = None,
        role: Role | None = None,
    ) -> None:
        crud.accounts.add_token(
            connection,
            {
                "digest": _digest(token),
                "account_id": account.id,
                "label": plain(label),
                "created_at": self._store.moment(connection),
                "expires_at": expires_at,
                "revoked_at": None,
                "role": role.value if role else None,
            },
        )


def _digest(token: str) -> str:
    # A random token of 256 bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _capped(opened: Opened) -> Account:
    """The account, with the least of its role and the token's: one that was lowered since counts, too."""
    account = account_of(opened.account)
    most = Role(opened.most) if opened.most else account.role
    return account if most.rank >= account.role.rank else account.model_copy(update={"role": most})
