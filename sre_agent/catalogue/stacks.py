"""Stack traces around a complaint: the innermost frame of the program's own code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sre_agent.catalogue.hearing import Saying
from sre_agent.catalogue.once import once
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.world import Picture

_FRAMES = re.compile(
    r"File \"(?P<py>[^\"]+\.py)\", line (?P<pyline>\d+)"
    r"|\bat [^\n(]*\((?P<jvm>[\w$-]+\.(?:java|kt|scala|groovy)):(?P<jvmline>\d+)\)"
    r"|\bat [^\n]*?\(?(?P<js>[\w./@:-]+\.(?:js|ts|mjs|cjs|tsx)):(?P<jsline>\d+)"
    r"|(?P<go>[\w./@-]+\.go):(?P<goline>\d+)"
    r"|in (?P<cs>[\w./\\:-]+\.cs):line (?P<csline>\d+)"
    r"|(?P<rb>[\w./-]+\.(?:rb|php|rs|ex|exs)):(?P<rbline>\d+)"
)
_FOREIGN = re.compile(
    r"site-packages|node_modules|dist-packages|/usr/(?:local/)?(?:lib|go)|(?:^|/)lib/python|node:internal|vendor/|/pkg/mod/"
    r"|^(?:net|runtime|reflect)/|\.cargo|gems/"
)
_GOES_ON = re.compile(
    r"^\s|^File \"|^at \S|^Caused by|^Traceback|^goroutine|^\w[\w./$]*\(|^\.\.\. \d+|^[\w./-]+\.go:\d+|^During handling|^$"
)
_JVM_FOREIGN = re.compile(
    r"at (?:java|javax|jdk|sun|com\.sun|org\.(?:spring|apache|hibernate|eclipse|jboss)|io\.(?:netty|grpc))\S*\."
)
AROUND = 60


@once
def _chunks(picture: Picture) -> Mapping[str, LogChunk]:
    return {chunk.source.name: chunk for chunk in picture.logs}


def trace_of(picture: Picture, saying: Saying) -> str:
    """The complaint with the lines of its trace: those that follow a JVM's or Go's, those before a Python error."""
    if saying.line.stack or "\\n" in saying.line.raw:
        return saying.line.words
    chunk = _chunks(picture).get(saying.line.source.name)
    if chunk is None:
        return saying.line.raw
    place = next((at for at, line in enumerate(chunk.lines) if line is saying.line), None)
    if place is None:
        return saying.line.raw
    lines = [line.message or line.raw for line in chunk.lines[max(0, place - AROUND) : place + AROUND]]
    own = min(place, AROUND)
    first = own
    while first > 0 and _GOES_ON.match(lines[first - 1]):
        first -= 1
    last = own + 1
    while last < len(lines) and _GOES_ON.match(lines[last]):
        last += 1
    return "\n".join(lines[first:last])


def place_in(trace: str) -> str:
    """`path:line` of the innermost frame of own code; a Python trace ends with it, all others begin with it."""
    frames = [_frame(found) for found in _FRAMES.finditer(trace) if not _is_foreign(trace, found)]
    if not frames:
        return ""
    return frames[-1] if 'File "' in trace else frames[0]


def _frame(found: re.Match[str]) -> str:
    parts = [part for part in found.groups() if part]
    return ":".join(parts[:2])


def _is_foreign(trace: str, found: re.Match[str]) -> bool:
    return bool(_FOREIGN.search(found.group(0)) or _JVM_FOREIGN.match(found.group(0)))
