"""Tells people outside: follows the journal, and delivers each piece of news at least once through every channel.

Nothing that works on incidents knows of it: it reads what they committed, so a channel that is slow or gone holds
nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Answer
from sre_agent.domain.notice import Notice
from sre_agent.errors import NotDelivered, NotFound, Retryable
from sre_agent.notify.news import NEWS, Asked, notice_of, pause, plan_of, redacted
from sre_agent.policy.consent import requirement
from sre_agent.ports.archive import Archive
from sre_agent.ports.clock import Clock
from sre_agent.ports.notify import Channel, Outbox, Parcel
from sre_agent.ports.streams import Bulletin

log = structlog.get_logger("notifier")

MOST_ATTEMPTS: Final = 12
HOLD: Final = timedelta(seconds=60)
"""Longer than any channel takes: a message whose sender died is due again after this."""
OLDEST: Final = timedelta(hours=1)
BREATH: Final = timedelta(milliseconds=250)
"""Between two looks at a journal that grows fast."""
LOOK_AGAIN: Final = timedelta(seconds=1)
_KINDS: Final = tuple(sorted(kind.value for kind in NEWS))


@dataclass(frozen=True)
class Notifier:
    """`draw` gives a number in [0, 1) for the jitter; `at_url` is where people open the dashboard."""

    outbox: Outbox
    archive: Archive
    channels: Mapping[str, Channel]
    clock: Clock
    redact: Callable[[str], str]
    draw: Callable[[], float]
    at_url: str = ""
    count: Callable[[str, str], None] = lambda channel, fate: None

    async def serve(self, bulletin: Bulletin) -> None:
        """Until cancelled; several at once, since one channel may be slow."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._gather(bulletin))
            for _ in self.channels:
                group.create_task(self._deliver(bulletin))

    async def _gather(self, bulletin: Bulletin) -> None:
        heard = 0
        while True:
            try:
                await self.gather()
            except Retryable as busy:
                log.warning("notices.not_gathered", reason=str(busy))
                await self.clock.sleep(LOOK_AGAIN)
            await self.clock.sleep(BREATH)
            heard = await bulletin.wait(heard, limit=timedelta(seconds=30))

    async def _deliver(self, bulletin: Bulletin) -> None:
        while True:
            try:
                found = await self.deliver_next()
            except Retryable as busy:
                log.warning("notices.not_delivered", reason=str(busy))
                found = False
            if not found:
                await self.clock.sleep(LOOK_AGAIN)

    async def gather(self) -> int:
        """Queue what is new; how much that was."""
        return await self.outbox.gather(tuple(self.channels), _KINDS, oldest=OLDEST)

    async def deliver_next(self) -> bool:
        """Deliver one message that is due; False where there was none."""
        parcel = await self.outbox.claim(hold=HOLD)
        if parcel is None:
            return False
        channel = self.channels.get(parcel.channel)
        if channel is None:
            await self._give_up(parcel, f"the channel {parcel.channel} is not set up any more")
            return True
        try:
            await channel.send(await self._notice(parcel))
        except NotDelivered as failure:
            await self._failed(parcel, failure)
        except NotFound as gone:
            await self._give_up(parcel, str(gone))
        else:
            await self.outbox.delivered(parcel)
            self.count(parcel.channel, "delivered")
        return True

    async def _notice(self, parcel: Parcel) -> Notice:
        """Composed when it is sent, from what stands on file now."""
        entries = await self.archive.journal_of_all(after=parcel.position - 1, limit=1)
        if not entries or entries[0].position != parcel.position:
            raise NotFound(f"the journal has no entry at position {parcel.position} any more")
        entry, incident = entries[0], await self.archive.incident(parcel.incident_id)
        digest = plan_of(entry)
        asked = await self._asked(parcel, digest) if digest else None
        told = notice_of(entry, incident, asked, at_url=self.at_url, now=self.clock.now())
        return redacted(told, self.redact)

    async def _asked(self, parcel: Parcel, digest: str) -> Asked:
        record = await self.archive.plan(parcel.incident_id, Digest(digest))
        wanted = requirement(record.ruling) if record.ruling else None
        return Asked(
            plan=record.plan,
            ruling=record.ruling,
            role=wanted.role.value if wanted else "",
            people=wanted.people if wanted else 0,
            refused=any(each.answer is Answer.NO for each in record.approvals),
        )

    async def _failed(self, parcel: Parcel, failure: NotDelivered) -> None:
        if parcel.attempts >= MOST_ATTEMPTS:
            await self._give_up(parcel, f"{failure} (attempt {parcel.attempts}, the last)")
            return
        wait = pause(parcel.attempts, self.draw(), asked=failure.after_seconds)
        log.warning(
            "notice.delayed", channel=parcel.channel, reason=str(failure), seconds=wait.total_seconds()
        )
        await self.outbox.again(parcel, after=wait, error=str(failure))
        self.count(parcel.channel, "delayed")

    async def _give_up(self, parcel: Parcel, why: str) -> None:
        log.error("notice.given_up", channel=parcel.channel, incident=parcel.incident_id, reason=why)
        await self.outbox.give_up(parcel, error=why)
        self.count(parcel.channel, "given_up")
