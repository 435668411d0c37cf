"""What to ask next: the questions that would confirm or refute the leading hypotheses, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sre_agent.catalogue.looking import series_of
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.domain.frozen import JsonObject
from sre_agent.orient.health import focus_workloads
from sre_agent.orient.ranking import Candidate
from sre_agent.picture.containers import containers_of
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

WORTH_ASKING = 0.5
AT_ONCE = 6


@dataclass(frozen=True)
class Want:
    """A question and how much its answer may change the ranking."""

    question: Question
    value: float


def question(
    specialist: Specialist, ask: str, why: str, entity: EntityRef | None = None, **arguments: object
) -> Question:
    """A question whose id is made of what it asks, so that it is never asked twice."""
    told: JsonObject = {
        key: value for key, value in arguments.items() if isinstance(value, str | int | float | bool)
    }
    about = [str(entity)] if entity else []
    name = " ".join([specialist.value, ask, *about, *(f"{key}={told[key]}" for key in sorted(told))])
    return Question(id=name, specialist=specialist, ask=ask, entity=entity, arguments=told, why=why)


def wanted(picture: Picture, candidates: Sequence[Candidate], asked: Iterable[str]) -> tuple[Question, ...]:
    """The next questions worth their cost that were not asked before."""
    known = set(asked)
    wants = [
        *_crashed_runs(picture),
        *_quiet_suspects(picture, candidates),
        *_diffs(candidates),
        *_below(picture),
    ]
    best: dict[str, Want] = {}
    for want in wants:
        if want.question.id not in known and want.value > best.get(want.question.id, want).value - 1e-9:
            best[want.question.id] = want
    ordered = sorted(best.values(), key=lambda want: (-want.value, want.question.id))
    return tuple(want.question for want in ordered if want.value >= WORTH_ASKING)[:AT_ONCE]


def _logs_of(workload: Obj, why: str, *, previous: bool = False) -> Question:
    return question(Specialist.LOGS, "workload", why, workload.ref, previous=previous)


def _crashed_runs(picture: Picture) -> Iterator[Want]:
    """The last words of a container that ended are where its reason stands."""
    for workload in picture.inventory.workloads:
        views = [view for pod in picture.inventory.live_pods_of(workload) for view in containers_of(pod)]
        ended = any(view.restarts and not view.ready for view in views)
        if ended and not any(chunk.previous for chunk in picture.logs_of(workload)):
            why = f"{workload.ref} restarts: what did it say before it ended?"
            yield Want(_logs_of(workload, why, previous=True), 3)


def _quiet_suspects(picture: Picture, candidates: Sequence[Candidate]) -> Iterator[Want]:
    """Suspects and the alerting workload itself, whose own words were not read yet."""
    suspects = {one.lead.entity.name for one in candidates[:3]} | {
        work.name for work in focus_workloads(picture)
    }
    for workload in picture.inventory.workloads:
        if (
            workload.name in suspects
            and not picture.logs_of(workload)
            and picture.inventory.live_pods_of(workload)
        ):
            yield Want(_logs_of(workload, f"{workload.ref} is a suspect whose log was not read"), 2)


def _diffs(candidates: Sequence[Candidate]) -> Iterator[Want]:
    """A release under suspicion: does its change touch what fails?"""
    for one in candidates[:3]:
        change = one.lead.change
        if change and change.revision and "@@" not in (change.diff or ""):
            why = f"does {change.title or change.revision} touch what fails?"
            yield Want(question(Specialist.GITHUB, "commit", why, None, sha=change.revision), 2)


def _below(picture: Picture) -> Iterator[Want]:
    """Services below the alerting one that moved with it: their logs tell who failed first."""
    for workload in focus_workloads(picture):
        for name in picture.downstream_of(workload.name):
            callee = picture.inventory.workload_named(name, workload.namespace)
            if callee is not None and not picture.logs_of(callee) and _moved(picture, callee):
                yield Want(_logs_of(callee, f"{workload.name} depends on {name}, which changed too"), 1)


def _moved(picture: Picture, workload: Obj) -> bool:
    shifts = (shift_of(one, picture) for one in series_of(picture, workload, "errors", "latency", "traffic"))
    return any(shift and shift.is_marked for shift in shifts)


def _nodes(picture: Picture, candidates: Sequence[Candidate]) -> Iterator[Want]:
    """A node under suspicion: what runs on it, and the namespaces of those that are not looked at yet."""
    for one in candidates[:3]:
        if one.lead.entity.kind == "Node":
            why = f"what runs on {one.lead.entity.name}?"
            yield Want(question(Specialist.KUBERNETES, "node_pods", why, one.lead.entity), 3)
            yield from _namespaces(picture, one.lead.entity.name)


def _namespaces(picture: Picture, node: str) -> Iterator[Want]:
    known = {deployment.namespace for deployment in picture.inventory.of("Deployment")}
    on_node = {pod.namespace for pod in picture.inventory.pods if pod.dig("spec", "nodeName") == node}
    for namespace in sorted(on_node - known)[:3]:
        why = f"pods of {namespace} run on {node}"
        yield Want(question(Specialist.KUBERNETES, "namespace", why, None, namespace=namespace), 2)
