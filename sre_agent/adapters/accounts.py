"""Accounts in a table; of tokens only the SHA-256 is kept, so a stolen database opens nothing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from backend import crud, models
from backend.database import Connection
from sre_agent.adapters.store import Store
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role
from sre_agent.domain.storable import plain
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.accounts import Account

_PREFIX = "sre_"
"""Makes a leaked token easy to find by scanners, and says whose it is."""


class SqlAccounts:
    """Implements `ports.accounts.Accounts`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def by_token(self, token: str) -> Account | None:
        digest = _digest(token)

        def work(connection: Connection) -> models.Account | None:
            return crud.accounts.by_token(connection, digest, now=self._store.moment(connection))

        row = await self._store.read(work)
        return None if row is None else _account_of(row)

    async def create(self, name: str, role: Role) -> Account:
        return await self._store.write(lambda connection: self._create(connection, name, role))

    async def all(self) -> tuple[Account, ...]:
        return await self._store.read(
            lambda connection: tuple(map(_account_of, crud.accounts.every(connection)))
        )

    async def issue_token(self, name: str, *, label: str, expires_at: datetime | None = None) -> str:
        token = _PREFIX + secrets.token_urlsafe(32)

        def work(connection: Connection) -> None:
            self._add_token(connection, _known(connection, name), token, label=label, expires_at=expires_at)

        await self._store.write(work)
        return token

    async def ensure_token(self, name: str, role: Role, token: str, *, label: str) -> None:
        """Also gives the account this role, and revokes older tokens with this label: changing the setting
        changes the token. Raises Conflict where the token is another account's."""
        digest = _digest(token)

        def work(connection: Connection) -> None:
            found = crud.accounts.by_name(connection, name)
            account = _account_of(found) if found else self._create(connection, name, role)
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
                connection, _known(connection, name).id, at=self._store.moment(connection)
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

    def _add_token(
        self,
        connection: Connection,
        account: Account,
        token: str,
        *,
        label: str,
        expires_at: datetime | None = None,
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
            },
        )


def _digest(token: str) -> str:
    # A random token of 256 bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _known(connection: Connection, name: str) -> Account:
    row = crud.accounts.by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no account named {name}")
    return _account_of(row)


def _account_of(row: models.Account) -> Account:
    return Account(
        id=UserId(row.id),
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        disabled=row.disabled,
    )
