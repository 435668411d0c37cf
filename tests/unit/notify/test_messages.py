"""What people read outside: all that is asked, nothing that acts by itself, within the limits of who shows it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from notices import DIGEST, NOW, notice

from sre_agent.notify import webhook
from sre_agent.notify.news import pause, redacted
from sre_agent.notify.slack_message import APPROVE, OPEN, REASON_BLOCK, REJECT, message

HOSTILE = "<!channel> <https://evil.example|click> *bold* @here & `x` \u202e\x1b[31m"


def texts(told: Any) -> list[dict[str, Any]]:
    """Every text object in a message."""
    if isinstance(told, list):
        return [found for each in told for found in texts(each)]
    if not isinstance(told, dict):
        return []
    own = [told] if told.get("type") in ("plain_text", "mrkdwn") else []
    return own + [found for each in told.values() for found in texts(each)]


def buttons(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [block for block in told["blocks"] if block["type"] == "actions"]
    return {each["action_id"]: each for block in found for each in block["elements"]}


def test_a_question_shows_what_is_wrong_each_step_its_verdict_and_its_undo() -> None:
    said = "\n".join(each["text"] for each in texts(message(notice())["blocks"]))
    for part in (
        "Deployment shop/checkout has too little memory.",
        "1. Restart Deployment shop/checkout.",
        "needs approval (ask-first). A person decides.",
        "Undo: a restart leaves nothing to take back",
        "2 different people of role approver by 10:30 UTC",
        "cause oom_killed (93% sure)",
    ):
        assert part in said


@pytest.mark.promise("TELL-3")
def test_a_button_carries_the_incident_and_the_plans_digest_and_nothing_else() -> None:
    found = buttons(message(notice()))
    assert set(found) == {APPROVE, REJECT, OPEN}
    assert found[APPROVE]["value"] == found[REJECT]["value"] == f"inc_1:{DIGEST}"
    assert "value" not in found[OPEN]
    assert found[OPEN]["url"] == "https://agent.example/clusters/prod?incident=inc_1"


def test_what_can_no_longer_be_answered_has_no_buttons_for_it() -> None:
    told = message(notice(question=None))
    assert set(buttons(told)) == {OPEN}
    assert all(block.get("block_id") != REASON_BLOCK for block in told["blocks"])
    assert buttons(message(notice(question=None, link=""))) == {}


@pytest.mark.promise("SEE-7")
def test_hostile_text_is_shown_not_obeyed() -> None:
    told = message(notice(title=HOSTILE, what_is_wrong=HOSTILE, said=HOSTILE, namespace=HOSTILE))
    assert {each["type"] for each in texts(told["blocks"])} == {"plain_text"}
    assert not any(each["emoji"] for each in texts(told["blocks"]))
    assert "<!channel>" not in told["text"]
    assert "&lt;!channel&gt;" in told["text"]
    assert "\x1b" not in str(told)
    assert "\u202e" not in str(told)


def test_the_longest_notice_stays_within_slacks_limits() -> None:
    step = notice().steps[0].model_copy(update={"statement": "x" * 9000})
    told = message(notice(title="t" * 9000, what_is_wrong="w" * 9000, steps=[step] * 200))
    assert len(told["blocks"]) <= 50
    for block in told["blocks"]:
        most = 150 if block["type"] == "header" else 3000
        assert all(len(each["text"]) <= most for each in texts(block))
    assert len(told["blocks"][1]["text"]["text"]) == 3000
    assert "180 more steps" in str(told)


def test_no_section_is_empty() -> None:
    told = message(notice(what_is_wrong="", said="", steps=[]))
    assert all(each["text"] for each in texts(told["blocks"]))


def test_the_published_vector_of_standard_webhooks_is_signed_as_published() -> None:
    """From the specification's reference libraries."""
    signature = webhook.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_attempt_has_the_same_id_and_the_same_body() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    body = webhook.body(notice())
    first = webhook.headers(secret, notice(), body, NOW)
    later = webhook.headers(secret, notice(), webhook.body(notice()), NOW + timedelta(minutes=3))
    assert first["webhook-id"] == later["webhook-id"]
    assert first["webhook-timestamp"] != later["webhook-timestamp"]
    assert first["webhook-signature"] != later["webhook-signature"]
    told = orjson.loads(body)
    assert (told["type"], told["version"]) == ("approval.asked", 1)
    assert told["data"]["link"] == "https://agent.example/clusters/prod?incident=inc_1"
    assert told["data"]["question"]["plan_digest"] == DIGEST


def test_without_a_secret_nothing_pretends_to_be_signed() -> None:
    assert "webhook-signature" not in webhook.headers("", notice(), b"{}", NOW)


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_" + "!" * 44, "whsec_" + "QUFB" * 40])
def test_a_weak_or_broken_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        webhook.key_of(secret)


def test_what_leaves_the_house_is_redacted_once_more() -> None:
    told = redacted(
        notice(
            title="password hunter2",
            what_is_wrong="hunter2",
            steps=[{"statement": "set hunter2", "undo": "hunter2"}],
        ),
        lambda text: text.replace("hunter2", "[redacted]"),
    )
    assert "hunter2" not in told.model_dump_json()


def test_pauses_grow_with_jitter_and_are_bounded() -> None:
    longest = [pause(attempts, 1.0).total_seconds() for attempts in range(1, 13)]
    assert longest == sorted(longest)
    assert longest[0] == 4
    assert longest[-1] == 900
    assert pause(5, 0.0) == timedelta()
    assert pause(1, 0.5, asked=30.0) == timedelta(seconds=30)
    assert pause(10**9, 0.999, asked=1e12) == timedelta(hours=1)
