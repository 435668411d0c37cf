"""Builds what tells people outside, from the settings; part of bootstrap, cut off for its size."""

from __future__ import annotations

import random
from collections.abc import Mapping

from pydantic import SecretStr

from sre_agent.adapters.guests import SqlGuests
from sre_agent.adapters.outbox import SqlOutbox
from sre_agent.adapters.redaction import redact_text
from sre_agent.adapters.slack import Slack
from sre_agent.adapters.store import Store
from sre_agent.adapters.webhook_channel import WebhookChannel
from sre_agent.api.parts import ApiParts, NotifyParts, Worker
from sre_agent.errors import SettingError
from sre_agent.notifier import Notifier
from sre_agent.notify.webhook import key_of
from sre_agent.ports.clock import Clock
from sre_agent.ports.notify import Channel
from sre_agent.settings import Settings


def notify_parts(settings: Settings, store: Store, clock: Clock) -> NotifyParts:
    """Raises SettingError where a channel is set up by half, or wrongly."""
    slack = _slack(settings)
    channels: dict[str, Channel] = {}
    if settings.slack_bot_token.get_secret_value():
        channels["slack"] = slack
    if settings.notify_webhook_url.get_secret_value():
        channels["webhook"] = _webhook(settings, clock)
    return NotifyParts(
        outbox=SqlOutbox(store),
        guests=SqlGuests(store),
        replies=slack,
        channels=channels,
        at_url=settings.public_url,
        slack_signing_secret=settings.slack_signing_secret.get_secret_value(),
    )


def notifier_worker(parts: ApiParts, notify: NotifyParts) -> Mapping[str, Worker]:
    """The worker that delivers; none where no channel is set up."""
    if not notify.channels:
        return {}
    notifier = Notifier(
        outbox=notify.outbox,
        archive=parts.archive,
        channels=notify.channels,
        clock=parts.clock,
        redact=redact_text,
        draw=random.SystemRandom().random,
        at_url=notify.at_url,
        count=lambda channel, fate: parts.telemetry.notices.labels(channel, fate).inc(),
    )
    return {"notifier": lambda: notifier.serve(parts.bulletin)}


def _slack(settings: Settings) -> Slack:
    token, channel = settings.slack_bot_token.get_secret_value(), settings.slack_channel
    for name, given, other in (
        ("SLACK_CHANNEL", channel, token),
        ("SLACK_BOT_TOKEN", token, channel),
    ):
        if other and not given:
            raise SettingError(name, "not set", "set: SLACK_BOT_TOKEN and SLACK_CHANNEL belong together")
    return Slack(token=token, channel=channel, api_url=settings.slack_api_url)


def _webhook(settings: Settings, clock: Clock) -> WebhookChannel:
    url, secret = settings.notify_webhook_url.get_secret_value(), _secret(settings.notify_webhook_secret)
    if not url.startswith(("http://", "https://")):
        expected = "an address that begins with http:// or https://"
        raise SettingError("NOTIFY_WEBHOOK_URL", "not valid (not shown: it is a secret)", expected)
    return WebhookChannel(url=url, secret=secret, clock=clock)


def _secret(told: SecretStr) -> str:
    secret = told.get_secret_value()
    try:
        if secret:
            key_of(secret)
    except ValueError as wrong:
        raise SettingError(
            "NOTIFY_WEBHOOK_SECRET",
            f"not valid ({wrong}; not shown: it is a secret)",
            "whsec_ and the base64 of 24 to 64 random bytes",
        ) from None
    return secret
