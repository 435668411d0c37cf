"""What earlier remediations teach: whether exactly this was tried before, and how many failed in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from sre_agent.domain.frozen import digest_of
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import Input
from sre_agent.domain.plan import Plan, Step
from sre_agent.policy.facts import REACHED_THE_WORLD, Attempt
from sre_agent.policy.restraints import FAILED_ALIKE, FAILURES_IN_A_ROW


def likeness(cause: str, step: Step) -> Digest:
    """One digest of what is wrong, what is done to what, and the state it is done to (not the object's uid)."""
    body: JsonValue = {
        "cause": cause,
        "action": step.action,
        "target": step.target.model_dump(mode="json"),
        "state": step.ground.fields,
    }
    return Digest(digest_of(body))


def failed_alike(plan: Plan, step: Step, attempts: Iterable[Attempt]) -> Input:
    """How many earlier plans did exactly this to exactly this state for the same cause, and did not help."""
    mine = likeness(plan.cause, step)
    failed = [each for each in attempts if not each.recovered and mine in _likenesses(each)]
    where = ", ".join(dict.fromkeys(str(each.plan.incident_id) for each in failed))
    why = f"it did not help in {where}" if failed else "no earlier plan did this to this state"
    return Input(name=FAILED_ALIKE, value=str(len(failed)), why=why)


def _likenesses(attempt: Attempt) -> set[Digest]:
    return {likeness(attempt.plan.cause, step) for step in _tried(attempt)}


def failures_in_a_row(attempts: Sequence[Attempt]) -> Input:
    """How many of the newest attempts did not help, up to the last that did; `attempts` come newest first."""
    failed = list(_until_one_helped(attempts))
    where = ", ".join(dict.fromkeys(str(each.plan.incident_id) for each in failed))
    why = (
        f"the last {len(failed)} did not help, in {where}"
        if failed
        else "the last one helped, or there is none"
    )
    return Input(name=FAILURES_IN_A_ROW, value=str(len(failed)), why=why)


def _until_one_helped(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    for each in attempts:
        if each.recovered:
            return
        if _tried(each):
            yield each


def _tried(attempt: Attempt) -> list[Step]:
    """The steps that reached the world; a refused one changed nothing and teaches nothing."""
    reached = {record.index for record in attempt.steps if record.state in REACHED_THE_WORLD}
    return [step for step in attempt.plan.steps if step.index in reached]
