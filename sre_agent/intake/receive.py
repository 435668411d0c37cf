"""The thin edge of intake: a webhook's body in, one durable transaction, a receipt out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sre_agent.domain.alert import Alert
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.law import ALERTMANAGER
from sre_agent.intake.payload import delivery_of
from sre_agent.intake.placement import placing
from sre_agent.intake.settings import IntakeSettings
from sre_agent.ports.ledger import ChangeSet, Desk, Ledger, Placement, Receipt


class Filed(Frozen):
    """What became of one webhook call."""

    receipt: Receipt
    truncated: int


async def receive(
    body: bytes,
    *,
    ledger: Ledger,
    settings: IntakeSettings,
    redact: Callable[[str], str],
    by: str = ALERTMANAGER.name,
) -> Filed:
    """File one delivery, sent by whom. Raises Unreadable, BadInput (nothing is stored) or StoreBusy (send it again)."""
    delivery = delivery_of(body, redact=redact, relabel=settings.relabel)
    place = placing(settings, truncated=delivery.truncated)
    receipt = await ledger.accept(delivery.alerts, place if by == ALERTMANAGER.name else sent_by(by, place))
    return Filed(receipt=receipt, truncated=delivery.truncated)


def sent_by(
    name: str, place: Callable[[Desk, Sequence[Alert]], Placement]
) -> Callable[[Desk, Sequence[Alert]], Placement]:
    """The same placement in the name of the account that sent it: an alert that a person makes is a request of theirs."""

    def placed(desk: Desk, alerts: Sequence[Alert]) -> Placement:
        found = place(desk, alerts)
        return found.model_copy(
            update={"changes": tuple(_in_the_name_of(name, each) for each in found.changes)}
        )

    return placed


def _in_the_name_of(name: str, change: ChangeSet) -> ChangeSet:
    entries = tuple(each.model_copy(update={"actor": name}) for each in change.entries)
    return change.model_copy(update={"entries": entries})
