"""From an incident's kept answers to the snapshot of what was known when it was diagnosed; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.incident import Incident
from sre_agent.picture.objects import items, mapping
from sre_agent.picture.reading import Kept, newest
from sre_agent.picture.times import moment
from sre_agent.snapshots.content import LogFile, Snapshot

Windows = Mapping[str, float]
FIRING_STEP = timedelta(seconds=15)


def snapshot_of(
    incident: Incident, alerts: Sequence[FiledAlert], kept: Iterable[Kept], at: datetime, windows: Windows
) -> Snapshot:
    """The snapshot that leads to the same diagnosis as these answers did."""
    answers = newest(kept)
    return Snapshot(
        captured_at=at,
        cluster=(incident.entity.cluster if incident.entity else "") or None,
        namespace=incident.namespace or None,
        complaint=incident.question or None,
        kubernetes=_objects(answers),
        logs=_logs(answers),
        metrics=_metrics(answers),
        alerts=tuple(_delivery(filed) for filed in alerts),
        changes=_changes(answers),
        windows=windows,
    )


def _objects(answers: Sequence[Kept]) -> dict[str, list[Any]]:
    """Resource → objects; of one object told twice the later telling."""
    found: dict[str, dict[tuple[str, str], Any]] = {}
    unnamed: dict[str, list[Any]] = {}
    for one in answers:
        if not one.name.startswith("kubernetes/"):
            continue
        lists = dict(mapping(one.answer, "collected"))
        if "items" in one.answer:
            lists[str(one.arguments.get("kind", ""))] = one.answer["items"]
        for plural, objects in lists.items():
            named = found.setdefault(plural, {})
            for raw in objects if isinstance(objects, list) else ():
                meta = mapping(raw, "metadata")
                if plural == "events" or not meta.get("name"):
                    unnamed.setdefault(plural, []).append(raw)
                else:
                    named[(str(meta.get("namespace", "")), str(meta["name"]))] = raw
    return {plural: [*named.values(), *unnamed.get(plural, [])] for plural, named in found.items()}


def _logs(answers: Sequence[Kept]) -> tuple[LogFile, ...] | None:
    told = [one for one in answers if one.name.startswith("logs/")]
    lines: dict[tuple[str, str, str, bool], list[str]] = {}
    for one in told:
        if "lines" in one.answer:
            place = _place(one.answer)
            lines.setdefault((*place, bool(one.answer.get("previous"))), []).extend(
                str(line) for line in one.answer.get("lines") or ()
            )
        for stream in items(one.answer, "streams"):
            texts = [str(line[1]) for line in stream.get("lines", ()) if len(line) > 1]
            lines.setdefault((*_place(mapping(stream, "labels")), False), []).extend(texts)
    if not told:
        return None
    return tuple(LogFile(*key, path="", lines=tuple(dict.fromkeys(texts))) for key, texts in lines.items())


def _place(labels: Mapping[str, Any]) -> tuple[str, str, str]:
    namespace, pod, container = (str(labels.get(key) or "") for key in ("namespace", "pod", "container"))
    return namespace, pod, container


def _metrics(answers: Sequence[Kept]) -> dict[str, Mapping[str, Any]] | None:
    told = [one for one in answers if one.name.startswith("metrics/")]
    found: dict[str, Mapping[str, Any]] = {}
    for one in told:
        capture = one.name.split("/", 1)[1]
        if capture == "history":
            found["ALERTS"] = _with(found.get("ALERTS"), _firings(one))
        elif isinstance(one.answer.get("series"), list):
            found[capture] = _with(
                found.get(capture), one.answer["series"], str(one.arguments.get("promql", ""))
            )
    return found if told else None


def _with(before: Mapping[str, Any] | None, series: list[Any], query: str = "") -> Mapping[str, Any]:
    earlier = mapping(before or {}, "data").get("result", [])
    answer: dict[str, Any] = {
        "status": "success",
        "data": {"resultType": "matrix", "result": [*earlier, *series]},
    }
    return {**answer, "query": query} if query else answer


def _firings(one: Kept) -> list[Any]:
    """Each stretch of firing as Prometheus' own ALERTS series tells it."""
    labels = {"alertname": str(one.arguments.get("alertname", "")), "alertstate": "firing"}
    made = []
    for firing in items(one.answer, "firings"):
        start, end = moment(str(firing.get("start"))), moment(str(firing.get("end")))
        if start and end:
            made.append({"metric": labels, "values": [[at, "1"] for at in _steps(start, end)]})
    return made


def _steps(start: datetime, end: datetime) -> list[float]:
    length = max(end - start, timedelta(0))
    count = min(int(length / FIRING_STEP), 500)
    return [*((start + number * FIRING_STEP).timestamp() for number in range(count)), end.timestamp()]


def _delivery(filed: FiledAlert) -> Mapping[str, Any]:
    """The alert as Alertmanager's webhook tells it."""
    alert = filed.alert
    told = {
        "status": alert.status.value,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": alert.starts_at.isoformat(),
        "endsAt": alert.ends_at.isoformat() if alert.ends_at else "0001-01-01T00:00:00Z",
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
    }
    return {"version": "4", "status": alert.status.value, "receiver": "", "groupKey": "", "alerts": [told]}


def _changes(answers: Sequence[Kept]) -> tuple[Mapping[str, Any], ...] | None:
    told = [one for one in answers if one.name.startswith("github/")]
    diffs = {str(one.answer.get("sha")): _patch(one.answer) for one in told if one.name == "github/commit"}
    made = [_merge(raw, diffs) for one in told for raw in items(one.answer, "merges")]
    made += [_deploy(raw) for one in told for raw in items(one.answer, "deploys")]
    return tuple(sorted(made, key=lambda change: str(change["at"]))) if told else None


def _merge(raw: Mapping[str, Any], diffs: Mapping[str, str]) -> Mapping[str, Any]:
    revision = str(raw.get("merge_sha") or raw.get("number") or "")
    files = "\n".join(str(path) for path in raw.get("files") or ())
    return {
        "at": raw.get("merged_at"),
        "kind": "merge",
        "service": None,
        "revision": revision,
        "author": raw.get("author"),
        "title": f"#{raw.get('number')} {raw.get('title', '')}",
        "url": raw.get("url"),
        "diff": diffs.get(revision) or files or None,
    }


def _deploy(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "at": raw.get("created_at"),
        "kind": "deploy",
        "service": None,
        "revision": str(raw.get("sha") or ""),
        "author": raw.get("creator"),
        "title": str(raw.get("description") or raw.get("ref") or ""),
        "url": raw.get("url"),
        "diff": None,
    }


def _patch(answer: Mapping[str, Any]) -> str:
    return "\n".join(f"--- {file.get('path')}\n{file.get('patch') or ''}" for file in items(answer, "files"))
