"""Who may call us."""

from __future__ import annotations

from typing import Final, Protocol

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.identity import Vouched
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import Role


class Account(Frozen):
    """A person or a machine with one role; its tokens are stored as SHA-256 only."""

    id: UserId
    name: str
    role: Role
    created_at: Moment
    disabled: bool = False


LINK: Final = "srel_"
"""A one-time link's word begins so: it opens one session, and nothing else."""
SESSION: Final = "sres_"
"""The value of a session's cookie begins so: it is no bearer token."""


class Session(Frozen):
    """A browser's session: the value of its cookie (only its hash is kept), whose it is, and until when."""

    value: str
    account: Account
    expires_at: Moment


class Accounts(Protocol):
    async def by_token(self, token: str) -> Account | None:
        """The account behind a token or a session, if it is known, unexpired and not disabled.

        Its role is the least of the account's and the token's. A one-time link opens no account.
        """

    async def open_session(self, token: str, *, until: Moment) -> Session | None:
        """Exchange a token, or a one-time link (which is used up), for a session that may do no more and ends no
        later than the token."""

    async def open_with_password(self, name: str, password: str, *, until: Moment) -> Session | None:
        """A session for whoever knows the password; None takes as long, whatever was wrong."""

    async def open_vouched(self, vouched: Vouched, *, until: Moment) -> Session | None:
        """A session for whom an identity provider vouches; None where their account is disabled.

        The account is theirs by issuer and subject, is made at their first visit, and has the role they come with.
        Where another account has their name, they get one of their own: nobody comes into an account by its name.
        """

    async def close(self, token: str) -> None:
        """End one session, or revoke one token."""

    async def set_password(self, name: str, password: str, *, keep: str = "") -> None:
        """Raises NotFound. Their sessions end, but for the one of this value; tokens stay as they are."""

    async def has_password(self, name: str) -> bool:
        """Whether this account may sign in with one."""

    async def issue_link(self, name: str, role: Role, *, expires_at: Moment) -> str:
        """The word of a one-time link for this account, which is made where it is absent; older links end."""

    async def create(self, name: str, role: Role) -> Account:
        """Raises Conflict where the name is taken."""

    async def all(self) -> tuple[Account, ...]:
        """Every account, by name."""

    async def issue_token(
        self, name: str, *, label: str, expires_at: Moment | None = None, role: Role | None = None
    ) -> str:
        """A new random token, shown once; `role` is the most it may do. Raises NotFound."""

    async def ensure_token(self, name: str, role: Role, token: str, *, label: str) -> None:
        """Make sure that this account exists and this token opens it (first start, from the environment)."""

    async def revoke_tokens(self, name: str) -> int:
        """How many were revoked."""
