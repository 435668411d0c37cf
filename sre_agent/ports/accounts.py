"""Who may call us."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role


class Account(Frozen):
    """A person or a machine with one role; its tokens are stored as SHA-256 only."""

    id: UserId
    name: str
    role: Role
    created_at: Moment
    disabled: bool = False


class Accounts(Protocol):
    async def by_token(self, token: str) -> Account | None:
        """The account behind a bearer token, if it is known, unexpired and not disabled."""

    async def create(self, name: str, role: Role) -> Account:
        """Raises Conflict where the name is taken."""

    async def all(self) -> tuple[Account, ...]:
        """Every account, by name."""

    async def issue_token(self, name: str, *, label: str, expires_at: Moment | None = None) -> str:
        """A new random token, shown once. Raises NotFound."""

    async def ensure_token(self, name: str, role: Role, token: str, *, label: str) -> None:
        """Make sure that this account exists and this token opens it (first start, from the environment)."""

    async def revoke_tokens(self, name: str) -> int:
        """How many were revoked."""
