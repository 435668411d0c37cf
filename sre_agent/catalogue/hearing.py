"""What workloads complain of in their logs: distinct sayings, how often and since when, old and usual ones apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_agent.catalogue.cause import FAIR
from sre_agent.catalogue.once import once
from sre_agent.catalogue.wordbook import Wordbook
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.literals import Sieve
from sre_agent.picture.logs import LogChunk, LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_CALM_FIELD = Sieve(
    r'(?:level|severity|lvl|levelname|level_name)"?\s*[:=]\s*"?(?:info|debug|trace|notice|verbose|[123]0\b)',
    re.I,
)
_CALM_WORD = Sieve(r"\b(?:INFO|DEBUG|TRACE|VERBOSE)\b")
_CALM_START = re.compile(r"[IDV]\d{4} ")
"""A level below warning, as JSON, logfmt, pino; log4j; and klog write it."""
_SERVED = re.compile(r'HTTP/\d(?:\.\d)?" [123]\d\d [\d-]')
"""A request that was answered well, in the access logs of web servers and proxies; with a flag beside the status it was not."""
_FRAME = re.compile(
    r"^\s+at \S|^at [\w$.<>/]+[ (]|^\s*File \"|^\s+\^+$|^goroutine \d|^\s+\S+\.go:\d+|^\s*\.\.\. \d+ more"
)
_MASK = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|0x[0-9a-f]+|\b[0-9a-f]{12,}\b|\d+(?:\.\d+){3}:\d+->|\d{6,}", re.I
)
_MASKABLE = re.compile(r"[0-9a-fA-F]{6}|\d{6}|0[xX]|->")
"""What each of these has, and few lines; found in a tenth of the time."""
BEFORE_ALERT = timedelta(minutes=15)
"""How long before an alert the trouble that it tells of may have begun to show."""
LONG_USUAL = timedelta(minutes=30)
BURST = timedelta(seconds=20)
GOES_ON = timedelta(minutes=10)
MOST_SAYINGS = 300
MOST_UNLEVELLED = 80
"""Distinct lines of one container that name neither a level nor trouble; more of them are talk."""
LONGEST = 1500


@dataclass(frozen=True)
class Speaker:
    """Whose log it is: a workload, or the pod where no object of it was read."""

    ref: EntityRef
    workload: Obj | None

    @property
    def namespace(self) -> str:
        return self.ref.namespace


@dataclass(frozen=True, eq=False)
class Saying:
    """One complaint of one speaker, its newest line standing for all. `usual`: it was said as often before."""

    speaker: Speaker
    line: LogLine
    text: str
    count: int
    first: datetime | None
    last: datetime | None
    usual: bool = False
    log_end: datetime | None = None

    @property
    def over(self) -> bool:
        """A short burst, after which the program went on without it: what one sees while something starts."""
        if self.first is None or self.last is None or self.log_end is None:
            return False
        return self.log_end - self.last > max(BURST, 3 * (self.last - self.first))

    @property
    def doubt(self) -> float:
        """What it takes from the belief in a cause that the same was said while all was well, or is said no more."""
        return FAIR if self.usual or self.over else 0.0

    def quote(self, found: re.Match[str] | None = None) -> Citation:
        """The line, from a little before the words that tell where it is too long for a screen."""
        raw = self.line.raw.strip()
        if found is None or len(raw) <= 380:
            return self.line.quote()
        at = raw.find(found.group(0))
        return self.line.quote(raw[max(0, at - 120) : at + 260].strip() if at >= 0 else raw)


@once
def window_start(picture: Picture) -> datetime:
    """From when on a line belongs to the incident: shortly before its onset, or before the end of what was read."""
    newest = max((line.at for chunk in picture.logs for line in chunk.lines if line.at), default=None)
    anchor = min(picture.onset, newest) if newest else picture.onset
    return anchor - BEFORE_ALERT


@once
def sayings(picture: Picture) -> tuple[Saying, ...]:
    """Every distinct complaint in the logs that belongs to the incident, in the order of the logs."""
    return tuple(saying for chunk in picture.logs for saying in _of_chunk(picture, chunk))


def _of_chunk(picture: Picture, chunk: LogChunk) -> Iterator[Saying]:
    groups: dict[str, list[LogLine]] = {}
    for line in chunk.lines:
        if line.rank >= 2 or not (_is_calm(line.raw[:400]) or _FRAME.match(line.message or line.raw)):
            key = _masked((line.words or line.raw)[:300])
            if key in groups or len(groups) < (MOST_SAYINGS if line.rank >= 2 else MOST_UNLEVELLED):
                groups.setdefault(key, []).append(line)
    speaker = speaker_of(picture, chunk)
    end = max((line.at for line in chunk.lines if line.at), default=None)
    for lines in groups.values():
        if not _is_past(picture, lines, end):
            yield _saying(picture, speaker, lines, end)


def _is_calm(start: str) -> bool:
    return bool(
        _CALM_FIELD.search(start)
        or _CALM_WORD.search(start)
        or _CALM_START.match(start)
        or _SERVED.search(start)
    )


def _masked(text: str) -> str:
    return _MASK.sub("#", text) if _MASKABLE.search(text) else text


def _is_past(picture: Picture, lines: list[LogLine], end: datetime | None) -> bool:
    """Said before the incident only, by a program that has gone on quietly since."""
    last = lines[-1].at
    return last is not None and end is not None and last < window_start(picture) and end - last >= GOES_ON


def _saying(picture: Picture, speaker: Speaker, lines: list[LogLine], end: datetime | None) -> Saying:
    times = [line.at for line in lines if line.at is not None]
    newest = lines[-1]
    return Saying(
        speaker=speaker,
        line=newest,
        text=_text(newest)[:LONGEST].replace('\\"', '"'),
        count=len(lines),
        first=min(times, default=None),
        last=max(times, default=None),
        usual=_is_usual(picture, times),
        log_end=end,
    )


def _text(line: LogLine) -> str:
    """What was said; a structured line that keeps what tells in inner fields (MongoDB's `attr`) is taken whole."""
    if line.words and '":{' in line.raw:
        return f"{line.words} {line.raw}"
    return line.words or line.raw


def _is_usual(picture: Picture, times: list[datetime]) -> bool:
    """Whether it was said at least as often in a long time before the incident. Only an alert tells when that began."""
    start = window_start(picture)
    before = [at for at in times if at < start]
    if not picture.frame.alerts or len(before) < 3 or start - before[0] < LONG_USUAL:
        return False
    since = max((max(times) - start).total_seconds(), 60.0)
    rate_before = len(before) / (start - before[0]).total_seconds()
    return rate_before >= 0.7 * (len(times) - len(before)) / since


@once
def _by_ref(picture: Picture) -> Mapping[EntityRef, tuple[Saying, ...]]:
    found: dict[EntityRef, list[Saying]] = {}
    for saying in sayings(picture):
        found.setdefault(saying.speaker.ref, []).append(saying)
    return {ref: tuple(several) for ref, several in found.items()}


def sayings_of(picture: Picture, ref: EntityRef) -> tuple[Saying, ...]:
    """What one speaker complains of."""
    return _by_ref(picture).get(ref, ())


def speaker_of(picture: Picture, chunk: LogChunk) -> Speaker:
    """The workload of the pod that logged; the pod's name where the pod itself was not read."""
    pod = picture.inventory.get("Pod", chunk.pod, chunk.namespace)
    if pod is not None:
        owner = picture.inventory.top_owner(pod)
        return Speaker(owner.ref, owner)
    for workload in picture.inventory.workloads:
        if workload.namespace == chunk.namespace and _made_by(chunk.pod, workload.name):
            return Speaker(workload.ref, workload)
    return Speaker(EntityRef(kind="Pod", namespace=chunk.namespace, name=chunk.pod), None)


_SUFFIX = re.compile(r"^-(?:[a-z0-9]{5,10}-)?[a-z0-9]{5}$|^-\d+$|^-\d+-[a-z0-9]{5}$")


def _made_by(pod: str, owner: str) -> bool:
    """Whether a pod's name is one that this owner's controllers give."""
    return pod == owner or (pod.startswith(owner) and bool(_SUFFIX.match(pod[len(owner) :])))


Heard = tuple[Saying, "re.Match[str]"]


@once
def _wordbook(picture: Picture) -> Wordbook:
    return Wordbook(saying.text for saying in sayings(picture))


def heard(picture: Picture, pattern: re.Pattern[str]) -> Iterator[Heard]:
    """(saying, match) of each complaint with these words."""
    if found := _wordbook(picture).found(pattern):
        for saying in sayings(picture):
            if match := found.get(saying.text):
                yield saying, match


def by_speaker(found: Iterable[Heard]) -> Mapping[EntityRef, list[Heard]]:
    """Complaints by the one who made them."""
    groups: dict[EntityRef, list[Heard]] = {}
    for saying, match in found:
        groups.setdefault(saying.speaker.ref, []).append((saying, match))
    return groups


def quotes(found: Iterable[Heard], most: int = 3) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(saying.quote(match) for saying, match in list(found)[-most:]))


def least_doubt(found: Iterable[Heard]) -> float:
    """Doubt of the complaint that is the least usual."""
    return min((saying.doubt for saying, _ in found), default=0.0)


def shortened(text: str, most: int = 180) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"


def shortly(one: Heard, most: int = 200) -> str:
    """The complaint from a little before the words that tell."""
    saying, match = one
    start = max(0, match.start() - 80)
    start = saying.text.find(" ", start) + 1 if start else 0
    return shortened(saying.text[min(start, match.start()) :], most)
