"""Telling people outside, and knowing them when they answer."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.notice import Notice
from sre_agent.ports.accounts import Account


class Channel(Protocol):
    """One way to reach people."""

    async def send(self, notice: Notice) -> None:
        """Deliver it, or raise NotDelivered. The same notice may be sent again where nobody knows if it arrived."""


class Fate(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Parcel(Frozen):
    """One journal entry (by its position) on its way through one channel; `attempts` counts those begun."""

    id: int
    channel: str
    position: int
    incident_id: IncidentId
    state: Fate
    attempts: int
    next_at: Moment
    error: str = ""
    created_at: Moment
    ended_at: Moment | None = None


class Outbox(Protocol):
    """Durable: what was gathered is delivered or given up, whatever is killed meanwhile."""

    async def gather(self, channels: tuple[str, ...], kinds: tuple[str, ...], *, oldest: timedelta) -> int:
        """Queue journal entries of these kinds since the last call, for each channel once; how many were queued.

        Entries older than `oldest` are no news any more and are passed over.
        """

    async def claim(self, *, hold: timedelta) -> Parcel | None:
        """Take the next that is due; due again after `hold` where nothing is heard of it."""

    async def delivered(self, parcel: Parcel) -> None:
        """It arrived."""

    async def again(self, parcel: Parcel, *, after: timedelta, error: str) -> None:
        """Try it once more, later."""

    async def give_up(self, parcel: Parcel, *, error: str) -> None:
        """It will not be tried again."""

    async def newest(self, limit: int) -> tuple[Parcel, ...]:
        """Newest first."""


class UserLink(Frozen):
    """A user of another system, and the account here that answers for them."""

    system: str
    external_id: str
    account: str
    made_by: str
    made_at: Moment


class Guests(Protocol):
    """Users of other systems who may answer here, and their requests."""

    async def link(self, system: str, external_id: str, account: str, *, made_by: str) -> UserLink:
        """Raises NotFound where there is no such account. A user has one account; the newest link counts."""

    async def unlink(self, system: str, external_id: str) -> None:
        """Raises NotFound."""

    async def links(self) -> tuple[UserLink, ...]:
        """All of them."""

    async def account_of(self, system: str, external_id: str) -> Account | None:
        """None where nobody vouched for this user, or the account is disabled."""

    async def is_new(self, request: str, *, remember: timedelta) -> bool:
        """Whether this signed request (its digest) was not taken before; it is now."""


class Replies(Protocol):
    async def reply(self, url: str, text: str) -> None:
        """Tell the person who pressed a button what became of it; a reply that does not arrive is let go."""
