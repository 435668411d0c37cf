"""Where and when an incident happens, read from what was filed."""

from __future__ import annotations

from sre_agent.observe.scene import Scene
from sre_agent.ports.run import Run


async def scene_of(run: Run) -> Scene:
    """The scene of a run; it began with the first alert or, where a person asked, when they did."""
    incident, alerts = await run.archive.incident(run.incident_id), await run.archive.alerts(run.incident_id)
    named = [incident.entity, *(filed.entity for filed in alerts)]
    starts = [filed.alert.starts_at for filed in alerts]
    loki = any(server.name == "loki" and server.configured for server in run.toolbox.servers())
    return Scene(
        namespace=incident.namespace,
        entities=tuple(dict.fromkeys(entity for entity in named if entity is not None)),
        started_at=min([*starts, incident.opened_at]),
        now=run.clock.now(),
        baseline=run.limits.baseline,
        rate_window=run.limits.rate_window,
        has_loki=loki,
    )
