"""The log signatures of an incident: each kind of complaint with its count, and whether it is new or surges; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.picture.logs import LogChunk, LogLine
from sre_agent.picture.world import Picture

Grouping = Callable[[Sequence[str]], Sequence[str]]
"""Messages → the template of each, in order."""
MOST: Final = 40
LEAST_PAST: Final = timedelta(seconds=30)
"""A past shorter than this tells nothing about what is new."""
SURGE_RATIO: Final = 2.0
SURGE_COUNT: Final = 5
SURGE_SIGMAS: Final = 3.0
_SAMPLE_CHARS: Final = 600


class Course(StrEnum):
    """How often it is said now, against before."""

    NEW = "new"
    SURGING = "surging"
    STEADY = "steady"
    UNKNOWN = "unknown"
    """Too little of the time before was read to tell."""


class LogSignature(Frozen):
    """One kind of complaint of one workload. `before` and `count`: lines before and since the onset."""

    template: str
    level: str
    workload: EntityRef | None
    count: int
    before: int
    course: Course
    times_more: float | None = None
    """How many times its rate rose; None where it cannot be told."""
    first_at: Moment | None = None
    last_at: Moment | None = None
    sample: str = ""


class LogSignatures(Frozen):
    """Errors first, then the new, the surging, the frequent. `looked_at`: whether any log was read."""

    items: tuple[LogSignature, ...] = ()
    looked_at: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class _Past:
    """The stretch before the onset that was read of a workload's logs."""

    begins: datetime | None
    ends: datetime

    @property
    def seconds(self) -> float:
        length = self.ends - self.begins if self.begins else timedelta(0)
        return length.total_seconds() if length >= LEAST_PAST else 0.0


def signatures_of(picture: Picture, group: Grouping) -> LogSignatures:
    """Every kind of complaint in the picture's logs, with its counts before and since the onset."""
    chunks: dict[EntityRef | None, list[LogChunk]] = defaultdict(list)
    for chunk in picture.logs:
        chunks[_workload_of(chunk, picture)].append(chunk)
    found = [
        each for owner, several in chunks.items() for each in _of_workload(owner, several, picture, group)
    ]
    found.sort(key=_rank)
    return LogSignatures(
        items=tuple(found[:MOST]), looked_at=bool(picture.logs), left_out=max(0, len(found) - MOST)
    )


def _workload_of(chunk: LogChunk, picture: Picture) -> EntityRef | None:
    pod = picture.inventory.get("Pod", chunk.pod, chunk.namespace)
    if pod is not None:
        return picture.inventory.top_owner(pod).ref
    return EntityRef(kind="Pod", namespace=chunk.namespace, name=chunk.pod) if chunk.pod else None


def _of_workload(
    owner: EntityRef | None, chunks: Sequence[LogChunk], picture: Picture, group: Grouping
) -> Iterator[LogSignature]:
    lines = [line for chunk in chunks for line in chunk.errors]
    past = _past_of(chunks, picture)
    by_template: dict[str, list[LogLine]] = defaultdict(list)
    for template, line in zip(group([_gist(line) for line in lines]), lines, strict=True):
        by_template[template].append(line)
    for template, several in by_template.items():
        yield _signature(template, owner, several, past=past, until=picture.frame.now)


def _gist(line: LogLine) -> str:
    """The message with the error it quotes; the first line of what has several."""
    said = ": ".join(dict.fromkeys(part.strip() for part in (line.message, line.error) if part.strip()))
    return (said or line.raw.strip()).partition("\n")[0]


def _past_of(chunks: Sequence[LogChunk], picture: Picture) -> _Past:
    """What was read of all its logs alike; a pod that is younger than the onset has no past to read."""
    ends = picture.onset - timedelta(seconds=picture.frame.guard_seconds)
    begins = [
        first for chunk in chunks if (first := _first_at(chunk)) and not _is_young(chunk, picture, ends)
    ]
    latest = max(begins, default=None)
    return _Past(latest if latest is not None and latest < ends else None, ends)


def _is_young(chunk: LogChunk, picture: Picture, ends: datetime) -> bool:
    pod = picture.inventory.get("Pod", chunk.pod, chunk.namespace)
    return pod is not None and pod.created_at is not None and pod.created_at >= ends


def _first_at(chunk: LogChunk) -> datetime | None:
    return next((line.at for line in chunk.lines if line.at is not None), None)


def _signature(
    template: str, owner: EntityRef | None, lines: Sequence[LogLine], *, past: _Past, until: datetime
) -> LogSignature:
    early = [line for line in lines if line.at is not None and line.at < past.ends]
    now, before = len(lines) - len(early), len(early)
    worst = max(lines, key=lambda line: line.rank)
    times = [line.at for line in lines if line.at is not None]
    seconds = max((until - past.ends).total_seconds(), 1.0)
    course, more = course_of(now, seconds, before=before, before_seconds=past.seconds)
    return LogSignature(
        template=template,
        level="fatal" if worst.rank > 3 else "error",
        workload=owner,
        count=now,
        before=before,
        course=course,
        times_more=more,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        sample=worst.raw.strip()[:_SAMPLE_CHARS],
    )


def course_of(
    count: int, seconds: float, *, before: int, before_seconds: float
) -> tuple[Course, float | None]:
    """How a count of the time since stands to one of the time before, and how many times its rate rose.

    Two Poisson counts are compared by the share of both that fell since (binomial under equal rates, normal
    approximation): Przyborowski and Wilenski, "Homogeneity of results in testing samples from Poisson series",
    Biometrika 31 (1940).
    """
    if before_seconds <= 0:
        return Course.UNKNOWN, None
    if before == 0:
        return Course.NEW, None
    both, share = count + before, seconds / (seconds + before_seconds)
    sigmas = (count - both * share) / (both * share * (1 - share)) ** 0.5
    ratio = (count / seconds) / (before / before_seconds)
    surges = count >= SURGE_COUNT and sigmas >= SURGE_SIGMAS and ratio >= SURGE_RATIO
    return (Course.SURGING if surges else Course.STEADY), round(ratio, 2)


_ORDER: Final = {Course.NEW: 0, Course.SURGING: 1, Course.UNKNOWN: 2, Course.STEADY: 3}


def _rank(one: LogSignature) -> tuple[int, int, str]:
    return (_ORDER[one.course], -one.count, one.template)
