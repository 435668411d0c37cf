"""Does an end-to-end probe of a service succeed, where somebody set one up (blackbox_exporter's `probe_success`)?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sre_agent.act.checks.asking import UNANSWERED, instant, seconds
from sre_agent.act.checks.findings import Finding, Watch, unanswered
from sre_agent.act.checks.survey import Service
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.ports.run import Run
from sre_agent.signals.narrowing import quoted

_SUCCEEDED: Final = 0.5
"""A probe is 1 or 0."""


async def probe_checks(run: Run, watch: Watch, service: Service, now: datetime) -> tuple[Finding, ...]:
    """One finding where the service is probed, none where nobody probes it. Never raises for a question that fails."""
    name, settle = f"probe of {service.name}", run.limits.settle
    query = f"min_over_time({selector(service)}[{settle.total_seconds():.0f}s])"
    ours = await _ours(run, watch, service)
    if not ours:
        return ()
    if now - watch.since < settle:
        said = f"The probes of {service.name} are looked at when the settle time is over."
        return (Finding(Check(name=name, passed=None, sentence=said), waiting=True),)
    try:
        found = await instant(run, query, now)
    except UNANSWERED as failure:
        return (unanswered(name, str(failure), query),)
    held = {each.labels.get("instance", ""): float(each.values[-1]) for each in found if len(each)}
    return (probed(service, {each: held.get(each) for each in ours}, query, seconds(settle)),)


def selector(service: Service) -> str:
    """Probes of the service by the names that its cluster gives it; a bare name may be that of another namespace's."""
    host = f"{re.escape(service.name)}[.]{re.escape(service.namespace)}(?:[.].+?)?"
    instance = quoted(f"(?:[a-z]+://)?{host}(?::[0-9]+)?(?:/.*)?")
    return f"probe_success{{instance=~{instance}}}"


async def _ours(run: Run, watch: Watch, service: Service) -> tuple[str, ...]:
    """The probes that succeeded before the incident, found out once: what failed then is not ours to cure."""
    key = f"probes {service.namespace}/{service.name}"
    if key not in watch.memory:
        query = f"max_over_time({selector(service)}[{run.limits.baseline.total_seconds():.0f}s])"
        try:
            past = await instant(run, query, watch.first_alert_at)
        except UNANSWERED:
            return ()
        good = (each for each in past if len(each) and each.values[-1] >= _SUCCEEDED)
        watch.memory[key] = tuple(sorted({each.labels.get("instance", "") for each in good}))
    known = watch.memory[key]
    return known if isinstance(known, tuple) else ()


def probed(service: Service, held: dict[str, float | None], query: str, span: float) -> Finding:
    """`held`: probe → the least that it was over the settle time; none: it says nothing any more."""
    silent = sorted(each for each, value in held.items() if value is None)
    failing = sorted(each for each, value in held.items() if value is not None and value < _SUCCEEDED)
    numbers: JsonObject = {
        "probes": len(held),
        "failing": len(failing),
        "silent": len(silent),
        "seconds": span,
    }
    passed = False if failing else None if silent else True
    said = f"{len(held)} probe(s) of {service.name} succeeded all the time for {span:.0f} s."
    if silent:
        said = f"{silent[0]} was probed before the incident and is not any more."
    if failing:
        said = f"{len(failing)} of {len(held)} probe(s) of {service.name} failed within {span:.0f} s: {failing[0]}."
    check = Check(name=f"probe of {service.name}", passed=passed, sentence=said, query=query, numbers=numbers)
    return Finding(check, waiting=passed is not True)
