"""Requests from Slack: whether one is genuine, and what the person who pressed a button wants.

Rules: https://docs.slack.dev/authentication/verifying-requests-from-slack (signature `v0`, five minutes) and
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from sre_agent.domain.law import Answer
from sre_agent.errors import BadInput, NotAllowed, Unreadable
from sre_agent.notify.slack_message import APPROVE, REASON, REASON_BLOCK, REJECT

WINDOW: Final = timedelta(minutes=5)
_VERSION: Final = "v0"
_ANSWERS: Final = {APPROVE: Answer.YES, REJECT: Answer.NO}
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID: Final = re.compile(r"[A-Z0-9]{2,30}", re.ASCII)
_VALUE: Final = re.compile(r"(inc_[0-9a-z]{1,40}):([0-9a-f]{64})", re.ASCII)
_REPLY_HOSTS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


class Pressed(NamedTuple):
    """A person pressed one of our buttons; `user` is `TEAM/USER`, since user ids belong to a workspace."""

    user: str
    answer: Answer
    incident_id: str
    plan_digest: str
    reason: str
    reply_to: str
    """Where the person can be told what became of it; empty where Slack gave no such address."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature that Slack sends with this body at this time (seconds since 1970)."""
    base = f"{_VERSION}:{timestamp}:".encode() + body
    return f"{_VERSION}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"


def check_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Raises NotAllowed unless the body was signed with this secret within five minutes of `now`.

    Returns the request's name, by which a replay is known. Of the signature nothing can be learned from the time
    that comparing takes.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not secret or not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        raise NotAllowed("expected a request that Slack signed; its signature or its timestamp is missing")
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise NotAllowed("this request was signed more than five minutes from now; is the clock right?")
    if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()):
        raise NotAllowed("the signature does not fit the body; is SLACK_SIGNING_SECRET the app's own?")
    return hashlib.sha256(f"{timestamp}:{signature}".encode()).hexdigest()


def pressed(body: bytes) -> Pressed | None:
    """What a genuine body says; None where it needs no answer (a link was opened). Raises BadInput, Unreadable."""
    payload = _payload(body)
    if payload.get("type") != "block_actions":
        raise BadInput(
            f"expected a payload of type block_actions, found {str(payload.get('type'))[:40]!r}", field="type"
        )
    action = _one_of_ours(payload)
    if action is None:
        return None
    named = _VALUE.fullmatch(str(action.get("value", "")))
    if named is None:
        raise BadInput("actions.0.value: expected an incident and a plan's digest", field="actions.0.value")
    return Pressed(
        user=f"{_id(payload, 'team')}/{_id(payload, 'user')}",
        answer=_ANSWERS[action["action_id"]],
        incident_id=named[1],
        plan_digest=named[2],
        reason=_reason(payload),
        reply_to=_reply_to(payload),
    )


def _payload(body: bytes) -> dict[str, Any]:
    """The JSON in the form field `payload`."""
    try:
        form = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=20)
        payload = orjson.loads(form["payload"][0])
    except (ValueError, KeyError) as wrong:
        raise Unreadable("expected a form with one field `payload` that holds JSON") from wrong
    if not isinstance(payload, dict):
        raise Unreadable("expected a JSON object in `payload`")
    return payload


def _one_of_ours(payload: dict[str, Any]) -> dict[str, Any] | None:
    actions = payload.get("actions")
    known = [
        each
        for each in (actions if isinstance(actions, list) else [])
        if isinstance(each, dict) and each.get("action_id") in _ANSWERS
    ]
    return known[0] if known else None


def _id(payload: dict[str, Any], of: str) -> str:
    told = payload.get(of)
    found = told.get("id") if isinstance(told, dict) else None
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise BadInput(f"{of}.id: expected an id of Slack", field=f"{of}.id")
    return found


def _reason(payload: dict[str, Any]) -> str:
    """What was typed into the message's own field; anything of another shape is no reason."""
    told: Any = payload
    for part in ("state", "values", REASON_BLOCK, REASON, "value"):
        told = told.get(part) if isinstance(told, dict) else None
    return told.strip()[:1000] if isinstance(told, str) else ""


def _reply_to(payload: dict[str, Any]) -> str:
    """Slack's own address only: a payload must not make us call anybody else."""
    url = payload.get("response_url")
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url)
        is_slack = parts.scheme == "https" and parts.hostname in _REPLY_HOSTS and parts.port in (None, 443)
    except ValueError:
        return ""
    return url if is_slack and not parts.username else ""
