"""From a recorded snapshot to the picture: the same picture that live answers give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sre_agent.domain.diagnosis import Change
from sre_agent.domain.evidence import Unknown
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.objects import objects_in
from sre_agent.picture.reading import Scraps, assemble
from sre_agent.picture.series import series_in
from sre_agent.picture.source import Source
from sre_agent.picture.times import moment
from sre_agent.picture.world import ChangeSeen, Frame, Picture, ProbeResult
from sre_agent.snapshots.content import Snapshot


class _Ids:
    """Evidence ids in the order of first use: `E1`, `E2`, … one for each file."""

    def __init__(self) -> None:
        self._known: dict[str, Source] = {}

    def __call__(self, path: str) -> Source:
        return self._known.setdefault(path, Source(f"E{len(self._known) + 1}", path))


def picture_of_snapshot(snapshot: Snapshot, frame: Frame) -> Picture:
    """The picture a snapshot shows, within the frame that its alerts and its complaint give."""
    scraps, source = Scraps(), _Ids()
    _objects(snapshot, scraps, source)
    _logs(snapshot, scraps, source)
    _metrics(snapshot, scraps, source)
    _probes(snapshot, scraps, source)
    _changes(snapshot, scraps, source)
    _calls(snapshot, scraps)
    scraps.unknowns += [
        Unknown(what=one.path, why=one.reason, would_have_told="what it recorded")
        for one in snapshot.problems
    ]
    return assemble(frame, scraps)


def _objects(snapshot: Snapshot, scraps: Scraps, source: _Ids) -> None:
    for plural, items in snapshot.kubernetes.items():
        scraps.collected.add(plural)
        scraps.objects += objects_in(plural, items, source(f"kubernetes/{plural}.json"))


def _logs(snapshot: Snapshot, scraps: Scraps, source: _Ids) -> None:
    if snapshot.logs is None:
        return
    scraps.collected.add("logs")
    for log in snapshot.logs:
        chunk = LogChunk(log.namespace, log.pod, log.container, log.previous, log.lines, source(log.path))
        scraps.logs.append(chunk)


def _metrics(snapshot: Snapshot, scraps: Scraps, source: _Ids) -> None:
    for name, answer in (snapshot.metrics or {}).items():
        scraps.collected |= {"metrics", f"metrics/{name}"}
        data = answer.get("data")
        result = data.get("result") if isinstance(data, Mapping) else None
        query = answer.get("query")
        told = query if isinstance(query, str) else ""
        scraps.series += series_in(name, result, source(f"metrics/{name}.json"), told)


def _probes(snapshot: Snapshot, scraps: Scraps, source: _Ids) -> None:
    if snapshot.probes is None:
        return
    scraps.collected.add("probes")
    for probe in snapshot.probes:
        target = probe.get("to")
        if isinstance(target, Mapping):
            scraps.probes.append(_probe(probe, target, source("probes.json")))


def _probe(probe: Mapping[str, Any], target: Mapping[str, Any], source: Source) -> ProbeResult:
    port = target.get("port")
    return ProbeResult(
        at=moment(probe.get("at") if isinstance(probe.get("at"), str) else None),
        origin=str(probe.get("from") or ""),
        namespace=str(target.get("namespace") or ""),
        service=str(target.get("service") or ""),
        port=port if isinstance(port, int) else 0,
        ok=bool(probe.get("ok")),
        detail=str(probe.get("detail") or ""),
        source=source,
    )


def _changes(snapshot: Snapshot, scraps: Scraps, source: _Ids) -> None:
    if snapshot.changes is None:
        return
    scraps.collected.add("changes")
    for told in snapshot.changes:
        at = moment(told.get("at") if isinstance(told.get("at"), str) else None)
        if at is not None:
            scraps.changes.append(ChangeSeen(_change(told, at), source("changes.json")))


def _change(told: Mapping[str, Any], at: datetime) -> Change:
    def text(key: str) -> str | None:
        value = told.get(key)
        return value if isinstance(value, str) and value else None

    return Change(
        at=at,
        kind=text("kind") or "deploy",
        service=text("service"),
        revision=text("revision") or "",
        author=text("author"),
        title=text("title") or "",
        url=text("url"),
        diff=text("diff"),
    )


def _calls(snapshot: Snapshot, scraps: Scraps) -> None:
    for caller, callee in snapshot.topology or ():
        scraps.calls[caller] = tuple(dict.fromkeys([*scraps.calls.get(caller, ()), callee]))
