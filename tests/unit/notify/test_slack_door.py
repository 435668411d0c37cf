"""An answer from Slack is that of a known account, to exactly one plan, once; through the door of all answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from slack_requests import REPLY_TO, SECRET, TEAM, USER, form, payload, signed

from sre_agent.api.app import build, shielded
from sre_agent.api.parts import NotifyParts
from sre_agent.domain.incident import Incident
from sre_agent.domain.law import Answer, Role
from sre_agent.domain.plan import Plan
from sre_agent.notify.slack_message import APPROVE, OPEN, REJECT
from sre_agent.testing.guests import MemoryGuests
from sre_agent.testing.outbox import MemoryChannel, MemoryOutbox
from tests.unit.api.api_stage import Stage


@dataclass
class Heard:
    """What people were told in Slack."""

    told: list[tuple[str, str]] = field(default_factory=list)

    async def reply(self, url: str, text: str) -> None:
        self.told.append((url, text))


@dataclass
class Workspace:
    """A platform that a Slack app is connected to, and its answers."""

    stage: Stage = field(default_factory=Stage)
    secret: str = SECRET

    def __post_init__(self) -> None:
        self.replies, self.guests = Heard(), MemoryGuests(self.stage.store)
        self.channel = MemoryChannel()
        self.stage.with_parts(
            notify=NotifyParts(
                outbox=MemoryOutbox(self.stage.store),
                guests=self.guests,
                replies=self.replies,
                channels={"slack": self.channel},
                slack_signing_secret=self.secret,
            )
        )

    async def knows(self, user: str, role: Role) -> None:
        await self.stage.open_the_doors()
        await self.guests.link("slack", f"{TEAM}/{user}", f"a-{role}", made_by="test")

    async def post(self, body: bytes, headers: dict[str, str], method: str = "POST") -> httpx.Response:
        app = shielded(build(self.stage.parts), self.stage.parts)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, "/slack/interactions", content=body, headers=headers)

    async def press(
        self, action: str, incident: Incident, made: Plan | str, *, user: str = USER, **more: Any
    ) -> httpx.Response:
        digest = made if isinstance(made, str) else made.digest
        told = payload(action, f"{incident.id}:{digest}", user={"id": user}, **more)
        body = form(told)
        return await self.post(body, signed(body, self.stage.clock.now()))


async def test_a_known_approver_approves_under_their_own_name() -> None:
    house = Workspace()
    await house.knows(USER, Role.APPROVER)
    incident, made = await house.stage.awaiting()
    answer = await house.press(APPROVE, incident, made, reason="seen the diff")
    assert (answer.status_code, answer.content) == (200, b"")
    (approval,) = house.stage.store.state.approvals
    assert (approval.by.name, approval.by.role) == ("a-approver", Role.APPROVER)
    assert (approval.answer, approval.plan_digest) == (Answer.YES, made.digest)
    assert approval.reason == "seen the diff"
    ((url, text),) = house.replies.told
    assert url == REPLY_TO
    assert "It is carried out now" in text


async def test_a_no_carries_the_typed_reason_or_says_that_there_was_none() -> None:
    for typed, kept in (
        ("not during the sale", "not during the sale"),
        (None, "rejected in Slack, no reason given"),
    ):
        house = Workspace()
        await house.knows(USER, Role.RESPONDER)
        incident, made = await house.stage.awaiting()
        assert (await house.press(REJECT, incident, made, reason=typed)).status_code == 200
        (approval,) = house.stage.store.state.approvals
        assert (approval.answer, approval.reason) == (Answer.NO, kept)


async def test_a_reason_is_redacted_like_any_word_from_outside() -> None:
    house = Workspace()
    await house.knows(USER, Role.APPROVER)
    incident, made = await house.stage.awaiting()
    await house.press(REJECT, incident, made, reason="the password is hunter2")
    assert house.stage.store.state.approvals[0].reason == "the password is [redacted]"


@pytest.mark.promise("TELL-2")
async def test_a_stranger_is_refused_and_it_is_audited() -> None:
    house = Workspace()
    await house.knows("UOTHER", Role.ADMIN)
    incident, made = await house.stage.awaiting()
    answer = await house.press(APPROVE, incident, made)
    assert answer.status_code == 403
    assert house.stage.store.state.approvals == []
    assert house.stage.store.state.audit[-1].action == "slack.answer_refused"
    assert f"{TEAM}/{USER}" in house.replies.told[0][1]


async def test_the_same_user_id_of_another_workspace_is_a_stranger() -> None:
    house = Workspace()
    await house.knows(USER, Role.ADMIN)
    incident, made = await house.stage.awaiting()
    answer = await house.press(APPROVE, incident, made, team={"id": "T0THER"})
    assert answer.status_code == 403
    assert house.stage.store.state.approvals == []


@pytest.mark.promise("TELL-2")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER])
async def test_a_linked_account_may_do_in_slack_what_its_role_may(role: Role) -> None:
    house = Workspace()
    await house.knows(USER, role)
    incident, made = await house.stage.awaiting()
    assert (await house.press(APPROVE, incident, made)).status_code == 403
    assert house.stage.store.state.approvals == []
    assert house.stage.store.state.audit


async def test_two_people_are_two_accounts_not_two_presses() -> None:
    house = Workspace()
    await house.knows(USER, Role.APPROVER)
    await house.knows("UBOB", Role.ADMIN)
    incident, made = await house.stage.awaiting(people=2)
    await house.press(APPROVE, incident, made)
    house.stage.clock.advance(timedelta(seconds=1))
    await house.press(APPROVE, incident, made)
    assert len(house.stage.store.state.approvals) == 1
    assert "waits for others" in house.replies.told[-1][1]
    await house.press(APPROVE, incident, made, user="UBOB")
    assert "carried out now" in house.replies.told[-1][1]


@pytest.mark.promise("TELL-2")
async def test_a_replayed_request_is_refused() -> None:
    house = Workspace()
    await house.knows(USER, Role.APPROVER)
    incident, made = await house.stage.awaiting()
    body = form(payload(APPROVE, f"{incident.id}:{made.digest}"))
    headers = signed(body, house.stage.clock.now())
    assert (await house.post(body, headers)).status_code == 200
    assert (await house.post(body, headers)).status_code == 409
    assert len(house.replies.told) == 1
    assert house.stage.store.state.audit[-1].detail == "this request was taken before"


async def test_a_digest_that_is_not_the_newest_plans_is_refused() -> None:
    house = Workspace()
    await house.knows(USER, Role.ADMIN)
    incident, _ = await house.stage.awaiting()
    answer = await house.press(APPROVE, incident, "0" * 64)
    assert answer.status_code == 409
    assert house.stage.store.state.approvals == []
    assert "Not taken" in house.replies.told[0][1]


@pytest.mark.promise("TELL-2")
async def test_what_slack_did_not_sign_is_refused() -> None:
    house = Workspace()
    await house.knows(USER, Role.ADMIN)
    incident, made = await house.stage.awaiting()
    body = form(payload(APPROVE, f"{incident.id}:{made.digest}"))
    for headers in (
        {"content-type": "application/x-www-form-urlencoded"},
        signed(body, house.stage.clock.now(), secret="guessed"),
        signed(body, house.stage.clock.now() - timedelta(minutes=6)),
    ):
        assert (await house.post(body, headers)).status_code == 401
    assert house.stage.store.state.approvals == []
    assert house.replies.told == []


async def test_without_a_signing_secret_there_is_no_door() -> None:
    house = Workspace(secret="")
    incident, made = await house.stage.awaiting()
    body = form(payload(APPROVE, f"{incident.id}:{made.digest}"))
    assert (await house.post(body, signed(body, house.stage.clock.now(), secret=""))).status_code == 404


async def test_the_door_takes_posted_forms_of_a_bounded_size_only() -> None:
    house = Workspace()
    assert (await house.post(b"", {}, method="GET")).status_code == 405
    assert (await house.post(b"{}", {"content-type": "application/json"})).status_code == 415
    huge = {"content-type": "application/x-www-form-urlencoded"}
    assert (await house.post(b"x" * (2**20 + 1), huge)).status_code == 413


async def test_an_opened_link_is_acknowledged_and_nothing_happens() -> None:
    house = Workspace()
    incident, made = await house.stage.awaiting()
    assert (await house.press(OPEN, incident, made)).status_code == 200
    assert house.replies.told == []


async def test_only_an_administrator_says_who_is_who() -> None:
    house = Workspace()
    body = {"external_id": f"{TEAM}/{USER}", "account": "a-approver"}
    async with house.stage.client(Role.APPROVER) as client:
        assert (await client.post("/api/v1/user-links", json=body)).status_code == 403
    async with house.stage.client(Role.ADMIN) as client:
        made = await client.post("/api/v1/user-links", json=body)
        assert (made.status_code, made.json()["made_by"]) == (201, "a-admin")
        assert (await client.get("/api/v1/user-links")).json()["items"] == [made.json()]
        wrong = await client.post("/api/v1/user-links", json={**body, "external_id": USER})
        assert wrong.status_code == 422
        assert (await client.delete(f"/api/v1/user-links/slack/{TEAM}/{USER}")).status_code == 200
        assert (await client.delete(f"/api/v1/user-links/slack/{TEAM}/{USER}")).status_code == 404
    assert [each.action for each in house.stage.store.state.audit] == ["user.linked", "user.unlinked"]


async def test_one_channel_can_be_tried_alone_and_one_that_is_not_set_up_is_named() -> None:
    house = Workspace()
    async with house.stage.client(Role.ADMIN) as client:
        alone = await client.post("/api/v1/notifications/test?channel=slack")
        absent = await client.post("/api/v1/notifications/test?channel=pigeon")
    assert [each["channel"] for each in alone.json()["items"]] == ["slack"]
    assert absent.status_code == 404
    assert "no channel pigeon is set up" in absent.json()["detail"]


async def test_a_test_message_says_of_each_channel_whether_it_arrived() -> None:
    house = Workspace()
    async with house.stage.client(Role.ADMIN) as client:
        well = await client.post("/api/v1/notifications/test", json={})
        house.channel.failures = 1
        ill = await client.post("/api/v1/notifications/test", json={})
    assert well.json()["items"] == [{"channel": "slack", "delivered": True, "error": ""}]
    assert ill.json()["items"] == [{"channel": "slack", "delivered": False, "error": "the channel is away"}]
    assert house.channel.sent[0].question is None
