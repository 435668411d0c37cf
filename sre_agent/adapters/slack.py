"""Slack: messages by `chat.postMessage`, and replies to the person who pressed a button.

Sources: https://docs.slack.dev/reference/methods/chat.postMessage (200 with `ok: false` is a failure) and
https://docs.slack.dev/interactivity/handling-user-interaction (`response_url`).
"""

from __future__ import annotations

import json

import httpx
import orjson
import structlog

from sre_agent.adapters.outside import Outside
from sre_agent.domain.notice import Notice
from sre_agent.errors import NotDelivered
from sre_agent.notify.slack_message import message

log = structlog.get_logger("slack")
_JSON = "application/json; charset=utf-8"


class Slack:
    """Implements `ports.notify.Channel` and `ports.notify.Replies`."""

    def __init__(
        self, *, token: str, channel: str, api_url: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._token = token
        self._channel = channel
        self._url = f"{api_url.rstrip('/')}/chat.postMessage"
        self._outside = Outside("Slack", transport=transport)

    async def send(self, notice: Notice) -> None:
        body = orjson.dumps({"channel": self._channel, **message(notice)})
        headers = {"authorization": f"Bearer {self._token}", "content-type": _JSON}
        _refuse_failure(await self._outside.post(self._url, body, headers))

    async def reply(self, url: str, text: str) -> None:
        body = orjson.dumps({"response_type": "ephemeral", "replace_original": False, "text": text})
        try:
            await self._outside.post(url, body, {"content-type": _JSON})
        except NotDelivered as failure:
            log.warning("slack.reply_lost", reason=str(failure))


def _refuse_failure(answer: bytes) -> None:
    try:
        told = orjson.loads(answer)
    except json.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or told.get("ok") is not True:
        error = told.get("error", "unknown") if isinstance(told, dict) else "an answer that is no JSON"
        raise NotDelivered(
            f"Slack refused the message ({str(error)[:80]!r}); see SLACK_BOT_TOKEN and SLACK_CHANNEL"
        )
