"""News arrives at least once, whatever fails meanwhile, and no incident waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import orjson
import pytest
from notices import notice

from sre_agent.adapters.slack import Slack
from sre_agent.adapters.webhook_channel import WebhookChannel
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.notice import NoticeKind
from sre_agent.domain.plan import Plan
from sre_agent.errors import NotDelivered
from sre_agent.notifier import MOST_ATTEMPTS, Notifier
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.notify import Fate
from sre_agent.testing.outbox import MemoryChannel, MemoryOutbox
from tests.unit.api.api_stage import Stage


def notifier(stage: Stage, **channels: MemoryChannel) -> Notifier:
    return Notifier(
        outbox=MemoryOutbox(stage.store),
        archive=stage.parts.archive,
        channels=channels,
        clock=stage.clock,
        redact=stage.parts.redact,
        draw=lambda: 0.5,
        at_url="https://agent.example",
    )


async def asked(stage: Stage) -> tuple[Incident, Plan]:
    incident, made = await stage.awaiting(people=2)
    await happened(stage, incident, Kind.APPROVAL_ASKED, plan_digest=made.digest)
    return incident, made


async def happened(stage: Stage, incident: Incident, kind: Kind, **body: object) -> None:
    now = stage.clock.now()
    entry = JournalDraft.model_validate(
        {
            "key": JournalKey(f"{kind} {now}"),
            "kind": kind,
            "actor": "t",
            "text": "it was said",
            "body": body,
            "at": now,
        }
    )
    await stage.parts.ledger.write(ChangeSet(incident_id=incident.id, at=now, entries=(entry,)))


async def test_a_question_is_told_with_its_plan_and_its_link() -> None:
    stage, channel = Stage(), MemoryChannel()
    incident, made = await asked(stage)
    teller = notifier(stage, slack=channel)
    assert await teller.gather() == 1
    assert await teller.deliver_next()
    assert not await teller.deliver_next()
    (told,) = channel.sent
    assert (told.kind, told.incident_id) == (NoticeKind.APPROVAL_ASKED, incident.id)
    assert [step.statement for step in told.steps] == ["Restart Deployment shop/checkout."]
    assert told.question is not None
    assert (told.question.plan_digest, told.question.people) == (made.digest, 2)
    assert told.link == f"https://agent.example/clusters/_?incident={incident.id}"


async def test_a_question_that_was_answered_meanwhile_is_told_without_asking() -> None:
    stage, channel = Stage(), MemoryChannel()
    incident, _ = await asked(stage)
    await stage.write(incident.id, "on it", update=IncidentUpdate(status=Status.REMEDIATING))
    teller = notifier(stage, slack=channel)
    await teller.gather()
    await teller.deliver_next()
    assert channel.sent[0].question is None


async def test_a_question_whose_time_is_up_is_told_without_asking() -> None:
    stage, channel = Stage(), MemoryChannel()
    await asked(stage)
    teller = notifier(stage, slack=channel)
    await teller.gather()
    stage.clock.advance(timedelta(seconds=600))
    await teller.deliver_next()
    assert channel.sent[0].question is None


@pytest.mark.promise("TELL-1")
async def test_a_channel_that_comes_back_gets_what_it_missed() -> None:
    stage, channel = Stage(), MemoryChannel(failures=3)
    await asked(stage)
    teller = notifier(stage, slack=channel)
    await teller.gather()
    for _ in range(4):
        assert await teller.deliver_next()
        stage.clock.advance(timedelta(minutes=15))
    assert len(channel.sent) == 1
    assert (await teller.outbox.newest(1))[0].state is Fate.DELIVERED


async def test_one_dead_channel_keeps_no_other_from_telling() -> None:
    stage, dead, well = Stage(), MemoryChannel(failures=10**6), MemoryChannel()
    await asked(stage)
    teller = notifier(stage, slack=dead, webhook=well)
    await teller.gather()
    await teller.deliver_next()
    await teller.deliver_next()
    assert len(well.sent) == 1


async def test_after_the_last_attempt_it_is_given_up_with_the_reason() -> None:
    stage, channel = Stage(), MemoryChannel(failures=10**6)
    await asked(stage)
    teller = notifier(stage, slack=channel)
    await teller.gather()
    for _ in range(MOST_ATTEMPTS + 5):
        await teller.deliver_next()
        stage.clock.advance(timedelta(minutes=15))
    (parcel,) = await teller.outbox.newest(10)
    assert (parcel.state, parcel.attempts) == (Fate.GIVEN_UP, MOST_ATTEMPTS)
    assert "the channel is away" in parcel.error


async def test_what_the_receiver_asks_for_is_waited() -> None:
    stage, channel = Stage(), MemoryChannel(failures=1, after_seconds=120.0)
    await asked(stage)
    teller = notifier(stage, slack=channel)
    await teller.gather()
    await teller.deliver_next()
    stage.clock.advance(timedelta(seconds=119))
    assert not await teller.deliver_next()
    stage.clock.advance(timedelta(seconds=1))
    assert await teller.deliver_next()


async def test_an_end_says_how_it_ended() -> None:
    stage, channel = Stage(), MemoryChannel()
    incident = await stage.incident()
    await happened(stage, incident, Kind.INCIDENT_ENDED, status="resolved")
    stage.clock.advance(timedelta(seconds=1))
    await happened(stage, incident, Kind.INCIDENT_ENDED, status="closed")
    await happened(stage, incident, Kind.ESCALATED, status="escalated")
    teller = notifier(stage, slack=channel)
    await teller.gather()
    while await teller.deliver_next():
        pass
    assert [told.kind for told in channel.sent] == [
        NoticeKind.RESOLVED,
        NoticeKind.CLOSED,
        NoticeKind.ESCALATED,
    ]


async def test_it_serves_until_it_is_stopped() -> None:
    stage, channel = Stage(), MemoryChannel()
    task = asyncio.create_task(notifier(stage, slack=channel).serve(stage.bulletin))
    await asked(stage)
    for _ in range(1000):
        await asyncio.sleep(0)
        if channel.sent:
            break
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(channel.sent) == 1


def slack(answer: httpx.Response, seen: list[httpx.Request]) -> Slack:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return Slack(
        token="xoxb-secret",
        channel="C1",
        api_url="https://slack.com/api",
        transport=httpx.MockTransport(handle),
    )


async def test_slack_is_spoken_to_as_its_reference_says() -> None:
    seen: list[httpx.Request] = []
    await slack(
        httpx.Response(200, json={"ok": True, "channel": "C1", "ts": "1503435956.000247"}), seen
    ).send(notice())
    (request,) = seen
    assert str(request.url) == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-secret"
    told = orjson.loads(request.content)
    assert told["channel"] == "C1"
    assert told["blocks"][0]["type"] == "header"


@pytest.mark.parametrize(
    ("answer", "words", "after"),
    [
        (httpx.Response(200, json={"ok": False, "error": "channel_not_found"}), "channel_not_found", 0),
        (
            httpx.Response(429, headers={"retry-after": "30"}, json={"ok": False, "error": "ratelimited"}),
            "429",
            30,
        ),
        (httpx.Response(503), "503", 0),
        (httpx.Response(200, text="<html>"), "no JSON", 0),
        (httpx.Response(302, headers={"location": "http://169.254.169.254/"}), "302", 0),
    ],
)
async def test_every_other_answer_of_slack_is_no_delivery(
    answer: httpx.Response, words: str, after: float
) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(NotDelivered, match=words) as failure:
        await slack(answer, seen).send(notice())
    assert failure.value.after_seconds == after
    assert "xoxb-secret" not in str(failure.value)
    assert len(seen) == 1


async def test_a_receiver_that_cannot_be_reached_is_named_without_its_address() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    stage = Stage()
    channel = WebhookChannel(
        url="https://hooks.example/token-in-the-path",
        secret="",
        clock=stage.clock,
        transport=httpx.MockTransport(gone),
    )
    with pytest.raises(NotDelivered) as failure:
        await channel.send(notice())
    assert "token-in-the-path" not in str(failure.value)
