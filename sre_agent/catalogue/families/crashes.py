"""Containers that end: out of memory, or by the program's own will."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.rollouts import resources_to_restore, undo_hints
from sre_agent.catalogue.starting import Failure, Fault, failures
from sre_agent.catalogue.subjects import live_containers
from sre_agent.catalogue.words import of_container, saying
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.drift import Drift, drifts_of
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
_SETTING_REFUSED = re.compile(
    r"invalid|illegal|unknown|unsupported|unrecognized|malformed|out of range|must be|cannot parse|could not parse"
    r"|failed to parse|not a valid|expected|missing required|unexpected",
    re.I,
)


def _crashing(picture: Picture) -> Iterator[Failure]:
    """Main containers that a program ended itself: not killed, not failing to be created."""
    for one in failures(picture):
        if one.fault is Fault.EXITS and not one.view.init:
            yield one


def _startup_crash(picture: Picture) -> Iterable[Lead]:
    for one in _crashing(picture):
        workload, view, words = one.subject.owner, one.view, one.lines
        told = tuple(line.quote() for line in words[-2:])
        yield Lead(
            cause="application_startup_crash",
            entity=workload.ref,
            weight=STRONG if told else FAIR,
            statement=f"{workload.ref}: container {view.name} exits with code {view.exit_code} each time it starts"
            + (f", saying: {_short(words[-1])}" if words else "."),
            citations=(view.quote("restartCount"), *told),
            hints=undo_hints(picture, workload),
        )


def _short(line: LogLine) -> str:
    return (line.error or line.message).strip()[:160]


def _bad_config(picture: Picture) -> Iterable[Lead]:
    for one in _crashing(picture):
        workload, view, words = one.subject.owner, one.view, one.lines
        for drift in drifts_of(workload, picture.inventory):
            telling = [line for line in words if _names(line, drift)]
            if telling or words:
                yield _config_lead(workload, view, drift, telling)


def _names(line: LogLine, drift: Drift) -> bool:
    """Whether the program complains of this very key or value."""
    named = drift.key.lower() in line.words.lower() or (len(drift.now) > 2 and drift.now in line.words)
    return named and bool(_SETTING_REFUSED.search(line.words) or line.is_error)


def _config_lead(workload: Obj, view: ContainerView, drift: Drift, telling: list[LogLine]) -> Lead:
    was = (
        f"was {drift.applied!r} when it was last applied"
        if drift.applied is not None
        else "was not there before"
    )
    return Lead(
        cause="bad_config_change",
        entity=workload.ref,
        weight=DECISIVE if telling else FAIR,
        statement=f"{workload.ref} exits at start because {drift.holder.ref} key {drift.key} is {drift.now!r} ({was}).",
        citations=(*(line.quote() for line in telling[-1:]), drift.quote_now(), *drift.quote_applied()),
        hints={
            "config_map": drift.holder.name,
            "key": drift.key,
            "value": drift.applied,
            "container": view.name,
            "restart": True,
        },
    )


_INIT_KILLED = re.compile(r"init was OOM-killed|memory limit too low", re.I)
"""runc, when the limit does not even suffice for the container's first process."""


def _out_of_memory(picture: Picture) -> Iterable[Lead]:
    for subject, view in live_containers(picture):
        said = saying(of_container(picture, view), _INIT_KILLED) if not view.running else None
        if view.ended_by != "OOMKilled" and said is None:
            continue
        workload, limit = subject.owner, view.limit("memory")
        ill = not view.ready or view.restarts >= 2
        killed = (view.pod.source.quote('"reason": "OOMKilled"'),) if view.ended_by == "OOMKilled" else ()
        counted = (view.quote("restartCount"),) if "restartCount" in view.status else ()
        yield Lead(
            cause="oom_killed",
            entity=workload.ref,
            weight=(DECISIVE if ill else STRONG) - (0 if limit else SLIGHT),
            statement=f"{workload.ref}: container {view.name} of pod {view.pod.name} is killed for exceeding its memory limit"
            + (f" of {limit}" if limit else "")
            + (f" (exit code {view.exit_code})." if view.exit_code is not None else "."),
            citations=(*((said.citation,) if said else ()), *killed, *counted, *_limits(view)),
            hints={
                "container": view.name,
                "limit": limit,
                **resources_to_restore(picture, workload, view.name),
            },
        )


def _limits(view: ContainerView) -> tuple[Citation, ...]:
    return (view.quote("resources", "limits"),) if view.limit("memory") else ()


ENTRIES = (
    Entry(
        Cause(
            code="application_startup_crash",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="The program exits at start",
            description="The container is created and started, and its own program ends it with an error.",
            supports=("CrashLoopBackOff or repeated restarts with an exit code of the program's own",),
            rules_out=("the kernel killed it for memory", "the container could not be created at all"),
            neighbours=(
                Neighbour("oom_killed", "the last state says OOMKilled"),
                Neighbour(
                    "bad_config_change", "the program names a setting that changed since it last worked"
                ),
                Neighbour(
                    "container_command_not_found", "the runtime could not execute the command (exit 127/128)"
                ),
            ),
            remedies=("undo_rollout", "read_crash_by_hand"),
            depth=Depth.PROXIMATE,
        ),
        _startup_crash,
    ),
    Entry(
        Cause(
            code="bad_config_change",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=WORKLOADS,
            title="A setting brought the fault",
            description="A setting differs from what was last applied, and the program refuses or suffers from it.",
            supports=(
                "a ConfigMap key differs from last-applied-configuration, and the program's error names it",
            ),
            rules_out=("the setting is as it was while the service was healthy",),
            neighbours=(Neighbour("application_startup_crash", "no setting changed since it last worked"),),
            remedies=("restore_config_key", "restore_setting", "undo_rollout", "take_change_back_by_hand"),
        ),
        _bad_config,
    ),
    Entry(
        Cause(
            code="oom_killed",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Killed for exceeding its memory limit",
            description="The kernel ended a container of this workload because it used more memory than its limit.",
            supports=("a container's last state is terminated with reason OOMKilled (exit code 137)",),
            rules_out=("the container was never killed",),
            neighbours=(
                Neighbour("memory_leak", "memory grows for long before each kill instead of at once"),
                Neighbour("node_memory_pressure", "the node itself is short and evicts pods"),
            ),
            remedies=("restore_resources", "raise_memory_by_hand"),
        ),
        _out_of_memory,
    ),
)
