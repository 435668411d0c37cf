"""Have the new error messages stopped? From Loki; else from the pods themselves, as far as they can tell."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.act.checks.asking import UNANSWERED, ask, listed, mapped, seconds, whole
from sre_agent.act.checks.findings import Finding, Watch, not_there, unanswered
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.errors import ToolNotConfigured
from sre_agent.ports.run import Run
from sre_agent.signals.narrowing import quoted

ERROR_LEVELS: Final = frozenset({"error", "err", "fatal", "critical", "crit", "panic", "alert", "emergency"})
TOLERATED: Final = 3
"""Fewer new error lines than this in the settle time are no pattern."""
PODS_AT_MOST: Final = 5


async def log_check(run: Run, watch: Watch, target: EntityRef, now: datetime) -> Finding:
    """One workload's errors. Never raises for a question that fails."""
    name = f"error logs of {target.name}"
    if now - watch.since < run.limits.settle:
        said = f"The logs of {target.name} are looked at when the settle time is over."
        return Finding(Check(name=name, passed=None, sentence=said), waiting=True)
    try:
        return await _by_loki(run, watch, target, now)
    except ToolNotConfigured:
        pass
    except UNANSWERED as failure:
        return unanswered(name, str(failure))
    try:
        return await _by_pods(run, target)
    except UNANSWERED as failure:
        return not_there(name, f"no log store is set up, and the pods cannot be asked: {failure}")


async def _by_loki(run: Run, watch: Watch, target: EntityRef, now: datetime) -> Finding:
    selector = f"{{namespace={quoted(target.namespace)},pod=~{quoted(target.name + '-.*')}}}"
    arguments: JsonObject = {
        "selector": selector,
        "start": (now - run.limits.settle).timestamp(),
        "end": now.timestamp(),
        "baseline_start": (watch.first_alert_at - run.limits.baseline).timestamp(),
        "baseline_end": (watch.first_alert_at - run.limits.rate_window).timestamp(),
        "limit": 50,
    }
    answer = await ask(run, "loki", "error_signatures", arguments)
    return signature_finding(target, listed(answer, "signatures"), selector, run.limits.settle)


def signature_finding(
    target: EntityRef, signatures: list[JsonValue], query: str, settle: timedelta
) -> Finding:
    """Errors that were not there before the incident and still are. What was there before is not ours to cure."""
    fresh = [told for each in signatures if _is_new_error(told := mapped(each))]
    lines = sum(whole(each.get("count")) for each in fresh)
    passed = lines < TOLERATED
    numbers: JsonObject = {
        "new_error_lines": lines,
        "new_signatures": len(fresh),
        "tolerated_below": TOLERATED,
        "seconds": seconds(settle),
    }
    worst = max(fresh, key=lambda each: whole(each.get("count")), default={})
    shown = f", most often: {str(worst.get('template'))[:160]}" if worst and not passed else ""
    sentence = f"{target.name} logged {lines} new error line(s) in {settle.total_seconds():.0f} s{shown}."
    check = Check(
        name=f"error logs of {target.name}", passed=passed, sentence=sentence, query=query, numbers=numbers
    )
    return Finding(check, waiting=not passed)


def _is_new_error(signature: dict[str, JsonValue]) -> bool:
    risen = signature.get("new") is True or signature.get("surge") is not None
    return risen and str(signature.get("level", "")).lower() in ERROR_LEVELS


async def _by_pods(run: Run, target: EntityRef) -> Finding:
    """Without a log store there is no past to compare with: silence proves, complaints leave it open."""
    place: JsonObject = {"cluster": target.cluster} if target.cluster else {}
    answer = await ask(run, "k8s", "topology", {"namespace": target.namespace, **place})
    found = [mapped(each) for each in listed(answer, "workloads")]
    ours = next((w for w in found if (w.get("kind"), w.get("name")) == (target.kind, target.name)), {})
    settle = run.limits.settle
    complaints = 0
    for pod in listed(ours, "pods")[:PODS_AT_MOST]:
        wanted: JsonObject = {"namespace": target.namespace, "pod": str(pod).split("/")[-1], **place}
        since: JsonObject = {"tail_lines": 500, "since_seconds": math.ceil(settle.total_seconds())}
        lines = listed(await ask(run, "k8s", "get_pod_logs", {**wanted, **since}), "lines")
        complaints += sum(1 for line in lines if complains(str(line)))
    return pod_finding(target, complaints, settle)


def complains(line: str) -> bool:
    """Whether a structured log line (after its time) is of an error level; free text is not guessed at."""
    _, _, body = line.partition("{")
    try:
        told = json.loads("{" + body) if body else {}
    except ValueError:
        return False
    level = told.get("level", told.get("severity", "")) if isinstance(told, dict) else ""
    return str(level).lower() in ERROR_LEVELS


def pod_finding(target: EntityRef, complaints: int, settle: timedelta) -> Finding:
    name, span = f"error logs of {target.name}", f"{settle.total_seconds():.0f} s"
    numbers: JsonObject = {"error_lines": complaints, "seconds": seconds(settle)}
    if complaints:
        said = f"The pods of {target.name} logged {complaints} error line(s) in {span}; without a log store nobody can tell whether they are new."
        check = Check(name=name, passed=None, sentence=said, numbers=numbers)
        return Finding(check, required=False)
    said = (
        f"The pods of {target.name} logged no errors in {span} (read from the pods; no log store is set up)."
    )
    return Finding(Check(name=name, passed=True, sentence=said, numbers=numbers))
