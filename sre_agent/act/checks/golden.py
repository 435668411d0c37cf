"""The golden signals of the affected services, held against their healthy past."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from sre_agent.act.checks.asking import UNANSWERED
from sre_agent.act.checks.findings import Finding, Watch, not_there, unanswered
from sre_agent.act.checks.golden_rules import Scene, golden_findings
from sre_agent.act.checks.survey import Known, Service, known_of, readings_of, window_of
from sre_agent.domain.verification import Check
from sre_agent.ports.run import Run
from sre_agent.signals.compare import Stream

SERVICES_AT_MOST: Final = 3
_SERVICE_LABELS: Final = ("service", "deployment", "statefulset", "daemonset", "app", "workload")
_SERVING: Final = frozenset({"Service", "Deployment", "StatefulSet", "DaemonSet"})


def services_of(watch: Watch) -> tuple[Service, ...]:
    """The services that alerts complain about, and the one that was changed; each once, the first few."""
    named: list[Service] = []
    for filed in watch.alerts:
        labels = filed.alert.labels
        name = next((labels[label] for label in _SERVICE_LABELS if labels.get(label)), "")
        if name and labels.get("namespace"):
            named.append(Service(labels["namespace"], name))
    for entity in watch.targets:
        if entity.kind in _SERVING and entity.namespace:
            named.append(Service(entity.namespace, entity.name))
    return tuple(dict.fromkeys(named))[:SERVICES_AT_MOST]


async def golden_checks(run: Run, watch: Watch, service: Service, now: datetime) -> tuple[Finding, ...]:
    """One finding for each golden signal of a service. Never raises for a question that fails."""
    name = f"golden signals of {service.name}"
    try:
        known = await known_of(run, watch, service)
        if known is None:
            return (not_there(name, "it exports no request metrics by conventional names"),)
        found = await _findings(run, watch, (service, known), (now - known.hold, now))
        if any(_is_open(each) for each in found):
            return await _over_all_time(run, watch, (service, known), found, now)
        return found
    except UNANSWERED as failure:
        return (unanswered(name, str(failure)),)


def _is_open(finding: Finding) -> bool:
    return finding.required and finding.check.passed is None and finding.waiting


async def _over_all_time(
    run: Run, watch: Watch, subject: tuple[Service, Known], found: tuple[Finding, ...], now: datetime
) -> tuple[Finding, ...]:
    """The whole time since the step's stir, where that answers what the hold alone leaves open."""
    hold = subject[1].hold
    if now - watch.since <= 2 * hold:
        return found
    more = await _findings(run, watch, subject, (watch.since + hold, now))
    return found if any(_is_open(each) for each in more) else more


async def _findings(
    run: Run, watch: Watch, subject: tuple[Service, Known], span: tuple[datetime, datetime]
) -> tuple[Finding, ...]:
    service, known = subject
    start, now = max(span[0], watch.since), span[1]
    left = run.limits.settle - (now - start)
    if left.total_seconds() > 0:
        name = f"golden signals of {service.name}"
        said = f"{name}: looked at when the settle time is over."
        return (Finding(Check(name=name, passed=None, sentence=said), waiting=True),)
    readings = await readings_of(run, known.queries, (start, now), known.bin, newborn=True)
    scene = Scene(
        service=service.name,
        past=known.past,
        during=known.during,
        now=window_of(readings, Stream.NOW, known.bin, known.queries),
        hold=known.hold.total_seconds(),
        settled=now - watch.since >= 2 * known.hold,
        slowest=known.slowest,
        tells_failures=bool(known.queries.failed),
    )
    return await asyncio.to_thread(golden_findings, scene)
