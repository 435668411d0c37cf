"""A synthetic cluster as an incident snapshot, in memory or as a folder, and whether quoted words stand in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sre_agent.domain.evidence import Citation
from sre_agent.picture.reading import Kept
from sre_agent.snapshots.content import FORMAT, LogFile, Snapshot
from tests.worlds import NOW, stamp


def recorded(
    kubernetes: Mapping[str, list[Any]],
    answers: Iterable[Kept],
    *,
    namespace: str,
    probes: Sequence[Mapping[str, Any]] = (),
    edges: Sequence[tuple[str, str]] = (),
) -> Snapshot:
    """The snapshot that holds these objects and the answers' logs and series; nothing else was collected."""
    logs, metrics, changes = [], dict[str, Any](), []
    for kept in answers:
        if "lines" in kept.answer:
            logs.append(_log(kept.answer))
        elif "series" in kept.answer:
            data = metrics.setdefault(
                kept.name.split("/", 1)[1], {"status": "success", "data": {"result": []}}
            )
            data["data"]["result"] += kept.answer["series"]
        changes += [_merge(one) for one in kept.answer.get("merges", ())]
    return Snapshot(
        captured_at=NOW,
        cluster=None,
        namespace=namespace,
        complaint=None,
        kubernetes=json.loads(json.dumps(kubernetes)),
        logs=tuple(logs) if logs else None,
        metrics=metrics or None,
        topology=tuple(edges) if edges else None,
        probes=tuple(probes) if probes else None,
        changes=tuple(changes) if changes else None,
    )


def _log(answer: Mapping[str, Any]) -> LogFile:
    place = (str(answer["namespace"]), str(answer["pod"]), str(answer["container"]))
    ending = "previous.log" if answer["previous"] else "log"
    return LogFile(
        *place, bool(answer["previous"]), f"logs/{'/'.join(place)}.{ending}", tuple(answer["lines"])
    )


def _merge(merge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": merge["merged_at"],
        "kind": "merge",
        "revision": merge["merge_sha"],
        "title": merge["title"],
    }


def stands(citation: Citation, snapshot: Snapshot) -> bool:
    """Whether the excerpt is in the file named as its source, white space and JSON escapes left out."""
    return _bare(citation.excerpt) in _bare(_body(citation.source, snapshot))


def _bare(text: str) -> str:
    return "".join(text.split()).replace("\\\\", "\\").replace('\\"', '"').replace("\\n", "")


def _body(path: str, snapshot: Snapshot) -> str:
    folder, _, name = path.partition("/")
    if folder == "kubernetes":
        return json.dumps(snapshot.kubernetes.get(name.removesuffix(".json"), []), ensure_ascii=False)
    if folder == "metrics":
        return json.dumps((snapshot.metrics or {}).get(name.removesuffix(".json"), {}), ensure_ascii=False)
    if folder == "logs":
        return "\n".join(line for log in snapshot.logs or () if log.path == path for line in log.lines)
    return json.dumps(getattr(snapshot, path.removesuffix(".json"), None), ensure_ascii=False, default=str)


def write(snapshot: Snapshot, folder: Path, alerts: Sequence[Mapping[str, Any]] = ()) -> None:
    """The snapshot as a folder that `sre-agent diagnose --from` reads."""
    told = {"format": FORMAT, "captured_at": stamp(snapshot.captured_at), "cluster": None, "complaint": None}
    files: dict[str, Any] = {
        "snapshot.json": {**told, "namespace": snapshot.namespace},
        "alerts.json": list(alerts),
    }
    for plural, found in snapshot.kubernetes.items():
        files[f"kubernetes/{plural}.json"] = {"kind": "List", "apiVersion": "v1", "items": found}
    files |= {f"metrics/{name}.json": answer for name, answer in (snapshot.metrics or {}).items()}
    if snapshot.probes is not None:
        files["probes.json"] = list(snapshot.probes)
    if snapshot.topology is not None:
        files["topology.json"] = {"edges": [{"from": start, "to": end} for start, end in snapshot.topology]}
    if snapshot.changes is not None:
        files["changes.json"] = list(snapshot.changes)
    texts = {path: json.dumps(body, ensure_ascii=False) for path, body in files.items()}
    texts |= {log.path: "\n".join(log.lines) + "\n" for log in snapshot.logs or ()}
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
