"""After something was restored: whether the alerts came back that it had held down, looked at once and said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.act import mitigating
from sre_agent.act import sending as out
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Call
from sre_agent.errors import Permanent
from sre_agent.picture.objects import items
from sre_agent.policy.silencing import is_of
from sre_agent.ports.run import Run

TOO_LATE: Final = timedelta(days=1)
"""What fires this long afterwards has other reasons."""


async def look_after(run: Run) -> datetime | None:
    """Say of all that was restored whether it held; when to look next, None where nothing is open. Raises Retryable.

    It is looked at when a recovery would have to be proved. What fires again opens an incident of its own at
    once, which may do it again under the law; here its owner is told that the permanent fix is missing.
    """
    restored = await run.archive.mitigations(incident_id=run.incident_id, states=(MitigationState.RESTORED,))
    now, later = run.clock.now(), list[datetime]()
    for box in restored:
        due = box.updated_at + run.limits.verify_time
        if box.why or now - due > TOO_LATE:
            continue
        if now < due:
            later.append(due)
        else:
            await _look(run, box, now)
    return min(later, default=None)


async def _look(run: Run, box: Mitigation, now: datetime) -> None:
    firing = await _firing(run)
    if firing is None:
        why = "Nobody can tell whether it held: no Alertmanager answers here."
    elif firing:
        why = f"Since it was restored, {', '.join(firing)} fires again."
    else:
        why = f"It held: no alert of the incident fired {run.limits.verify_time.total_seconds():.0f} s later."
    seen = box.model_copy(update={"why": why})
    entry = mitigating.seen_after(seen, now, is_back=bool(firing))
    await out.file_box(
        run, None, entry, key=box.key, change=lambda newest: newest.model_copy(update={"why": why})
    )


async def _firing(run: Run) -> list[str] | None:
    """Names of the incident's alerts that Alertmanager holds now, once each; None where nobody can tell."""
    alerts = [filed.alert for filed in await run.archive.alerts(run.incident_id)]
    names = list(dict.fromkeys(alert.name for alert in alerts))
    if not names:
        return []
    call = Call(server="prometheus", tool="alert_states", arguments={"alertnames": [*names]})
    try:
        answer = await run.in_hands_of("policy_gate").toolbox.call(call, limit=run.limits.tool_time)
    except Permanent:
        return None
    held = items(answer.content, "alerts")
    return list(dict.fromkeys(alert.name for alert in alerts if any(is_of(each, alert) for each in held)))
