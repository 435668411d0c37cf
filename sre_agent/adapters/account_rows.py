"""Rows of accounts and the accounts they stand for; what more than one keeper of accounts needs."""

from __future__ import annotations

from datetime import datetime

from backend import crud, models
from backend.database import Connection
from sre_agent.domain.identity import Vouched, is_machine
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role
from sre_agent.domain.storable import plain
from sre_agent.errors import NotFound
from sre_agent.ports.accounts import Account


def known_account(connection: Connection, name: str) -> Account:
    row = crud.accounts.by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no account named {name}")
    return account_of(row)


def admitted(connection: Connection, vouched: Vouched, *, now: datetime) -> Account:
    """The account of whoever is vouched for, made where it is absent, with the role they come with."""
    row = crud.accounts.by_id(connection, vouched.user)
    if row is not None:
        if row.role != vouched.role.value:
            crud.accounts.set_role(connection, row.id, vouched.role.value)
        return account_of(row).model_copy(update={"role": vouched.role})
    taken = is_machine(vouched.name) or crud.accounts.spelt_like(connection, vouched.name) is not None
    name = plain(vouched.name_of_their_own if taken else vouched.name)
    account = Account(id=vouched.user, name=name, role=vouched.role, created_at=now)
    crud.accounts.add(connection, account.model_dump())
    return account


def account_of(row: models.Account) -> Account:
    return Account(
        id=UserId(row.id),
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        disabled=row.disabled,
    )
