"""What lies about in the house besides incidents: how far the agent is trusted, and what that rests on."""

from __future__ import annotations

from datetime import datetime, timedelta

from api_stage import Stage
from spoiled import HOSTILE, IN_NAMES

from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Autonomy, Role
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.ports.trust import TrustBook
from sre_agent.trust.ladder import LADDER
from tests.contracts.ledger_records import mitigation


async def furnish_ladder(book: TrustBook, incident: IncidentId, now: datetime) -> None:
    """One that the numbers propose for promotion, and one that a wrong act took down."""
    begun = now - timedelta(days=30)
    for service, level, by, reason in (
        ("cart", Autonomy.OBSERVE, "ada", "it begins here"),
        ("orders", Autonomy.APPROVE, LADDER, f"errors rose after it ({incident})"),
    ):
        rung = Rung(service=service, action="rollout_restart", level=level, since=begun, by=by, reason=reason)
        await book.put_rung(rung)
    await book.put_samples(tuple(_sample(incident, number, begun) for number in range(8)))


def _sample(incident: IncidentId, number: int, begun: datetime) -> Sample:
    return Sample(
        incident_id=incident,
        plan_digest=Digest(f"{number:064x}"),
        step=0,
        service="cart",
        action="rollout_restart",
        level=Autonomy.OBSERVE,
        agreement=Agreement.DIFFERED if number == 3 else Agreement.AGREED,
        why="people did the same within the hour" if number != 3 else "people rolled back instead",
        planned_at=begun + timedelta(days=number + 1),
    )


async def spoil(stage: Stage, book: TrustBook) -> None:
    """An attacker's words on the pages of the platform: an account's name, what a token is for, a rung and its reason."""
    token, eve = "token-of-nobody-with-enough-characters", f"eve{IN_NAMES}"
    await stage.parts.accounts.ensure_token(eve, Role.VIEWER, token, label=HOSTILE)
    rung = Rung(
        service=f"web{IN_NAMES}",
        action="rollout_restart",
        level=Autonomy.OBSERVE,
        since=stage.clock.now(),
        by=eve,
        reason=HOSTILE,
    )
    await book.put_rung(rung)


async def furnish_mitigations(stage: Stage, incident: IncidentId, now: datetime) -> None:
    """One whose time is nearly up by the browser's own clock."""
    (made,) = stage.store.state.plans_of(incident)
    ends = now + timedelta(minutes=10)
    soon = mitigation(made).model_copy(update={"began_at": now, "expires_at": ends, "updated_at": now})
    await stage.write(incident, "for a time", mitigations=(soon,))
