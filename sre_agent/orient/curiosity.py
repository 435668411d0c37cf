"""What to ask next: the questions that would confirm or refute the leading hypotheses, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sre_agent.catalogue.looking import series_of
from sre_agent.domain.diagnosis import Strategy
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
SEPARATES = 2.0
"""How much more a question is worth whose answer bears on the first hypothesis and not on the second, or the other way."""
FITS = 1.3
"""How much more one that the chosen strategy would ask."""
COST = {"workload": 1.0, "commit": 1.2}
"""What an answer costs, in calls and time; questions that are not in it cost one."""
OF_STRATEGY = {
    Strategy.CHANGE_DETECTIVE: Specialist.GITHUB,
    Strategy.RESOURCE_HUNTER: Specialist.METRICS,
    Strategy.DEPENDENCY_TRACER: Specialist.LOGS,
}


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


def wanted(
    picture: Picture,
    candidates: Sequence[Candidate],
    asked: Iterable[str],
    strategy: Strategy = Strategy.DIFFERENTIAL_DIAGNOSIS,
) -> tuple[Question, ...]:
    """The next questions worth their cost that were not asked before; first the one that separates the leading
    hypotheses most for its cost. The others go along, since asking side by side costs no time."""
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
    ordered = sorted(best.values(), key=lambda want: (-_worth(want, candidates, strategy), want.question.id))
    return tuple(want.question for want in ordered if want.value >= WORTH_ASKING)[:AT_ONCE]


def _worth(want: Want, candidates: Sequence[Candidate], strategy: Strategy) -> float:
    """What the answer may change, by how it separates the first two, for its cost."""
    worth = want.value / COST.get(want.question.ask, 1.0)
    if OF_STRATEGY.get(strategy) is want.question.specialist:
        worth *= FITS
    if len(candidates) >= 2 and want.question.entity is not None:
        name = want.question.entity.name
        bears = [name in one.own for one in candidates[:2]]
        worth *= SEPARATES if bears[0] != bears[1] else 1.0
    return worth


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
            callee = picture.inventory.workload_called(name, workload.namespace)
            if callee is not None and not picture.logs_of(callee) and _moved(picture, callee):
                yield Want(_logs_of(callee, f"{workload.name} depends on {name}, which changed too"), 1)


def _moved(picture: Picture, workload: Obj) -> bool:
    shifts = (shift_of(one, picture) for one in series_of(picture, workload, "errors", "latency", "traffic"))
    return any(shift and shift.is_marked for shift in shifts)
