"""What a language model is told of an incident: what was seen, neutralised and delimited, and what it may answer with; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.shown import one_line
from sre_agent.orient.curiosity import question
from sre_agent.orient.health import focus_workloads
from sre_agent.picture.world import Picture

MOST_SAID: Final = 240
"""Characters of one thing that was seen."""
MOST_DATA: Final = 7_500
"""Characters of the data as a whole: small models read no more than some thousand tokens."""
MOST_SEEN: Final = 40
MOST_OBJECTS: Final = 60
MOST_QUESTIONS: Final = 24
LINES_OF_A_LOG: Final = 3
LOGS: Final = 12
UNSEEN: Final = 8
_ASKED_BY: Final = "(the language model asks)"
OBJECTS: Final = (
    "Node", "Service", "Ingress", "Gateway", "HTTPRoute", "VirtualService", "Job", "CronJob", "Namespace", "ServiceAccount",
)  # fmt: skip
"""Kinds that can be blamed beside the workloads."""


@dataclass(frozen=True)
class Briefing:
    """The prompt, and everything that an answer may name: codes, objects, evidence ids and questions."""

    prompt: str
    causes: frozenset[str]
    objects: Mapping[str, EntityRef]
    evidence: frozenset[str]
    questions: Mapping[str, Question]


def briefing_of(picture: Picture, diagnosis: Diagnosis, asked: Iterable[str], *, may_ask: bool) -> Briefing:
    """The same picture gives the same briefing; without `may_ask` no question is offered."""
    objects = {one_line(str(ref), 160): ref for ref in _objects(picture, diagnosis)}
    objects = dict(list(objects.items())[:MOST_OBJECTS])
    found = _open_questions(picture, asked) if may_ask else ()
    questions = {f"Q{number}": one for number, one in enumerate(found, start=1)}
    lines, evidence = _data(picture, diagnosis, objects, questions)
    causes = frozenset(entries())
    prompt = "\n".join(["CAUSES", ", ".join(sorted(causes)), *_fenced(lines)])
    return Briefing(prompt, causes, objects, evidence, questions)


def _fenced(lines: list[str]) -> list[str]:
    """Nobody can write the mark's end into the data: it is made of all the data, their own words too."""
    mark = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]
    return [f"BEGIN DATA {mark}", *lines, f"END DATA {mark}"]


def _data(
    picture: Picture,
    diagnosis: Diagnosis,
    objects: Mapping[str, EntityRef],
    questions: Mapping[str, Question],
) -> tuple[list[str], frozenset[str]]:
    """JSON lines, the most telling first, and the ids of the evidence that is among them."""
    lines = [_line({"object": name}) for name in objects]
    lines += [_line({"question": key, "asks": _asks(one)}) for key, one in questions.items()]
    lines += [_line({"alert": one_line(text, MOST_SAID)}) for text in _complaints(picture)]
    lines += [
        _line({"not_seen": one_line(f"{one.what}: {one.why}", MOST_SAID)})
        for one in diagnosis.unknowns[:UNSEEN]
    ]
    size, known = sum(map(len, lines)), set[str]()
    told = dict.fromkeys((ids, one_line(text, MOST_SAID)) for ids, text in _seen(picture, diagnosis) if ids)
    for ids, text in list(told)[:MOST_SEEN]:
        line = _line({"evidence": list(ids), "says": text})
        if size + len(line) > MOST_DATA:
            break
        lines.append(line)
        size += len(line)
        known |= set(ids)
    return lines, frozenset(known)


def _line(told: JsonObject) -> str:
    """One line of JSON: no break, no quote and no bracket in a text can end it."""
    return orjson.dumps(told).decode()


def _asks(one: Question) -> str:
    """In few words, without those that a log or a commit's title put there."""
    return one_line(one.id, MOST_SAID)


def _complaints(picture: Picture) -> Iterator[str]:
    if picture.frame.complaint:
        yield picture.frame.complaint
    for alert in picture.frame.alerts[:6]:
        said = (alert.annotations.get(name, "") for name in ("summary", "description"))
        yield ": ".join([alert.name, *filter(None, said)])


def _seen(picture: Picture, diagnosis: Diagnosis) -> Iterator[tuple[tuple[str, ...], str]]:
    """(evidence ids, words): what rules built on, what stands in the timeline, and what programs complain of."""
    for hypothesis in diagnosis.hypotheses:
        for citation in hypothesis.evidence[:2]:
            yield (citation.id,), f"{citation.source}: {citation.excerpt}"
    for fact in diagnosis.facts:
        yield tuple(dict.fromkeys(fact.citations))[:3], fact.text
    for chunk in picture.logs[:LOGS]:
        last = (chunk.errors or chunk.lines)[-LINES_OF_A_LOG:]
        for text in dict.fromkeys(line.raw.strip() for line in last):
            yield (chunk.source.id,), f"log of {chunk.namespace}/{chunk.pod}: {text}"
    for entry in reversed(diagnosis.timeline):
        yield (entry.source,) if entry.source else (), f"{entry.kind}: {entry.text}"


def _objects(picture: Picture, diagnosis: Diagnosis) -> Iterator[EntityRef]:
    """Those under suspicion first. Only what was read: an alert or a log can name whatever it likes."""
    inventory = picture.inventory
    yield from (work.ref for work in focus_workloads(picture))
    for one in diagnosis.hypotheses:
        if inventory.get(one.entity.kind, one.entity.name, one.entity.namespace) is not None:
            yield one.entity
    yield from (work.ref for work in inventory.workloads)
    for kind in OBJECTS:
        yield from (obj.ref for obj in inventory.of(kind))


def _open_questions(picture: Picture, asked: Iterable[str]) -> tuple[Question, ...]:
    """What the specialists could still be asked about objects and changes that were seen."""
    known = set(asked)
    found = {one.id: one for one in _askable(picture) if one.id not in known}
    return tuple(found.values())[:MOST_QUESTIONS]


def _askable(picture: Picture) -> Iterator[Question]:
    focus = focus_workloads(picture)
    for workload in dict.fromkeys(work.ref for work in [*focus, *picture.inventory.workloads]):
        now, before = f"what does {workload} say?", f"what did {workload} say before it was last started?"
        yield question(Specialist.LOGS, "workload", f"{now} {_ASKED_BY}", workload, previous=False)
        yield question(Specialist.LOGS, "workload", f"{before} {_ASKED_BY}", workload, previous=True)
    for seen in picture.changes:
        if revision := seen.change.revision:
            why = f"what does {revision[:12]} change? {_ASKED_BY}"
            yield question(Specialist.GITHUB, "commit", why, None, sha=revision)
