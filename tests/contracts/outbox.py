"""What every outbox promises: each piece of news goes out through each channel once, and none is lost."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.notify import Fate, Parcel
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import FIRST, entry, incident

HOLD = timedelta(seconds=60)
HOUR = timedelta(hours=1)
KINDS = (Kind.ESCALATED.value, Kind.INCIDENT_ENDED.value)
CHANNELS = ("slack", "webhook")


def news(key: str, cabinet: Cabinet) -> JournalDraft:
    return entry(key, at=cabinet.clock.now()).model_copy(update={"kind": Kind.ESCALATED})


async def happened(cabinet: Cabinet, *entries: JournalDraft) -> None:
    now = cabinet.clock.now()
    await cabinet.ledger.write(ChangeSet(incident_id=FIRST, at=now, entries=entries))


async def opened(cabinet: Cabinet) -> None:
    now = cabinet.clock.now()
    await cabinet.ledger.open(incident(at=now), ChangeSet(incident_id=FIRST, at=now))


async def claimed(cabinet: Cabinet) -> Parcel:
    parcel = await cabinet.outbox.claim(hold=HOLD)
    assert parcel is not None
    return parcel


class OutboxContract:
    async def test_news_goes_to_every_channel_once_and_the_rest_to_none(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, entry("a note", at=cabinet.clock.now()), news("n1", cabinet))
        assert await cabinet.outbox.gather(CHANNELS, KINDS, oldest=HOUR) == 2
        assert await cabinet.outbox.gather(CHANNELS, KINDS, oldest=HOUR) == 0
        await happened(cabinet, news("n2", cabinet))
        assert await cabinet.outbox.gather(CHANNELS, KINDS, oldest=HOUR) == 2
        told = await cabinet.outbox.newest(10)
        assert [(one.channel, one.position) for one in told] == [
            ("webhook", 3),
            ("slack", 3),
            ("webhook", 2),
            ("slack", 2),
        ]
        assert {one.incident_id for one in told} == {FIRST}

    async def test_what_happened_long_ago_is_no_news(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("old", cabinet))
        cabinet.clock.advance(HOUR + timedelta(seconds=1))
        assert await cabinet.outbox.gather(CHANNELS, KINDS, oldest=HOUR) == 0

    async def test_one_message_is_in_one_pair_of_hands(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        parcel = await claimed(cabinet)
        assert (parcel.channel, parcel.attempts, parcel.state) == ("slack", 1, Fate.WAITING)
        assert await cabinet.outbox.claim(hold=HOLD) is None

    async def test_a_message_whose_sender_died_is_due_again(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        await claimed(cabinet)
        cabinet.clock.advance(HOLD)
        assert (await claimed(cabinet)).attempts == 2

    async def test_delivered_is_final(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        parcel = await claimed(cabinet)
        await cabinet.outbox.delivered(parcel)
        await cabinet.outbox.again(parcel, after=timedelta(), error="too late")
        cabinet.clock.advance(HOUR)
        assert await cabinet.outbox.claim(hold=HOLD) is None
        (told,) = await cabinet.outbox.newest(10)
        assert (told.state, told.error) == (Fate.DELIVERED, "")
        assert told.ended_at == parcel.created_at

    async def test_a_late_word_about_an_older_attempt_changes_nothing(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        older = await claimed(cabinet)
        cabinet.clock.advance(HOLD)
        newer = await claimed(cabinet)
        await cabinet.outbox.give_up(older, error="the older one")
        assert (await cabinet.outbox.newest(1))[0].state is Fate.WAITING
        await cabinet.outbox.delivered(newer)
        assert (await cabinet.outbox.newest(1))[0].state is Fate.DELIVERED

    async def test_a_failed_message_waits_as_long_as_it_is_told(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        await cabinet.outbox.again(await claimed(cabinet), after=timedelta(seconds=90), error="away")
        cabinet.clock.advance(timedelta(seconds=89))
        assert await cabinet.outbox.claim(hold=HOLD) is None
        cabinet.clock.advance(timedelta(seconds=1))
        parcel = await claimed(cabinet)
        assert (parcel.attempts, parcel.error) == (2, "away")

    async def test_what_was_given_up_is_kept_with_its_reason(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await happened(cabinet, news("n1", cabinet))
        await cabinet.outbox.gather(("slack",), KINDS, oldest=HOUR)
        await cabinet.outbox.give_up(await claimed(cabinet), error="twelve times")
        cabinet.clock.advance(HOUR)
        assert await cabinet.outbox.claim(hold=HOLD) is None
        (told,) = await cabinet.outbox.newest(10)
        assert (told.state, told.error) == (Fate.GIVEN_UP, "twelve times")
