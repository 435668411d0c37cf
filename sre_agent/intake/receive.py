"""The thin edge of intake: a webhook's body in, one durable transaction, a receipt out."""

from __future__ import annotations

from collections.abc import Callable

from sre_agent.domain.frozen import Frozen
from sre_agent.intake.payload import delivery_of
from sre_agent.intake.placement import placing
from sre_agent.intake.settings import IntakeSettings
from sre_agent.ports.ledger import Ledger, Receipt


class Filed(Frozen):
    """What became of one webhook call."""

    receipt: Receipt
    truncated: int


async def receive(
    body: bytes, *, ledger: Ledger, settings: IntakeSettings, redact: Callable[[str], str]
) -> Filed:
    """File one delivery. Raises Unreadable, BadInput (nothing is stored) or StoreBusy (send it again)."""
    delivery = delivery_of(body, redact=redact, relabel=settings.relabel)
    receipt = await ledger.accept(delivery.alerts, placing(settings, truncated=delivery.truncated))
    return Filed(receipt=receipt, truncated=delivery.truncated)
