"""The next safe transition of a plan that is being carried out or taken back; pure.

In goes how far each step is known to be, out comes one move, never performed here. Whoever performs
it writes down how far it got before and after touching the world, so that the same question asked
again, after a crash at any point, has an answer that repeats nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call, Step, StepRecord, StepState

MAX_SILENCES: Final = 3
"""How often a call is sent that brings no answer and that the world shows was not done. A crash does not count."""
GROUND_MOVED: Final = "ground_moved"
UNDO_FAILED: Final = "undo_failed"
BEGUN_AT: Final = "begun_at"
"""Name under which a record keeps when its call went out, which may be long before anybody learns that it arrived."""

Records = Mapping[int, StepRecord]
"""Step index → its record, for the steps that have one."""


@dataclass(frozen=True)
class Counters:
    """Names under which a record counts: how often a call was sent, and how often nothing came back."""

    tries: str
    silences: str


_GOING_BACK: Final = (StepState.UNDOING, StepState.UNDONE, StepState.RESTORING, StepState.RESTORED)
FORWARD: Final = Counters("tries", "silences")
BACKWARD: Final = Counters("undo_tries", "undo_silences")
RESTORING: Final = Counters("restore_tries", "restore_silences")


def begun_at(record: StepRecord) -> datetime:
    """The earliest moment at which the step can have had an effect."""
    told = record.result.get(BEGUN_AT)
    return datetime.fromisoformat(told) if isinstance(told, str) else record.at


class Kind(StrEnum):
    DO = "do"
    """Write the intent, then make the call."""
    LOOK = "look"
    """Ask the tool server what became of a call that was intended."""
    SETTLE = "settle"
    """Record as done what the world shows to be done."""
    FAIL = "fail"
    """The step cannot be carried out; nothing of it was written."""
    MOVED = "moved"
    """The ground moved; nothing of the step was written."""
    DOUBT = "doubt"
    """Nobody can tell whether the step was done."""
    FORBIDDEN = "forbidden"
    """No standing permission: stop before anything is written."""
    FINISHED = "finished"


class Seen(StrEnum):
    """What `step_state` answers."""

    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Look:
    """What the world shows of one step."""

    seen: Seen
    why: str = ""
    result: JsonObject | None = None

    @classmethod
    def told(cls, content: JsonObject) -> Look:
        """What `step_state` answered; a word that nobody knows tells nothing."""
        seen, result = content.get("state"), content.get("result")
        return cls(
            Seen(seen) if isinstance(seen, str) and seen in set(Seen) else Seen.UNKNOWN,
            str(content.get("why", "")),
            result if isinstance(result, dict) else None,
        )


@dataclass(frozen=True)
class Move:
    """One transition. `tries` counts this sending of the step, from 1."""

    kind: Kind
    step: Step | None = None
    tries: int = 0
    why: str = ""


def calls_of(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that are tool calls, in order; the others are for a person's hands."""
    return tuple(step for step in steps if step.call is not None)


def next_move(steps: Sequence[Step], records: Records, *, permitted: bool, look: Look | None = None) -> Move:
    """The next transition forward. `look` is what the world shows of the step this function asked about."""
    for step in calls_of(steps):
        record = records.get(step.index)
        if record is None:
            return Move(Kind.DO, step, 1) if permitted else Move(Kind.FORBIDDEN, step)
        if record.state is not StepState.DONE:
            return _unfinished(step, record, permitted=permitted, look=look)
    return Move(Kind.FINISHED)


def _unfinished(step: Step, record: StepRecord, *, permitted: bool, look: Look | None) -> Move:
    if record.state is StepState.FAILED:
        kind = Kind.MOVED if record.result.get(GROUND_MOVED) else Kind.FAIL
        return Move(kind, step, why=record.error)
    if record.state in _GOING_BACK:
        return Move(Kind.FAIL, step, why="it is being taken back")
    return _reconciled(step, record, FORWARD, permitted=permitted, look=look)


def _reconciled(
    step: Step, record: StepRecord, counters: Counters, *, permitted: bool, look: Look | None
) -> Move:
    """A call that was intended: the world decides whether it is repeated, recorded or left alone."""
    if look is None:
        return Move(Kind.LOOK, step)
    tries = counted(record, counters.tries)
    if look.seen is Seen.DONE:
        return Move(Kind.SETTLE, step, tries, look.why)
    if look.seen is Seen.UNKNOWN:
        return Move(Kind.DOUBT, step, tries, look.why)
    if counted(record, counters.silences) >= MAX_SILENCES:
        return Move(Kind.FAIL, step, tries, f"It was sent {tries} times and never arrived: {record.error}.")
    return Move(Kind.DO, step, tries + 1) if permitted else Move(Kind.FORBIDDEN, step)


def counted(record: StepRecord | None, name: str) -> int:
    """A count in a step's record; 0 where it has none."""
    count = record.result.get(name) if record is not None else None
    return count if isinstance(count, int) else 0


def left(steps: Sequence[Step], records: Records) -> int:
    """How many tool calls of the plan are not done."""
    return sum(1 for step in calls_of(steps) if not is_done(records.get(step.index)))


def is_done(record: StepRecord | None) -> bool:
    return record is not None and record.state is StepState.DONE


def anything_stands(steps: Sequence[Step], records: Records) -> bool:
    """Whether any step of the plan is in effect, so that stopping leaves something to take back."""
    return any(is_done(records.get(step.index)) for step in calls_of(steps))


def undo_of(step: Step, record: StepRecord) -> tuple[Call | None, str]:
    """How to take a done step back, and in words: what the write itself answered, else what the plan says."""
    answered = record.result.get("undo")
    if not isinstance(answered, dict) or step.call is None:
        return step.undo.call, step.undo.statement
    statement = str(answered.get("statement") or step.undo.statement)
    tool, arguments = answered.get("tool"), answered.get("arguments")
    if not isinstance(tool, str) or not isinstance(arguments, dict):
        return None, statement
    return Call(server=step.call.server, tool=tool, arguments=arguments), statement


def next_restore(step: Step, record: StepRecord, *, permitted: bool, look: Look | None = None) -> Move:
    """The next transition of restoring one step whose time is up; FINISHED where it is not in effect."""
    if record.state is StepState.DONE:
        tries = counted(record, RESTORING.tries) + 1
        return Move(Kind.DO, step, tries) if permitted else Move(Kind.FORBIDDEN, step)
    if record.state is StepState.RESTORING:
        return _reconciled(step, record, RESTORING, permitted=permitted, look=look)
    return Move(Kind.FINISHED, step)


def next_undo(
    steps: Sequence[Step], records: Records, *, permitted: frozenset[int], look: Look | None = None
) -> Move:
    """The next transition backward, newest step first.

    What has nothing to restore is passed over. An undo that fails or is forbidden ends it: what is
    older stays, because the newer may rely on it.
    """
    for step in reversed(calls_of(steps)):
        record = records.get(step.index)
        if record is None or not _is_to_undo(step, record):
            continue
        if record.result.get(UNDO_FAILED) is True:
            return Move(Kind.FAIL, step, why=record.error)
        may = step.index in permitted
        if record.state is StepState.DONE:
            return Move(Kind.DO, step, 1) if may else Move(Kind.FORBIDDEN, step)
        return _reconciled(step, record, BACKWARD, permitted=may, look=look)
    return Move(Kind.FINISHED)


def _is_to_undo(step: Step, record: StepRecord) -> bool:
    changed = record.result.get("changed") is not False
    restorable = changed and undo_of(step, record)[0] is not None
    return record.state is StepState.UNDOING or (record.state is StepState.DONE and restorable)


def standing(steps: Sequence[Step], records: Records) -> tuple[Step, ...]:
    """Steps still in effect, or perhaps in effect, newest first."""
    return tuple(
        step
        for step in reversed(calls_of(steps))
        if (record := records.get(step.index)) is not None and record.is_in_effect
    )
