"""The verifier: looks at the world after a plan until recovery is proved, refuted, or time is up.

Everything it compares with comes from records and from Prometheus' memory, so that a restart goes on
from the same times and comes to the same verdict.

Edges: `ending` → closer (recovered, or nothing to take back); else → rollback (`recovery` says why).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sre_agent.act import recovery_rules as rules
from sre_agent.act import words
from sre_agent.act.checks.alerts import alert_check
from sre_agent.act.checks.findings import Finding, Watch
from sre_agent.act.checks.golden import golden_checks, services_of
from sre_agent.act.checks.identity import lasting
from sre_agent.act.checks.logs import log_check
from sre_agent.act.checks.probes import probe_checks
from sre_agent.act.checks.workloads import WATCHED, WORKLOADS, workload_check
from sre_agent.act.rules import Records, begun_at
from sre_agent.agent_state import Notebook
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.frozen import digest_of
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.plan import Plan, StepState
from sre_agent.domain.verification import Recovery, Verification
from sre_agent.entering import enter
from sre_agent.errors import IncidentEnded
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run

ALERTS_AT_MOST: Final = 10
TARGETS_AT_MOST: Final = 5


async def verifier(state: Notebook, run: Run) -> Notebook:
    """Writes `recovery`, and `ending` unless the plan is to be taken back. Raises LeaseLost, IncidentEnded."""
    record = await run.archive.plan(run.incident_id, Digest(state["plan_digest"]))
    records = {each.index: each for each in record.steps}
    incident, alerts = await run.archive.incident(run.incident_id), await run.archive.alerts(run.incident_id)
    watch = watch_of(run, record.plan, records, (incident, alerts))
    await _say_started(run, watch)
    findings, recovery, now = await _watched(run, watch)
    by_itself = rules.came_before_the_step(findings)
    said = rules.summary(recovery, findings, by_itself=by_itself)
    checks = tuple(each.check for each in findings)
    await _file(run, watch, Verification(recovery=recovery, checks=checks, at=now, summary=said))
    ending = rules.ending(recovery, record.plan, records, said, by_itself=by_itself)
    return {"recovery": recovery.value} if ending is None else {"recovery": recovery.value, "ending": ending}


def watch_of(run: Run, plan: Plan, records: Records, about: tuple[Incident, tuple[FiledAlert, ...]]) -> Watch:
    """What to watch and since when, from what is on file."""
    incident, alerts = about
    done = [record for record in records.values() if record.state is StepState.DONE]
    since = max((record.at for record in done), default=run.clock.now())
    named = [incident.entity, plan.entity, *(filed.entity for filed in alerts)]
    touched = [step.target for step in plan.steps if step.call is not None]
    targets = [each for each in (*touched, *named) if each is not None and each.kind in WATCHED]
    worst_first = sorted(alerts, key=lambda filed: (filed.severity.rank, filed.alert.starts_at))
    return Watch(
        plan=plan,
        alerts=_different(worst_first)[:ALERTS_AT_MOST],
        targets=tuple(dict.fromkeys(targets))[:TARGETS_AT_MOST],
        first_alert_at=min((filed.alert.starts_at for filed in alerts), default=incident.opened_at),
        began=min(map(begun_at, done), default=since),
        since=since,
        deadline=since + run.limits.verify_time,
    )


def not_before(watch: Watch, now: datetime, verify_time: timedelta) -> Watch:
    """The same watch; where the clock was set back to before it began, one that begins now."""
    if now >= watch.since:
        return watch
    return replace(watch, began=min(watch.began, now), since=now, deadline=now + verify_time)


def _different(alerts: list[FiledAlert]) -> tuple[FiledAlert, ...]:
    """Alerts that differ only in the pod are one question: it is asked of the workload."""
    found = {tuple(sorted(lasting(filed.alert.labels).items())): filed for filed in reversed(alerts)}
    return tuple(reversed(found.values()))


async def _watched(run: Run, watch: Watch) -> tuple[tuple[Finding, ...], Recovery, datetime]:
    """Look until there is a verdict; at least once, also where time is up already."""
    began = run.clock.elapsed()
    while True:
        if (await run.archive.incident(run.incident_id)).status.is_final:
            raise IncidentEnded(f"incident {run.incident_id} was ended while its recovery was watched")
        now = run.clock.now()
        watch = not_before(watch, now, run.limits.verify_time)
        findings = await looked(run, watch, now)
        is_late = run.clock.elapsed() - began >= run.limits.settle + 2 * run.limits.poll
        is_up = now >= watch.deadline and (is_late or rules.fails(findings))
        recovery = rules.verdict(findings, time_is_up=is_up)
        if recovery is not None:
            return findings, recovery, now
        await _say_progress(run, watch, findings, now)
        await run.clock.sleep(run.limits.poll)


async def looked(run: Run, watch: Watch, now: datetime) -> tuple[Finding, ...]:
    """All checks once, side by side; a question that fails is a check that is not known."""
    single: list[Coroutine[Any, Any, Finding]] = [
        *(alert_check(run, watch, filed, now) for filed in watch.alerts),
        *(workload_check(run, watch, target, now) for target in watch.targets),
        *(log_check(run, watch, each, now) for each in watch.targets if each.kind in WORKLOADS),
    ]
    services = services_of(watch)
    ones, several = await asyncio.gather(
        asyncio.gather(*single),
        asyncio.gather(
            *(golden_checks(run, watch, service, now) for service in services),
            *(probe_checks(run, watch, service, now) for service in services),
        ),
    )
    return (*ones, *(finding for each in several for finding in each))


async def _say_started(run: Run, watch: Watch) -> None:
    limits = run.limits
    text = (
        f"Recovery is watched for up to {limits.verify_time.total_seconds():.0f} s; "
        f"it has to hold for {limits.settle.total_seconds():.0f} s."
    )
    names = [filed.alert.name for filed in watch.alerts]
    targets = [str(target) for target in watch.targets]
    entry = JournalDraft(
        key=words.plan_key(watch.plan, "verification", "started"),
        kind=Kind.VERIFICATION_STARTED,
        actor="verifier",
        text=text,
        body={
            "since": watch.since.isoformat(),
            "deadline": watch.deadline.isoformat(),
            "alerts": [*names],
            "targets": [*targets],
            "services": [f"{each.namespace}/{each.name}" for each in services_of(watch)],
        },
        at=run.clock.now(),
    )
    status = Status.VERIFYING
    began = words.status_entry(watch.plan, status, "verifier", run.clock.now())
    await enter(run, status, began, entry)


async def _say_progress(run: Run, watch: Watch, findings: tuple[Finding, ...], now: datetime) -> None:
    """One entry for each new picture of what passes and what does not; the same picture says nothing twice."""
    told = {each.check.name: each.check.passed for each in findings}
    picture = digest_of([[name, passed] for name, passed in sorted(told.items())])[:12]
    if watch.memory.get("told") == picture:
        return
    watch.memory["told"] = picture
    entry = JournalDraft(
        key=words.plan_key(watch.plan, "verification", "seen", picture),
        kind=Kind.NOTE_ADDED,
        actor="verifier",
        text=rules.progress(findings),
        body={"checks": dict(told)},
        at=now,
    )
    change = ChangeSet(incident_id=run.incident_id, at=now, fence=run.lease().fence, entries=(entry,))
    await run.ledger.write(change)


async def _file(run: Run, watch: Watch, verification: Verification) -> None:
    """The verdict with every number, once for each verdict on this plan."""
    entry = JournalDraft(
        key=words.plan_key(watch.plan, "verification", verification.recovery.value),
        kind=Kind.VERIFICATION_MADE,
        actor="verifier",
        text=verification.summary,
        body=verification.model_dump(mode="json"),
        at=verification.at,
    )
    change = ChangeSet(
        incident_id=run.incident_id,
        at=verification.at,
        fence=run.lease().fence,
        entries=(entry,),
        verification=verification,
    )
    await run.ledger.write(change)
