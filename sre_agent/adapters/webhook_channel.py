"""Any program that takes webhooks: JSON, signed by the Standard Webhooks specification."""

from __future__ import annotations

import httpx

from sre_agent.adapters.outside import Outside
from sre_agent.domain.notice import Notice
from sre_agent.notify.webhook import body, headers
from sre_agent.ports.clock import Clock


class WebhookChannel:
    """Implements `ports.notify.Channel`. Any 2xx answer counts as delivered."""

    def __init__(
        self, *, url: str, secret: str, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._outside = Outside("The webhook's receiver", transport=transport)

    async def send(self, notice: Notice) -> None:
        payload = body(notice)
        await self._outside.post(
            self._url, payload, headers(self._secret, notice, payload, self._clock.now())
        )
