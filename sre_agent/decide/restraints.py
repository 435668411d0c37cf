"""What the policy gate looks at before it lets anything be done: Alertmanager, the targets, other people, the past.

Every answer becomes an input of the law, also where there is none: then it is `unknown`, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from sre_agent.decide.precedents import Past, past_of
from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.law import UNKNOWN, Input
from sre_agent.domain.plan import Call, Plan, Step
from sre_agent.errors import Permanent, Retryable, ToolNotConfigured
from sre_agent.picture.objects import items
from sre_agent.policy import bystanders, flaps
from sre_agent.policy.precedents import failed_alike
from sre_agent.policy.restraints import FLAPPING, ROLLOUT, SILENCE
from sre_agent.policy.silencing import held_back
from sre_agent.ports.run import Run

_K8S: Final = "k8s"
_GITHUB: Final = "github"
_PROMETHEUS: Final = "prometheus"
_MOST_ALERTS: Final = 5
"""Alert names whose history is asked for; an incident of many has one cause all the same."""


@dataclass(frozen=True)
class Unseen:
    """Why nobody could look. `absent`: the system is not set up here, so there is nothing to be seen."""

    why: str
    absent: bool = False


async def restraints_for(run: Run, plan: Plan) -> dict[int, tuple[Input, ...]]:
    """Step index → what was found, read now, for every step that is a tool call."""
    alerts = [each.alert for each in await run.archive.alerts(run.incident_id) if _fires(each.alert)]
    steps = [step for step in plan.steps if step.call is not None]
    subjects = dict.fromkeys(_subject(plan, step) for step in steps)
    past, since = await past_of(run, plan), await _evidence_since(run, plan)
    (silence, flapping), seen = await asyncio.gather(
        asyncio.gather(_silence(run, alerts), _flapping(run, alerts)),
        asyncio.gather(*(_at(run, subject, since, past) for subject in subjects)),
    )
    found = dict(zip(subjects, seen, strict=True))
    return {
        step.index: (
            silence,
            flapping,
            *found[_subject(plan, step)],
            failed_alike(plan, step, past.attempts),
            past.failures_in_a_row,
        )
        for step in steps
    }


def _fires(alert: Alert) -> bool:
    return alert.status is AlertStatus.FIRING


def _subject(plan: Plan, step: Step) -> EntityRef:
    """The object that a step moves; what a pull request moves is what the plan blames."""
    return step.target if step.call is not None and step.call.server == _K8S else plan.entity


async def _evidence_since(run: Run, plan: Plan) -> datetime:
    """When the oldest evidence was read that the plan's hypothesis quotes; what was written since, it did not see."""
    hypotheses = await run.archive.hypotheses(run.incident_id)
    cited = {one.id for each in hypotheses if each.cause == plan.cause for one in each.evidence}
    kept = await run.archive.evidence(run.incident_id)
    return min((each.taken_at for each in kept if each.id in cited), default=plan.made_at)


async def _silence(run: Run, alerts: Sequence[Alert]) -> Input:
    if not alerts:
        return held_back((), (), ())
    names: list[JsonValue] = [*dict.fromkeys(alert.name for alert in alerts)]
    states, silences = await asyncio.gather(
        _asked(run, _PROMETHEUS, "alert_states", {"alertnames": names}),
        _asked(run, _PROMETHEUS, "silences", {}),
    )
    if isinstance(states, Unseen):
        return _no_word(states)
    if isinstance(silences, Unseen):
        return _no_word(silences)
    return held_back(alerts, items(states, "alerts"), items(silences, "silences"))


def _no_word(unseen: Unseen) -> Input:
    return Input(name=SILENCE, value="not_configured" if unseen.absent else UNKNOWN, why=unseen.why)


async def _flapping(run: Run, alerts: Sequence[Alert]) -> Input:
    now = run.clock.now()
    names = list(dict.fromkeys(alert.name for alert in alerts))[:_MOST_ALERTS]
    answers = await asyncio.gather(*(_history_of(run, name, now) for name in names))
    histories: list[tuple[str, Sequence[flaps.Firing]]] = []
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, Unseen):
            return Input(name=FLAPPING, value=UNKNOWN, why=answer.why)
        told = items(answer, "firings")
        mine = [alert for alert in alerts if alert.name == name]
        histories += [(name, [_firing_of(one) for one in told if _is_of(one, alert)]) for alert in mine]
    return flaps.flapping_of(histories, now)


async def _history_of(run: Run, name: str, now: datetime) -> JsonObject | Unseen:
    window: JsonObject = {"start": (now - flaps.LOOKED_BACK).isoformat(), "end": now.isoformat()}
    return await _asked(run, _PROMETHEUS, "alert_history", {"alertname": name, "labels": {}, **window})


def _is_of(told: JsonObject, alert: Alert) -> bool:
    """Whether a stretch of firing was of this very alert: Prometheus' own labels are among what came by webhook."""
    labels = told.get("labels")
    own = labels if isinstance(labels, dict) else {}
    return all(alert.labels.get(name) == value for name, value in own.items())


def _firing_of(told: JsonObject) -> flaps.Firing:
    return datetime.fromisoformat(str(told["start"])), datetime.fromisoformat(str(told["end"]))


async def _at(run: Run, subject: EntityRef, since: datetime, past: Past) -> tuple[Input, Input]:
    """Whether a roll-out of this object is in progress, and whether somebody else works on it."""
    window: JsonObject = {"since": since.isoformat(), "until": run.clock.now().isoformat()}
    obj, writers, merges = await asyncio.gather(
        _asked(run, _K8S, "get_object", _named(subject)),
        _asked(run, _K8S, "object_writers", _named(subject)),
        _asked(run, _GITHUB, "list_merges", window),
    )
    unseen = [each.why for each in (writers, merges) if isinstance(each, Unseen) and not each.absent]
    found = [
        *(bystanders.others_in(items(writers, "writers"), since) if not isinstance(writers, Unseen) else ()),
        *(bystanders.merges_in(items(merges, "merges"), since) if not isinstance(merges, Unseen) else ()),
        *bystanders.handed_over(past.handed_over),
    ]
    return _rollout(subject, obj), bystanders.responders(found, unseen)


def _rollout(subject: EntityRef, obj: JsonObject | Unseen) -> Input:
    if isinstance(obj, Unseen):
        rolls = subject.kind in bystanders.ROLLS_OUT
        return Input(name=ROLLOUT, value=UNKNOWN if rolls else "none", why=obj.why)
    seen = obj.get("object")
    return bystanders.rollout_of({"kind": subject.kind, **seen} if isinstance(seen, dict) else {})


def _named(subject: EntityRef) -> JsonObject:
    named = {"kind": subject.kind, "name": subject.name}
    more = {"namespace": subject.namespace, "cluster": subject.cluster}
    return {**named, **{name: value for name, value in more.items() if value}}


async def _asked(run: Run, server: str, tool: str, arguments: JsonObject) -> JsonObject | Unseen:
    try:
        call = Call(server=server, tool=tool, arguments=arguments)
        return (await run.toolbox.call(call, limit=run.limits.tool_time)).content
    except ToolNotConfigured as absent:
        return Unseen(str(absent), absent=True)
    except (Retryable, Permanent) as problem:
        return Unseen(f"{server}.{tool}: {problem}")
