"""Too few replicas for the work: fixed too low, capped by the autoscaler, or not scaled for want of metrics.

Conditions of a HorizontalPodAutoscaler: ScalingActive, AbleToScale, ScalingLimited
(https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.replicas import replicas_before
from sre_agent.catalogue.gauges import Gauge, moves_of, strongest
from sre_agent.catalogue.looking import desired_replicas
from sre_agent.catalogue.subjects import Subject, subjects
from sre_agent.catalogue.words import brief, is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.drift import last_applied
from sre_agent.picture.objects import Obj, condition, dig
from sre_agent.picture.world import Picture

_METRICS = ("FailedGetResourceMetric", "FailedGetExternalMetric", "FailedGetObjectMetric", "FailedGetPodsMetric", "FailedComputeMetricsReplicas", "FailedGetContainerResourceMetric", "InvalidSelector", "FailedGetScale")  # fmt: skip


def scalers(picture: Picture) -> Iterator[tuple[Obj, Subject]]:
    """(autoscaler, the workload that it scales)."""
    for scaler in picture.inventory.of("HorizontalPodAutoscaler"):
        target = scaler.mapping("spec", "scaleTargetRef") or {"name": scaler.name}
        for subject in subjects(picture):
            owner = subject.owner
            if (owner.kind, owner.name, owner.namespace) == (
                target.get("kind"),
                target.get("name"),
                scaler.namespace,
            ):
                yield scaler, subject


def _at_maximum(picture: Picture) -> Iterable[Lead]:
    for scaler, subject in scalers(picture):
        limited = condition(scaler, "ScalingLimited")
        current, most = scaler.dig("status", "currentReplicas"), scaler.dig("spec", "maxReplicas")
        capped = limited.get("status") == "True" and limited.get("reason") == "TooManyReplicas"
        wants = scaler.dig("status", "desiredReplicas") == most
        if not isinstance(most, int) or current != most or not (capped or wants):
            continue
        over = _over_target(scaler)
        if not over and not capped and scaler.items("status", "currentMetrics"):
            continue
        yield Lead(
            cause="hpa_at_maximum",
            entity=subject.owner.ref,
            weight=(STRONG + SLIGHT if over else STRONG if capped else FAIR),
            statement=f"{subject.owner.ref} runs the {most} replicas that its autoscaler {scaler.name} may give it at most"
            + (f", and needs more ({over})." if over else "."),
            citations=(
                scaler.quote("spec", "maxReplicas"),
                scaler.quote("status", "currentReplicas"),
                *_words(scaler, "ScalingLimited"),
            ),
            hints={"scaler": scaler.name, "most": most},
        )


def _words(scaler: Obj, kind: str) -> tuple[Citation, ...]:
    message = condition(scaler, kind).get("message")
    return (scaler.source.quote(str(message)),) if message else ()


def _over_target(scaler: Obj) -> str:
    """`cpu 180% of 80%`, for the first metric that is above its target."""
    targets = {
        dig(one, "resource", "name"): dig(one, "resource", "target", "averageUtilization")
        for one in scaler.items("spec", "metrics")
    }
    for one in scaler.items("status", "currentMetrics"):
        name, now = dig(one, "resource", "name"), dig(one, "resource", "current", "averageUtilization")
        target = targets.get(name)
        if isinstance(now, int) and isinstance(target, int) and now > target:
            return f"{name} {now}% of {target}%"
    now, target = scaler.dig("status", "currentCPUUtilizationPercentage"), scaler.dig(
        "spec", "targetCPUUtilizationPercentage"
    )
    return (
        f"cpu {now}% of {target}%"
        if isinstance(now, int) and isinstance(target, int) and now > target
        else ""
    )


def _target_of(scaler: Obj) -> EntityRef:
    """What an autoscaler says that it scales, where that itself was not read; else the autoscaler."""
    target = scaler.mapping("spec", "scaleTargetRef")
    if target.get("kind") and target.get("name"):
        return EntityRef(kind=str(target["kind"]), namespace=scaler.namespace, name=str(target["name"]))
    return scaler.ref


def _no_metrics(picture: Picture) -> Iterable[Lead]:
    scaled = {id(scaler): subject.owner.ref for scaler, subject in scalers(picture)}
    for scaler in picture.inventory.of("HorizontalPodAutoscaler"):
        active, ref = condition(scaler, "ScalingActive"), scaled.get(id(scaler)) or _target_of(scaler)
        events = [
            event
            for event in picture.events_about(scaler)
            if event.reason in _METRICS and is_timely(picture, event)
        ]
        untold = not scaler.mapping("status") and events
        if (active.get("status") != "False" and not untold) or active.get("reason") == "ScalingDisabled":
            continue
        said = str(active.get("message") or (events[-1].message if events else "no reason told"))
        yield Lead(
            cause="hpa_metrics_unavailable",
            entity=ref,
            weight=STRONG + (SLIGHT if events else 0.0),
            statement=f"{ref} is not scaled: autoscaler {scaler.name} gets no metrics: {brief(said, 160)}",
            citations=(*_words(scaler, "ScalingActive"), *(event.quote() for event in events[-2:])),
            hints={"scaler": scaler.name},
        )


def _too_few(picture: Picture) -> Iterable[Lead]:
    """Fewer replicas than before or than applied, without an autoscaler, and what is left is overloaded."""
    scaled = {id(subject) for _, subject in scalers(picture)}
    for subject in subjects(picture):
        now = desired_replicas(subject.owner)
        if not now or id(subject) in scaled:
            continue
        applied = dig(last_applied(subject.owner) or {}, "spec", "replicas")
        told, cited = (
            (applied, (subject.owner.source.quote(f'\\"replicas\\":{applied}'),))
            if isinstance(applied, int)
            else replicas_before(picture, subject.owner)
        )
        if not isinstance(told, int) or told <= now:
            continue
        strained = [
            one
            for gauge in (Gauge.LATENCY, Gauge.ERRORS, Gauge.CPU)
            if (one := strongest(moves_of(picture, subject.owner, gauge), up=True))
        ]
        if not strained:
            continue
        yield Lead(
            cause="replica_count_insufficient",
            entity=subject.owner.ref,
            weight=DECISIVE if now * 2 <= told else STRONG,
            statement=f"{subject.owner.ref} runs {now} replicas where it ran {told} before, and they are overloaded.",
            citations=(subject.owner.quote("spec", "replicas"), *cited, strained[0].quote()),
            hints={"replicas": told},
        )


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=("Deployment", "StatefulSet", "ReplicaSet"))
ENTRIES = (
    Entry(
        _cause(
            code="replica_count_insufficient", title="Too few replicas", description="The workload runs fewer replicas than its work needs, and nothing scales it.",
            supports=("it ran more replicas before, and what is left is overloaded",), rules_out=("the replicas are as many as before",),
            neighbours=(Neighbour("traffic_surge", "the replicas are as before, the traffic grew"), Neighbour("hpa_at_maximum", "an autoscaler is at its maximum")),
            remedies=("restore_replicas",),
        ),
        _too_few,
    ),
    Entry(
        _cause(
            code="hpa_at_maximum", title="The autoscaler is at its maximum", description="The autoscaler would add replicas, and may not.",
            supports=("currentReplicas is maxReplicas, and its metric is above the target",), rules_out=("its metric is below the target",),
            neighbours=(Neighbour("hpa_metrics_unavailable", "the autoscaler does not know the load"), Neighbour("traffic_surge", "what is to blame is the demand itself")),
            remedies=("raise_maximum_by_hand",),
        ),
        _at_maximum,
    ),
    Entry(
        _cause(
            code="hpa_metrics_unavailable", title="The autoscaler gets no metrics", description="The autoscaler cannot read the metric it scales by, so it does not scale.",
            supports=("ScalingActive is False, with FailedGet…Metric",), rules_out=("ScalingActive is True",),
            neighbours=(Neighbour("hpa_at_maximum", "the metric is read, and the maximum reached"),), remedies=("bring_metrics_back_by_hand",),
        ),
        _no_metrics,
    ),
)  # fmt: skip
