"""Demand and what there is to meet it: more requests, less capacity, or a program that needs more for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.load import replicas_for
from sre_agent.catalogue.hearing import by_speaker, quotes, shortened, shortly
from sre_agent.catalogue.recent import changed_before, quote_change, staleness
from sre_agent.catalogue.rollouts import Rollout, began_before_onset, latest_rollout, undo_hints
from sre_agent.catalogue.said import Words, belief, pattern
from sre_agent.catalogue.slowness import Condition, bottlenecks, callers, conditions
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

OVERLOADED = Words(
    "capacity_shortfall",
    pattern(
        r"(?:server|service|node|backend) (?:is )?(?:at capacity|over ?loaded|too busy)|no (?:spare |free )?capacity|insufficient capacity",
        r"(?:request|work|task|accept) queue (?:is )?(?:full|overflow)|rejecting (?:new )?(?:requests|connections|tasks)|load shed",
        r"RejectedExecutionException|server reached pm\.max_children|worker_connections are not enough|listen queue .{0,20}overflow",
        r"all workers (?:are )?busy|max(?:imum)? (?:number of )?(?:workers|concurrent requests) (?:reached|exceeded)",
    ),
    "has too little capacity for what it usually gets",
)
SURGE = 1.7
USUAL = 1.25
_FEWER = re.compile(r"[Ss]caled down replica set \S+ (?:from (\d+) to (\d+)|to (\d+) from (\d+))")


def _service_of(picture: Picture, workload: Obj) -> Obj:
    return next(iter(picture.inventory.services_of(workload)), workload)


def _surge(picture: Picture) -> Iterable[Lead]:
    """Where the growth begins: nobody who calls it gets more, and it, or what it calls, suffers."""
    known = conditions(picture)
    for condition in known.values():
        more, above = condition.more_traffic, [
            known[one] for one in callers(picture, condition.workload) if one in known
        ]
        if more is None or more.ratio < SURGE or any(one.more_traffic for one in above):
            continue
        rollout = latest_rollout(picture, condition.workload)
        hurt = [one for one in _reached(picture, condition) if one.suffers or one.busy]
        if not hurt or above or (rollout and began_before_onset(picture, rollout.at)):
            continue
        service = _service_of(picture, condition.workload)
        weakest = max(hurt, key=lambda one: one.delay)
        yield Lead(
            cause="traffic_surge",
            entity=service.ref,
            weight=STRONG + (SLIGHT if more.ratio >= 2.5 else 0.0),
            statement=f"{service.ref} gets {more.ratio:.1f} times its usual traffic ({more.shift.before:.3g} → {more.shift.during:.3g}), "
            f"more than {weakest.workload.ref} can serve.",
            citations=(more.quote(), *(one.quote() for one in weakest.told()[:2])),
            hints=_scale(weakest, more.ratio),
        )


def _scale(condition: Condition, ratio: float) -> dict[str, JsonValue]:
    workload = condition.workload
    return {
        "workload": workload.name,
        "workload_kind": workload.kind,
        "replicas": replicas_for(workload, ratio),
    }


def _reached(picture: Picture, start: Condition) -> Iterator[Condition]:
    """It and all that its requests reach."""
    every = conditions(picture)
    names = [start.workload.name, *picture.downstream_of(start.workload.name)]
    yield from (every[name] for name in names if name in every)


def _shortfall(picture: Picture) -> Iterable[Lead]:
    """Demand as usual and less to meet it: fewer replicas than before, or the program's own word for it."""
    for workload in picture.inventory.workloads:
        condition = conditions(picture).get(workload.name)
        fewer = _fewer(picture, workload)
        usual = condition is not None and not condition.more_traffic
        if fewer and condition is not None and usual and (condition.suffers or condition.busy):
            yield _fewer_lead(picture, condition, fewer)
    for ref, found in by_speaker(OVERLOADED.heard(picture)).items():
        own = found[0][0].speaker.workload
        grown = conditions(picture).get(own.name) if own else None
        service = _service_of(picture, own).ref if own else ref
        yield Lead(
            cause="capacity_shortfall",
            entity=service,
            weight=belief(found, STRONG - SLIGHT) - (FAIR if grown and grown.more_traffic else 0.0),
            statement=f"{ref} {OVERLOADED.says}: {shortly(found[-1])}",
            citations=quotes(found),
            hints=_scale(grown, 1.0) if grown else {},
        )


def _fewer(picture: Picture, workload: Obj) -> tuple[int, int, Citation] | None:
    """(replicas before, now, event) where it was scaled down, but not to zero, without a new revision."""
    rollout = latest_rollout(picture, workload)
    if rollout is not None and began_before_onset(picture, rollout.at):
        return None
    for event in picture.events_about(workload):
        if found := _FEWER.search(event.message):
            before, now = int(found.group(1) or found.group(4)), int(found.group(2) or found.group(3))
            if 0 < now < before:
                return before, now, event.quote()
    return None


def _fewer_lead(picture: Picture, condition: Condition, fewer: tuple[int, int, Citation]) -> Lead:
    before, now, cited = fewer
    service = _service_of(picture, condition.workload)
    return Lead(
        cause="capacity_shortfall",
        entity=service.ref,
        weight=DECISIVE + SLIGHT,
        statement=f"{service.ref} gets its usual traffic, but {condition.workload.ref} was scaled from {before} to {now}: too few are left.",
        citations=(cited, *(one.quote() for one in condition.told()[:2])),
        hints={
            "workload": condition.workload.name,
            "workload_kind": condition.workload.kind,
            "replicas": before,
        },
    )


def _slower_code(picture: Picture) -> Iterable[Lead]:
    """The one that all wait for became slow with its own roll-out, at usual traffic and without failing."""
    for found in bottlenecks(picture)[:2]:
        own = found.condition
        rollout = latest_rollout(picture, own.workload)
        if own.slower is None or own.more_traffic or own.failing or rollout is None:
            continue
        if own.throttled or not _new_code(rollout):
            continue
        if began_before_onset(picture, rollout.at) and not picture.errors_of(own.workload):
            yield Lead(
                cause="performance_regression",
                entity=own.workload.ref,
                weight=STRONG * found.share + FAIR,
                statement=f"{own.workload.ref} became slow with its roll-out at {rollout.at:%H:%M:%S}: latency rose from "
                f"{own.slower.shift.before:.4g} to {own.slower.shift.during:.4g} at its usual traffic.",
                citations=(own.slower.quote(), rollout.newest.quote("metadata", "creationTimestamp")),
                hints=undo_hints(picture, own.workload),
            )


def _slower_since_change(picture: Picture) -> Iterable[Lead]:
    """The same where only the list of changes tells of the release."""
    known = conditions(picture)
    for seen, workload in changed_before(picture, "deploy", "merge"):
        own = known.get(workload.name)
        if (
            own is None
            or own.slower is None
            or own.more_traffic
            or own.failing
            or latest_rollout(picture, workload)
        ):
            continue
        if any(one.slower and one.delay >= own.delay / 2 for one in _below(picture, known, workload)):
            continue
        yield Lead(
            cause="performance_regression",
            entity=workload.ref,
            weight=STRONG + FAIR + SLIGHT - 2 * staleness(picture, seen),
            statement=f"{workload.ref} became slow with '{shortened(seen.change.title, 80)}' of {seen.change.at:%H:%M:%S}: latency rose from "
            f"{own.slower.shift.before:.4g} to {own.slower.shift.during:.4g} at its usual traffic.",
            citations=(own.slower.quote(), quote_change(seen)),
            change=seen.change,
        )


def _below(picture: Picture, known: Mapping[str, Condition], workload: Obj) -> list[Condition]:
    return [known[name] for name in picture.downstream_of(workload.name) if name in known]


def _new_code(rollout: Rollout) -> bool:
    """Whether the roll-out changed an image: only then it can have brought slower code."""
    before = {
        one.get("name"): one.get("image") for one in (rollout.before.containers() if rollout.before else ())
    }
    return any(
        before.get(one.get("name"), one.get("image")) != one.get("image")
        for one in rollout.newest.containers()
    )


ENTRIES = (
    Entry(
        Cause(
            code="capacity_shortfall",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Service", "Deployment", "StatefulSet"),
            title="Too little capacity for the usual demand",
            description="Demand is as usual, but there are fewer replicas, or less room in each, than it needs.",
            supports=(
                "replicas were taken away before the onset",
                "workers or queues are full at usual traffic",
            ),
            rules_out=("traffic grew well beyond the usual",),
            neighbours=(
                Neighbour("traffic_surge", "demand grew; capacity did not shrink"),
                Neighbour("hpa_at_maximum", "an autoscaler wants more and may not"),
                Neighbour("performance_regression", "each request needs more since a release"),
            ),
            remedies=("scale_with_traffic",),
        ),
        _shortfall,
    ),
    Entry(
        Cause(
            code="performance_regression",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet"),
            title="A release made it slow",
            description="Since its last roll-out the workload needs more time or processor for the same requests; it fails none.",
            supports=("latency rose at its roll-out, at usual traffic, without errors",),
            rules_out=("the roll-out came after the first symptom", "what it calls became slow first"),
            neighbours=(
                Neighbour("bad_deployment", "the release brought errors"),
                Neighbour("missing_index", "the time passes in the database, which reads whole tables"),
                Neighbour("pod_network_delay", "no release came before, and its processor is idle"),
                Neighbour("cpu_throttling", "the roll-out lowered its CPU limit"),
            ),
            remedies=("undo_rollout",),
        ),
        _slower_code,
    ),
)
ALSO = (("traffic_surge", _surge), ("performance_regression", _slower_since_change))
