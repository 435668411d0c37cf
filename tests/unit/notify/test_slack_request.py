"""Only what Slack signed, just now, is read; and of that only what our own buttons carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from slack_requests import REPLY_TO, SECRET, TEAM, USER, form, payload, signed

from sre_agent.domain.law import Answer
from sre_agent.errors import BadInput, NotAllowed, Unreadable
from sre_agent.notify.slack_message import APPROVE, OPEN, REJECT
from sre_agent.notify.slack_request import check_genuine, pressed, sign

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
DIGEST = "9f" * 32
INCIDENT = "inc_1kjsggve02b9yzpx"
VALUE = f"{INCIDENT}:{DIGEST}"

PUBLISHED_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
"""The example of https://docs.slack.dev/authentication/verifying-requests-from-slack."""
PUBLISHED_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_the_published_example_is_signed_as_published() -> None:
    assert sign(SECRET, "1531420618", PUBLISHED_BODY) == PUBLISHED_SIGNATURE
    headers = {"x-slack-request-timestamp": "1531420618", "x-slack-signature": PUBLISHED_SIGNATURE}
    assert check_genuine(SECRET, headers, PUBLISHED_BODY, datetime.fromtimestamp(1531420618, UTC))


@pytest.mark.parametrize("late", [-301, 301, 3600])
def test_a_request_of_another_time_is_refused(late: int) -> None:
    body = form(payload(APPROVE, VALUE))
    with pytest.raises(NotAllowed, match="five minutes"):
        check_genuine(SECRET, signed(body, NOW), body, NOW + timedelta(seconds=late))


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_five_minutes_are_enough(late: int) -> None:
    body = form(payload(APPROVE, VALUE))
    assert check_genuine(SECRET, signed(body, NOW), body, NOW + timedelta(seconds=late))


def test_one_changed_byte_is_refused() -> None:
    body = form(payload(APPROVE, VALUE))
    headers = signed(body, NOW)
    with pytest.raises(NotAllowed, match="does not fit"):
        check_genuine(SECRET, headers, body.replace(b"9f", b"9e", 1), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0="},
        {"x-slack-signature": "v1=" + "0" * 64},
        {"x-slack-signature": "v0=\xff"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "1e9"},
        {"x-slack-request-timestamp": "٣" * 10},
        {"x-slack-request-timestamp": "9" * 400},
    ],
)
def test_odd_headers_are_refused_not_crashed_on(change: dict[str, str]) -> None:
    body = form(payload(APPROVE, VALUE))
    with pytest.raises(NotAllowed):
        check_genuine(SECRET, {**signed(body, NOW), **change}, body, NOW)


def test_without_a_secret_nothing_is_genuine() -> None:
    body = form(payload(APPROVE, VALUE))
    with pytest.raises(NotAllowed):
        check_genuine("", signed(body, NOW, secret=""), body, NOW)


@pytest.mark.parametrize(("action", "answer"), [(APPROVE, Answer.YES), (REJECT, Answer.NO)])
def test_a_button_says_who_what_and_why(action: str, answer: Answer) -> None:
    said = pressed(form(payload(action, VALUE, reason="  seen the diff ")))
    assert said == (f"{TEAM}/{USER}", answer, INCIDENT, DIGEST, "seen the diff", REPLY_TO)


def test_an_opened_link_asks_for_nothing() -> None:
    assert pressed(form(payload(OPEN, ""))) is None


def test_a_message_without_its_field_has_no_reason() -> None:
    for state in ({}, {"values": []}, {"values": {"sre-agent.reason": "x"}}, None):
        said = pressed(form(payload(APPROVE, VALUE, state=state)))
        assert said is not None
        assert said.reason == ""


@pytest.mark.parametrize(
    "value",
    ["", INCIDENT, f"{INCIDENT}:", f"../x:{DIGEST}", f"{INCIDENT}:{DIGEST}0", f"{INCIDENT}:{DIGEST}\n"],
)
def test_a_value_that_names_no_plan_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="digest"):
        pressed(form(payload(APPROVE, value)))


@pytest.mark.parametrize(
    "body", [b"", b"payload", b"payload=", b"payload=[]", b"payload=%7B", b"other=1", b"\xff=1", b"a=1&" * 40]
)
def test_what_is_no_form_with_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        pressed(body)


@pytest.mark.parametrize("changes", [{"team": None}, {"user": {"id": "../admin"}}, {"user": {"id": 7}}])
def test_somebody_without_an_id_is_nobody(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="id of Slack"):
        pressed(form(payload(APPROVE, VALUE, **changes)))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "https://a:b@hooks.slack.com/x",
        "https://hooks.slack.com:22/x",
        "https://169.254.169.254/latest",
        "https://[::1",
        7,
        None,
    ],
)
def test_replies_go_to_slack_and_to_nobody_else(url: object) -> None:
    said = pressed(form(payload(APPROVE, VALUE, response_url=url)))
    assert said is not None
    assert said.reply_to == ""
