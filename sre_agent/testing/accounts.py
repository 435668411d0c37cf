"""The understudy of accounts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from itertools import count

from sre_agent.domain.identity import Vouched, is_machine, spelling
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.accounts import LINK, SESSION, Account, Session
from sre_agent.testing.store import IssuedToken, MemoryStore, State


class MemoryAccounts:
    """Implements `ports.accounts.Accounts` for tests; its tokens are numbered, not random."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._numbers = count(1)

    async def by_token(self, token: str) -> Account | None:
        opened = None if token.startswith(LINK) else self._opened(token)
        return opened and opened[0]

    def _opened(self, token: str) -> tuple[Account, IssuedToken] | None:
        state = self._store.state
        issued = state.tokens.get(_digest(token))
        if issued is None or issued.revoked:
            return None
        if issued.expires_at is not None and issued.expires_at <= self._store.clock.now():
            return None
        account = state.accounts[issued.account]
        if issued.role is not None and issued.role.rank < account.role.rank:
            account = account.model_copy(update={"role": issued.role})
        return None if account.disabled else (account, issued)

    async def open_session(self, token: str, *, until: datetime) -> Session | None:
        opened = None if token.startswith(SESSION) else self._opened(token)
        if opened is None:
            return None
        account, issued = opened
        if token.startswith(LINK):
            await self.close(token)
        elif issued.expires_at is not None:
            until = min(until, issued.expires_at)
        return self._begin(account, until)

    async def open_with_password(self, name: str, password: str, *, until: datetime) -> Session | None:
        state = self._store.state
        account = state.accounts.get(name)
        if account is None or account.disabled or state.passwords.get(name) != _digest(password):
            return None
        return self._begin(account, until)

    async def open_vouched(self, vouched: Vouched, *, until: datetime) -> Session | None:
        with self._store.transaction() as state:
            known = next((each for each in state.accounts.values() if each.id == vouched.user), None)
            taken = is_machine(vouched.name) or _spelt_like(state, vouched.name)
            name = vouched.name_of_their_own if taken else vouched.name
            account = known or self._create(state, name, vouched.role)
            account = account.model_copy(update={"id": vouched.user, "role": vouched.role})
            state.accounts[account.name] = account
        return None if account.disabled else self._begin(account, until)

    async def close(self, token: str) -> None:
        with self._store.transaction() as state:
            if issued := state.tokens.get(_digest(token)):
                state.tokens[_digest(token)] = replace(issued, revoked=True)

    async def set_password(self, name: str, password: str, *, keep: str = "") -> None:
        with self._store.transaction() as state:
            if name not in state.accounts:
                raise NotFound(f"there is no account named {name}")
            state.passwords[name] = _digest(password)
            _revoke(state, name, label="session", but=_digest(keep))

    async def has_password(self, name: str) -> bool:
        return name in self._store.state.passwords

    async def issue_link(self, name: str, role: Role, *, expires_at: datetime) -> str:
        word = f"{LINK}{name}-{next(self._numbers)}"
        with self._store.transaction() as state:
            if name not in state.accounts:
                self._create(state, name, role)
            _revoke(state, name, label="one-time link")
            state.tokens[_digest(word)] = IssuedToken(name, "one-time link", expires_at)
        return word

    def _begin(self, account: Account, until: datetime) -> Session:
        value = f"{SESSION}{account.name}-{next(self._numbers)}"
        with self._store.transaction() as state:
            state.tokens[_digest(value)] = IssuedToken(account.name, "session", until, role=account.role)
        return Session(value=value, account=account, expires_at=until)

    async def create(self, name: str, role: Role) -> Account:
        with self._store.transaction() as state:
            if is_machine(name):
                raise Conflict(
                    f"{name} is what the platform calls a part of itself; give the account another name"
                )
            if like := _spelt_like(state, name):
                raise Conflict(f"there is an account named {like} already")
            return self._create(state, name, role)

    async def all(self) -> tuple[Account, ...]:
        accounts = self._store.state.accounts
        return tuple(accounts[name] for name in sorted(accounts))

    async def issue_token(
        self, name: str, *, label: str, expires_at: datetime | None = None, role: Role | None = None
    ) -> str:
        token = f"sre_{name}-{next(self._numbers)}"
        with self._store.transaction() as state:
            if name not in state.accounts:
                raise NotFound(f"there is no account named {name}")
            state.tokens[_digest(token)] = IssuedToken(name, label, expires_at, role=role)
        return token

    async def ensure_token(self, name: str, role: Role, token: str, *, label: str) -> None:
        with self._store.transaction() as state:
            account = state.accounts.get(name) or self._create(state, name, role)
            owner = state.tokens.get(_digest(token))
            if owner is not None and owner.account != name:
                raise Conflict(
                    f"the token with label {label} belongs to another account; give {name} its own"
                )
            state.accounts[name] = account.model_copy(update={"role": role})
            _revoke(state, name, label=label)
            state.tokens[_digest(token)] = IssuedToken(name, label, None)

    async def revoke_tokens(self, name: str) -> int:
        with self._store.transaction() as state:
            if name not in state.accounts:
                raise NotFound(f"there is no account named {name}")
            return _revoke(state, name)

    def _create(self, state: State, name: str, role: Role) -> Account:
        if name in state.accounts:
            raise Conflict(f"there is an account named {name} already")
        user = UserId(f"usr_{len(state.accounts) + 1}")
        account = Account(id=user, name=name, role=role, created_at=self._store.clock.now())
        state.accounts[name] = account
        return account


def _spelt_like(state: State, name: str) -> str:
    return next((each for each in state.accounts if spelling(each) == spelling(name)), "")


def _revoke(state: State, name: str, *, label: str = "", but: str = "") -> int:
    ours = {
        digest: issued
        for digest, issued in state.tokens.items()
        if issued.account == name and not issued.revoked and label in ("", issued.label) and digest != but
    }
    state.tokens.update({digest: replace(issued, revoked=True) for digest, issued in ours.items()})
    return len(ours)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
