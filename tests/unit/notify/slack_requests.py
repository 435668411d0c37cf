"""Requests in the form that Slack's reference documents, signed as it documents.

Made by hand from https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; every field that the
page lists for a message stands here, those that we do not read too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from sre_agent.notify.slack_request import sign

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM, USER = "T9TK3CUKW", "UA8RXUSPL"
REPLY_TO = "https://hooks.slack.com/actions/T9TK3CUKW/1234567890/AbCdEf"


def payload(action_id: str, value: str, *, reason: str | None = None, **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "example"},
        "user": {"id": USER, "username": "ada", "team_id": TEAM},
        "api_app_id": "AABA1ABCD",
        "token": "9s8d9as89d8as9d8as989",
        "container": {"type": "message", "message_ts": "1548261231.000200", "channel_id": "CBR2V3XEX"},
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
        "channel": {"id": "CBR2V3XEX", "name": "incidents"},
        "message": {"bot_id": "BAH5CA16Z", "type": "message", "text": "…", "ts": "1548261231.000200"},
        "response_url": REPLY_TO,
        "state": {
            "values": {
                "sre-agent.reason": {"reason": {"type": "plain_text_input", "value": reason}},
            }
        },
        "actions": [
            {
                "action_id": action_id,
                "block_id": "=qXel",
                "text": {"type": "plain_text", "text": "Approve", "emoji": False},
                "value": value,
                "style": "primary",
                "type": "button",
                "action_ts": "1548426417.840180",
            }
        ],
    }
    return {**told, **changes}


def form(told: dict[str, Any]) -> bytes:
    return urlencode({"payload": orjson.dumps(told).decode()}).encode()


def signed(body: bytes, at: datetime, *, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": sign(secret, timestamp, body),
    }
