"""Turns log streams into error signatures: what goes wrong, how often, and whether that is new. Pure.

Lines of one stream are folded into events (stack traces), events that tell of trouble are grouped by template and
top own frame, and their rate is held against a baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mcp_servers.kit.limits import beginning
from mcp_servers.kit.loglines import is_bad, read_line
from mcp_servers.kit.stacks import fold, story
from mcp_servers.kit.templates import Miner, mask

_MOST_SAMPLES: Final = 3
_MOST_STREAMS: Final = 5
_SAMPLE_CHARS: Final = 600
_BADNESS: Final = {"fatal": 2, "error": 2, "warn": 1}

_SURGE_RATIO: Final = 2.0
_SURGE_COUNT: Final = 5
_SURGE_SIGMAS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Stream:
    """Lines of one source, in time order: (RFC 3339 time, line)."""

    labels: Mapping[str, str]
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Window:
    """What was read of a stretch of time."""

    streams: Sequence[Stream]
    seconds: float
    complete: bool = True
    """False where a limit cut it: what is absent from it may still have been there."""


@dataclass(slots=True)
class Signature:
    """One kind of trouble. `surge`: how many times its rate rose, where that is more than chance; else None."""

    template: str
    level: str
    count: int = 0
    baseline_count: int = 0
    new: bool = False
    surge: float | None = None
    first_at: str = ""
    last_at: str = ""
    samples: list[str] = field(default_factory=list)
    streams: list[Mapping[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Trouble:
    at: str
    key: tuple[int, str]
    level: str
    sample: str
    labels: Mapping[str, str]


def signatures(now: Window, baseline: Window | None = None) -> list[Signature]:
    """Every kind of trouble in the window: errors before warnings, then the new, the surging, the frequent.

    A signature is `new` only where the whole baseline was read and held none of it.
    """
    miner = Miner()
    before: dict[tuple[int, str], int] = {}
    for trouble in _troubles(baseline, miner) if baseline else ():
        before[trouble.key] = before.get(trouble.key, 0) + 1
    found: dict[tuple[int, str], Signature] = {}
    for trouble in _troubles(now, miner):
        _count(found.setdefault(trouble.key, Signature(template="", level=trouble.level)), trouble)
    for (template, place), signature in found.items():
        signature.template = miner.text(template) + place
        _compare(signature, before.get((template, place), 0), now, baseline)
    return sorted(found.values(), key=_rank)


def surge(count: int, seconds: float, *, before: int, before_seconds: float) -> float | None:
    """How many times the rate rose, where chance is no explanation; else None.

    Two Poisson counts are compared by the count's share of both (binomial under equal rates, normal
    approximation): Przyborowski and Wilenski, "Homogeneity of results in testing samples from Poisson
    series", Biometrika 31 (1940).
    """
    if count < _SURGE_COUNT or before <= 0 or seconds <= 0 or before_seconds <= 0:
        return None
    both, share = count + before, seconds / (seconds + before_seconds)
    sigmas = (count - both * share) / (both * share * (1 - share)) ** 0.5
    ratio = (count / seconds) / (before / before_seconds)
    return round(ratio, 2) if sigmas >= _SURGE_SIGMAS and ratio >= _SURGE_RATIO else None


def _troubles(window: Window, miner: Miner) -> list[_Trouble]:
    return [
        trouble
        for stream in window.streams
        for event in fold(stream.lines)
        if (trouble := _trouble(event.at, event.text, event.more, (stream.labels, miner))) is not None
    ]


def _trouble(
    at: str, text: str, more: Sequence[str], source: tuple[Mapping[str, str], Miner]
) -> _Trouble | None:
    labels, miner = source
    line = read_line(text)
    stack = "\n".join(more) or line.stack
    level = line.level or ("error" if stack else "")
    if not is_bad(line) and not (stack and level == "error"):
        return None
    told = story(line.message, stack)
    place = f" at {told.frame.place}" if told.frame else ""
    cause = f" caused by {mask(told.cause)}" if told.cause else ""
    sample = text if len(text) <= _SAMPLE_CHARS else beginning(text, _SAMPLE_CHARS) + "…"
    return _Trouble(
        at=at, key=(miner.add(told.headline), place + cause), level=level, sample=sample, labels=labels
    )


def _count(signature: Signature, trouble: _Trouble) -> None:
    signature.count += 1
    signature.level = max(signature.level, trouble.level, key=lambda level: _BADNESS.get(level, 0))
    signature.first_at = min(signature.first_at or trouble.at, trouble.at)
    signature.last_at = max(signature.last_at, trouble.at)
    if len(signature.samples) < _MOST_SAMPLES and trouble.sample not in signature.samples:
        signature.samples.append(trouble.sample)
    if len(signature.streams) < _MOST_STREAMS and trouble.labels not in signature.streams:
        signature.streams.append(trouble.labels)


def _compare(signature: Signature, before: int, now: Window, baseline: Window | None) -> None:
    if baseline is None:
        return
    signature.baseline_count = before
    signature.new = before == 0 and baseline.complete
    signature.surge = surge(signature.count, now.seconds, before=before, before_seconds=baseline.seconds)


def _rank(signature: Signature) -> tuple[int, bool, float, int]:
    return (
        -_BADNESS.get(signature.level, 0),
        not signature.new,
        -(signature.surge or 0.0),
        -signature.count,
    )
