"""From kept tool answers to the picture: one reader for each kind of answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sre_agent.domain.diagnosis import Change
from sre_agent.domain.evidence import Unknown
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.objects import items, mapping, objects_in
from sre_agent.picture.recorded import gather, snapshot_in
from sre_agent.picture.scraps import Scraps, assemble
from sre_agent.picture.series import series_in
from sre_agent.picture.source import Source
from sre_agent.picture.times import moment
from sre_agent.picture.world import ChangeSeen, Firing, Frame, Picture

_PASSING = frozenset({"start", "end", "since", "until", "time", "step_seconds"})
"""Arguments that differ each time the same thing is asked."""


@dataclass(frozen=True)
class Kept:
    """One kept answer: its evidence id, the capture's name (`kubernetes/namespace`), and what the tool said."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    answer: Mapping[str, Any]


def newest(kept: Iterable[Kept]) -> list[Kept]:
    """Of the same question asked again, the last answer: what was so before a step must not blur what is so now."""
    return list({_question_of(one): one for one in kept}.values())


def _question_of(kept: Kept) -> str:
    lasting = {key: value for key, value in kept.arguments.items() if key not in _PASSING}
    return f"{kept.name} {json.dumps(lasting, sort_keys=True)}"


def picture_of(frame: Frame, kept: Iterable[Kept], unknowns: Iterable[Unknown] = ()) -> Picture:
    """The picture that these answers show. An answer of an unknown kind is left out, never guessed at."""
    scraps = Scraps(unknowns=list(unknowns))
    for one in kept:
        if reader := READERS.get(one.name.split("/", 1)[0]):
            reader(one, scraps)
    return assemble(frame, scraps)


def _kubernetes(kept: Kept, scraps: Scraps) -> None:
    if "items" in kept.answer:
        plural = str(kept.arguments.get("kind", ""))
        source = Source(kept.id, f"kubernetes/{plural}.json")
        scraps.objects += objects_in(plural, items(kept.answer, "items"), source)
    for plural, found in mapping(kept.answer, "collected").items():
        scraps.collected.add(plural)
        source = Source(kept.id, f"kubernetes/{plural}.json")
        scraps.objects += objects_in(plural, [raw for raw in found if isinstance(raw, Mapping)], source)
    for plural, reason in mapping(kept.answer, "not_collected").items():
        scraps.unknowns.append(
            Unknown(what=f"kubernetes {plural}", why=str(reason), would_have_told=f"the state of {plural}")
        )


def _logs(kept: Kept, scraps: Scraps) -> None:
    scraps.collected.add("logs")
    if "lines" in kept.answer:
        _pod_log(kept, scraps)
    for stream in items(kept.answer, "streams"):
        labels = mapping(stream, "labels")
        lines = tuple(str(line[1]) for line in stream.get("lines", ()) if len(line) > 1)
        place = (
            str(labels.get("namespace", "")),
            str(labels.get("pod", "")),
            str(labels.get("container", "")),
        )
        scraps.logs.append(LogChunk(*place, False, lines, Source(kept.id, f"logs/{'/'.join(place)}.log")))


def _pod_log(kept: Kept, scraps: Scraps) -> None:
    answer = kept.answer
    place = tuple(str(answer.get(key, "")) for key in ("namespace", "pod", "container"))
    previous = bool(answer.get("previous"))
    ending = "previous.log" if previous else "log"
    source = Source(kept.id, f"logs/{'/'.join(place)}.{ending}")
    lines = tuple(str(line) for line in answer.get("lines", ()))
    scraps.logs.append(LogChunk(place[0], place[1], place[2], previous, lines, source))


def _metrics(kept: Kept, scraps: Scraps) -> None:
    scraps.collected.add(kept.name)
    scraps.collected.add("metrics")
    capture = kept.name.split("/", 1)[1]
    source = Source(kept.id, f"metrics/{capture}.json")
    if capture == "history":
        name = str(kept.arguments.get("alertname", ""))
        for firing in items(kept.answer, "firings"):
            start, end = moment(str(firing.get("start"))), moment(str(firing.get("end")))
            if start and end:
                scraps.firings.append(Firing(name, start.timestamp(), end.timestamp()))
        return
    query = str(kept.arguments.get("promql", ""))
    scraps.series += series_in(capture, kept.answer.get("series"), source, query)


def _github(kept: Kept, scraps: Scraps) -> None:
    scraps.collected.add("changes")
    source = Source(kept.id, f"{kept.name}.json")
    for merge in items(kept.answer, "merges"):
        if at := moment(merge.get("merged_at")):
            scraps.changes.append(ChangeSeen(_merge(merge, at), source))
    for deploy in items(kept.answer, "deploys"):
        if at := moment(deploy.get("created_at")):
            scraps.changes.append(ChangeSeen(_deploy(deploy, at), source))
    if kept.name == "github/commit":
        _add_diff(kept.answer, scraps)


def _merge(merge: Mapping[str, Any], at: Any) -> Change:
    files = "\n".join(str(path) for path in merge.get("files") or ())
    return Change(
        at=at,
        kind="merge",
        revision=str(merge.get("merge_sha") or merge.get("number") or ""),
        author=str(merge.get("author") or "") or None,
        title=f"#{merge.get('number')} {merge.get('title', '')}",
        url=str(merge.get("url") or "") or None,
        diff=files or None,
    )


def _deploy(deploy: Mapping[str, Any], at: Any) -> Change:
    return Change(
        at=at,
        kind="deploy",
        revision=str(deploy.get("sha") or ""),
        author=str(deploy.get("creator") or "") or None,
        title=str(deploy.get("description") or deploy.get("ref") or ""),
        url=str(deploy.get("url") or "") or None,
    )


def _add_diff(answer: Mapping[str, Any], scraps: Scraps) -> None:
    """The patch of a commit, put on the change that the commit is."""
    patch = "\n".join(f"--- {file.get('path')}\n{file.get('patch') or ''}" for file in items(answer, "files"))
    for place, seen in enumerate(scraps.changes):
        if seen.change.revision == answer.get("sha"):
            scraps.changes[place] = replace(seen, change=seen.change.model_copy(update={"diff": patch}))


def _recording(kept: Kept, scraps: Scraps) -> None:
    """A recording answers with all it holds at once; each thing keeps the path at which it stands."""
    gather(snapshot_in(kept.answer), scraps, lambda path: Source(kept.id, path))


READERS: Mapping[str, Callable[[Kept, Scraps], None]] = {
    "kubernetes": _kubernetes,
    "logs": _logs,
    "metrics": _metrics,
    "github": _github,
    "recording": _recording,
}
