"""From a recorded snapshot to the picture: the same picture that live answers give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sre_agent.domain.diagnosis import Change
from sre_agent.domain.evidence import Unknown
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.objects import items, mapping, objects_in
from sre_agent.picture.scraps import Scraps, assemble
from sre_agent.picture.series import Series, series_in
from sre_agent.picture.source import Source
from sre_agent.picture.times import moment
from sre_agent.picture.world import ChangeSeen, Firing, Frame, Picture, ProbeResult
from sre_agent.snapshots.content import LogFile, Problem, Snapshot

LONGEST_GAP_SECONDS = 90.0
"""Between two samples of one firing; usual evaluation intervals are a minute or less."""


SourceOf = Callable[[str], Source]


class _Ids:
    """Evidence ids in the order of first use: `E1`, `E2`, … one for each file."""

    def __init__(self) -> None:
        self._known: dict[str, Source] = {}

    def __call__(self, path: str) -> Source:
        return self._known.setdefault(path, Source(f"E{len(self._known) + 1}", path))


def picture_of_snapshot(snapshot: Snapshot, frame: Frame) -> Picture:
    """The picture a snapshot shows, within the frame that its alerts and its complaint give."""
    scraps, ids = Scraps(), _Ids()
    gather(snapshot, scraps, ids)
    if snapshot.alerts:
        frame = replace(frame, alerts_source=ids("alerts.json"))
    return assemble(frame, scraps)


def gather(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
    """Everything that a snapshot holds; `source` gives each of its paths an evidence id."""
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


def snapshot_in(answer: Mapping[str, Any]) -> Snapshot:
    """The snapshot in the answer of a recording's own tool (`adapters.recorded_toolbox`)."""
    logs = answer.get("logs")
    return Snapshot(
        captured_at=moment(str(answer.get("captured_at"))) or datetime.min.replace(tzinfo=UTC),
        cluster=None,
        namespace=None,
        complaint=None,
        kubernetes=mapping(answer, "kubernetes"),
        logs=tuple(_log(one) for one in items(answer, "logs")) if isinstance(logs, list) else None,
        metrics=answer.get("metrics"),
        topology=tuple((str(one[0]), str(one[1])) for one in answer.get("topology") or ()),
        probes=_told(answer.get("probes")),
        changes=_told(answer.get("changes")),
        problems=tuple(Problem(str(one[0]), str(one[1])) for one in answer.get("problems") or ()),
    )


def _told(part: Any) -> tuple[Mapping[str, Any], ...] | None:
    return tuple(part) if isinstance(part, list) else None


def _log(told: Mapping[str, Any]) -> LogFile:
    place = (str(told.get("namespace")), str(told.get("pod")), str(told.get("container")))
    lines = tuple(str(line) for line in told.get("lines") or ())
    return LogFile(*place, bool(told.get("previous")), str(told.get("path")), lines)


def _objects(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
    for plural, found in snapshot.kubernetes.items():
        scraps.collected.add(plural)
        scraps.objects += objects_in(plural, found, source(f"kubernetes/{plural}.json"))


def _logs(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
    if snapshot.logs is None:
        return
    scraps.collected.add("logs")
    for log in snapshot.logs:
        chunk = LogChunk(log.namespace, log.pod, log.container, log.previous, log.lines, source(log.path))
        scraps.logs.append(chunk)


def _metrics(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
    for name, answer in (snapshot.metrics or {}).items():
        scraps.collected |= {"metrics", f"metrics/{name}"}
        data = answer.get("data")
        result = data.get("result") if isinstance(data, Mapping) else None
        query = answer.get("query")
        told = query if isinstance(query, str) else ""
        found = series_in(name, result, source(f"metrics/{name}.json"), told)
        if name == "ALERTS":
            scraps.firings += [firing for one in found for firing in firings_in(one)]
        else:
            scraps.series += found


def firings_in(series: Series) -> list[Firing]:
    """Each stretch without a gap in which Prometheus' own ALERTS series says that an alert fired."""
    if series.labels.get("alertstate") != "firing":
        return []
    times = [float(at) for at, value in zip(series.times, series.values, strict=True) if value == 1]
    stretches: list[list[float]] = []
    for at in times:
        if stretches and at - stretches[-1][-1] <= LONGEST_GAP_SECONDS:
            stretches[-1].append(at)
        else:
            stretches.append([at])
    name = series.labels.get("alertname", "")
    return [Firing(name, stretch[0], stretch[-1]) for stretch in stretches]


def _probes(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
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


def _changes(snapshot: Snapshot, scraps: Scraps, source: SourceOf) -> None:
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
