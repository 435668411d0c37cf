"""Is each alert's own expression quiet, and has it been for the settle time?

The expression comes from the alert itself (`generatorURL`) or from its rule. It is narrowed to the
labels that the alert's series is known to have carried, and the answer is filtered by the alert's
labels again. What a restart replaces (pods, instances) is not held on to: the same failure in a new
pod of the same workload is the same failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act.checks.asking import (
    LEAST_STEP,
    UNANSWERED,
    ask,
    instant,
    listed,
    mapped,
    range_of,
    seconds,
)
from sre_agent.act.checks.findings import Finding, Watch, unanswered
from sre_agent.act.checks.identity import Rule, agrees, lasting
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.ports.run import Run
from sre_agent.signals.narrowing import narrowed, quoted
from sre_agent.signals.promql import (
    Measured,
    PromqlError,
    expression_in,
    measured,
    metric_names,
)
from sre_agent.signals.series import Samples

POINTS: Final = 60
"""How finely the settle time is looked at."""
LOOKED_FOR: Final = 300.0
"""Seconds around an alert's beginning in which its metrics are looked for: Prometheus' own look-back."""


async def rule_of(run: Run, watch: Watch, filed: FiledAlert) -> Rule:
    """The alert's rule, remembered. The firing expression goes before the rule's: templates and shards differ."""
    name = f"rule {filed.alert.fingerprint}"
    known = watch.memory.get(name)
    if isinstance(known, Rule):
        return known
    expr = expression_in(filed.alert.generator_url)
    try:
        content = await ask(run, "prometheus", "alert_rule", {"alertname": filed.alert.name})
        rules = [mapped(rule) for rule in listed(content, "rules")]
    except UNANSWERED:
        rules = []
    told = next((rule for rule in rules if rule.get("expr") == expr), rules[0] if rules else {})
    rule = Rule(
        expr or str(told.get("expr", "")),
        timedelta(seconds=float(str(told.get("for_seconds") or 0))),
        frozenset(mapped(told, "labels")),
    )
    watch.memory[name] = rule
    return rule


async def alert_check(run: Run, watch: Watch, filed: FiledAlert, now: datetime) -> Finding:
    """One alert. Never raises for a question that fails: that is not known."""
    name = f"alert {filed.alert.name}" + (f" of {filed.entity}" if filed.entity is not None else "")
    rule = await rule_of(run, watch, filed)
    if not rule.expr:
        return unanswered(name, "neither the alert nor Prometheus tells the alert's expression")
    query = rule.expr
    try:
        query = await _narrowed(run, watch, filed, rule)
        return await _held(run, watch, _Subject(name, filed, rule, query), now)
    except UNANSWERED as failure:
        return unanswered(name, str(failure), query)


@dataclass(frozen=True)
class _Subject:
    name: str
    filed: FiledAlert
    rule: Rule
    query: str


async def _narrowed(run: Run, watch: Watch, filed: FiledAlert, rule: Rule) -> str:
    """The expression over the alert's own labels, as far as the alert's series is known to have carried them."""
    known = watch.memory.get(f"query {filed.alert.fingerprint}")
    if isinstance(known, str):
        return known
    fired = await instant(run, rule.expr, filed.alert.starts_at)
    carried = {label for series in fired if agrees(series.labels, filed, rule) for label in series.labels}
    own = lasting(filed.alert.labels)
    try:
        query = narrowed(rule.expr, {name: own[name] for name in own if name in carried - rule.adds})
    except PromqlError:
        query = rule.expr
    watch.memory[f"query {filed.alert.fingerprint}"] = query
    return query


async def _held(run: Run, watch: Watch, subject: _Subject, now: datetime) -> Finding:
    settle = run.limits.settle
    step = settle.total_seconds() / POINTS
    series = await range_of(run, subject.query, (max(now - settle, watch.since), now), step)
    last = _last_of(series, subject)
    quiet_for = now - (max(last, watch.since) if last is not None else watch.since)
    held = quiet_for >= settle
    line, value = await _value(run, subject, now)
    if held and value is None and not await _is_watched_at(run, subject, now):
        return unanswered(subject.name, "Prometheus no longer has the metrics it watches", subject.query)
    if held and not await _is_watched_at(run, subject, now - settle):
        # The clock was set forward, or nobody scraped: time that was not watched is no time in which it was quiet.
        return unanswered(
            subject.name, "Prometheus has not watched its metrics for the settle time yet", subject.query
        )
    before = await _was_quiet_before(run, watch, subject)
    numbers: JsonObject = {
        "value": value,
        "op": line.op,
        "threshold": line.threshold,
        "quiet_for_seconds": seconds(quiet_for),
        "settle_seconds": seconds(settle),
        "quiet_before_the_step": before,
    }
    sentence = _sentence(subject.filed.alert.name, line, value, quiet_for, held=held)
    check = Check(name=subject.name, passed=held, sentence=sentence, query=subject.query, numbers=numbers)
    improved = quiet_for >= settle / 2
    return Finding(check, waiting=not held, proves=True, improved=improved, before_step=before)


def _last_of(series: list[Samples], subject: _Subject) -> datetime | None:
    """When the expression last held for this alert."""
    ours = [each for each in series if len(each) and agrees(each.labels, subject.filed, subject.rule)]
    if not ours:
        return None
    newest = max(float(each.times[-1]) for each in ours)
    return datetime.fromtimestamp(newest, tz=subject.filed.alert.starts_at.tzinfo)


async def _value(run: Run, subject: _Subject, now: datetime) -> tuple[Measured, float | None]:
    """What the expression measures now, and its value: the one nearest the alert's side of the line."""
    try:
        line = measured(subject.query)
    except PromqlError:
        return Measured(subject.query), None
    series = await instant(run, line.value, now)
    values = [
        float(each.values[-1])
        for each in series
        if len(each) and agrees(each.labels, subject.filed, subject.rule)
    ]
    if not values:
        return line, None
    return line, min(values) if line.op.startswith("<") else max(values)


async def _is_watched_at(run: Run, subject: _Subject, now: datetime) -> bool:
    """Whether anybody would notice then: an expression over metrics that are gone is quiet for no good reason.

    Some metrics exist only while something is wrong (the reason a container waits); their silence
    counts as long as the job that told them is up.
    """
    try:
        names = metric_names(subject.query)
    except PromqlError:
        return True
    for name in names:
        if _any(await instant(run, f"count({name})", now)):
            return True
    for name in names:
        told = await range_of(
            run, f"count by (job) ({name})", _around(subject.filed, now), LOOKED_FOR / POINTS
        )
        for job in {each.labels["job"] for each in told if each.labels.get("job")}:
            if _any(await instant(run, f"up{{job={quoted(job)}}} == 1", now)):
                return True
    return not names


def _around(filed: FiledAlert, now: datetime) -> tuple[datetime, datetime]:
    """When its series was there, if ever: a state that comes and goes has none at most instants."""
    half = timedelta(seconds=LOOKED_FOR / 2)
    return filed.alert.starts_at - half, min(filed.alert.starts_at + half, now)


def _any(series: list[Samples]) -> bool:
    return any(len(each) for each in series)


async def _was_quiet_before(run: Run, watch: Watch, subject: _Subject) -> bool:
    """Whether the expression was quiet already for a settle time before the first step."""
    key = f"quiet before {subject.filed.alert.fingerprint}"
    known = watch.memory.get(key)
    if isinstance(known, bool):
        return known
    start = watch.began - run.limits.settle
    step = run.limits.settle.total_seconds() / POINTS
    quiet = start > subject.filed.alert.starts_at
    if quiet:
        quiet = _last_of(await range_of(run, subject.query, (start, watch.began), step), subject) is None
    watch.memory[key] = quiet
    return quiet


def _sentence(name: str, line: Measured, value: float | None, quiet_for: timedelta, *, held: bool) -> str:
    limit = f" (it fires {line.op} {line.threshold:g})" if line.threshold is not None else ""
    now = f", now {value:.4g}{limit}" if value is not None else ""
    if held:
        return f"{name} has been quiet for {quiet_for.total_seconds():.0f} s{now}."
    if quiet_for > timedelta(seconds=LEAST_STEP):
        return f"{name} has been quiet for {quiet_for.total_seconds():.0f} s only{now}."
    return f"{name} still holds{now}."
