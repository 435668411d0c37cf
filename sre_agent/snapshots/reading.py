"""Reads a snapshot: refuses what must be refused, and says of every other broken file that it is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from sre_agent.snapshots.content import FORMAT, LogFile, Problem, Snapshot, SnapshotRefused
from sre_agent.snapshots.store import LOG_TAIL, Files, open_files

T = TypeVar("T")
ALL_LOGS = 64 * 1024 * 1024
"""So much of all logs together is read; where there are many, less of each."""
MOST_STRAY = 50
LEAST_TAIL = 64 * 1024


def read_snapshot(where: Path, files: Files | None = None) -> Snapshot:
    """The snapshot in this folder or .tar.gz. Raises SnapshotRefused, naming the file and the place in it."""
    files = files or open_files(where)
    paths = files.paths()
    if "snapshot.json" not in paths:
        raise SnapshotRefused(f"{where}: no snapshot.json; it should say what was captured, and when")
    manifest = _manifest(files)
    return _Reading(files, paths).whole(manifest)


def _manifest(files: Files) -> Mapping[str, Any]:
    told = _json(files, "snapshot.json")
    if not isinstance(told, Mapping):
        raise SnapshotRefused("snapshot.json: an object was expected")
    if told.get("format") != FORMAT:
        raise SnapshotRefused(
            f"snapshot.json: format is {told.get('format')!r}; this reader knows {FORMAT!r}"
        )
    return told


def _json(files: Files, path: str) -> Any:
    try:
        return json.loads(files.read(path).decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise SnapshotRefused(f"{path}: byte {wrong.start} is not UTF-8") from None
    except json.JSONDecodeError as wrong:
        raise SnapshotRefused(f"{path}: line {wrong.lineno}, column {wrong.colno}: {wrong.msg}") from None
    except RecursionError:
        raise SnapshotRefused(f"{path}: nested too deeply to be read") from None
    except ValueError as wrong:  # numbers of thousands of digits, which Python will not convert
        raise SnapshotRefused(f"{path}: {wrong}") from None


class _Reading:
    """One reading; collects the problems on the way."""

    def __init__(self, files: Files, paths: list[str]) -> None:
        self._files = files
        self._paths = paths
        self._problems: list[Problem] = []
        self._tail = LOG_TAIL

    def whole(self, manifest: Mapping[str, Any]) -> Snapshot:
        captured = _time(manifest.get("captured_at"))
        if captured is None:
            raise SnapshotRefused("snapshot.json: captured_at should be an RFC 3339 time")
        kubernetes, logs, metrics = self._kubernetes(), self._logs(), self._metrics()
        self._problems += self._unread()
        lists = {name: self._list(f"{name}.json") for name in ("alerts", "probes", "changes")}
        return Snapshot(
            captured_at=captured,
            cluster=_text(manifest.get("cluster")),
            namespace=_text(manifest.get("namespace")),
            complaint=_text(manifest.get("complaint")),
            kubernetes=kubernetes,
            logs=logs,
            metrics=metrics,
            topology=self._topology(),
            runbooks=self._runbooks(),
            alerts=lists["alerts"],
            probes=lists["probes"],
            changes=lists["changes"],
            problems=tuple(self._problems),
            windows=_seconds(manifest.get("windows")),
        )

    def _try(self, path: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (SnapshotRefused, OSError, ValueError) as wrong:
            reason = str(wrong).removeprefix(f"{path}: ")
            self._problems.append(Problem(path, reason))
            return None

    def _in(self, folder: str, ending: str) -> list[str]:
        return [path for path in self._paths if path.startswith(f"{folder}/") and path.endswith(ending)]

    def _unread(self) -> list[Problem]:
        """Files where lists, logs and series are expected whose names nobody reads: a packed or renamed list is not an empty one."""
        endings = {"kubernetes": ".json", "metrics": ".json", "logs": ".log"}
        stray = [
            (path, ending)
            for path in self._paths
            for folder, ending in endings.items()
            if path.startswith(f"{folder}/") and not path.endswith(ending)
        ]
        return [
            Problem(path, f"not read: a name that ends in {ending} was expected")
            for path, ending in sorted(stray)[:MOST_STRAY]
        ]

    def _kubernetes(self) -> dict[str, list[Any]]:
        found = {}
        for path in self._in("kubernetes", ".json"):
            told = self._try(path, lambda path=path: _json(self._files, path))  # type: ignore[misc]
            if isinstance(told, Mapping) and isinstance(told.get("items"), list):
                found[PurePosixPath(path).stem] = [one for one in told["items"] if isinstance(one, Mapping)]
            elif told is not None:
                self._problems.append(Problem(path, "a List with `items` was expected"))
        return found

    def _logs(self) -> tuple[LogFile, ...] | None:
        paths = self._in("logs", ".log")
        self._tail = max(LEAST_TAIL, min(LOG_TAIL, ALL_LOGS // max(len(paths), 1)))
        read = [self._try(path, lambda path=path: self._log(path)) for path in paths]  # type: ignore[misc]
        return tuple(one for one in read if one is not None) if paths else None

    def _log(self, path: str) -> LogFile:
        parts = PurePosixPath(path).parts
        if len(parts) != 4:
            raise SnapshotRefused(f"{path}: logs/<namespace>/<pod>/<container>.log was expected")
        body, size = self._files.tail(path, self._tail)
        if size > len(body):
            self._problems.append(Problem(path, f"only the last {len(body)} of its {size} bytes were read"))
            body = body.partition(b"\n")[2]
        previous = path.endswith(".previous.log")
        container = parts[3].removesuffix(".previous.log" if previous else ".log")
        lines = tuple(body.decode("utf-8", errors="replace").splitlines())
        return LogFile(parts[1], parts[2], container, previous, path, lines)

    def _metrics(self) -> dict[str, Mapping[str, Any]] | None:
        paths = self._in("metrics", ".json")
        found: dict[str, Mapping[str, Any]] = {}
        for path in paths:
            told = self._try(path, lambda path=path: _json(self._files, path))  # type: ignore[misc]
            if isinstance(told, Mapping):
                found[PurePosixPath(path).stem] = told
        return found if paths else None

    def _list(self, path: str) -> tuple[Mapping[str, Any], ...] | None:
        if path not in self._paths:
            return None
        told = self._try(path, lambda: _json(self._files, path))
        if not isinstance(told, list):
            if told is not None:
                self._problems.append(Problem(path, "a list was expected"))
            return None
        return tuple(one for one in told if isinstance(one, Mapping))

    def _topology(self) -> tuple[tuple[str, str], ...] | None:
        if "topology.json" not in self._paths:
            return None
        told = self._try("topology.json", lambda: _json(self._files, "topology.json"))
        edges = told.get("edges") if isinstance(told, Mapping) else None
        if not isinstance(edges, list):
            return None
        pairs = [(edge.get("from"), edge.get("to")) for edge in edges if isinstance(edge, Mapping)]
        return tuple((start, end) for start, end in pairs if isinstance(start, str) and isinstance(end, str))

    def _runbooks(self) -> dict[str, str] | None:
        paths = self._in("runbooks", ".md")
        texts = {path: self._try(path, lambda path=path: self._files.read(path)) for path in paths}  # type: ignore[misc]
        return (
            {path: body.decode("utf-8", errors="replace") for path, body in texts.items() if body}
            if paths
            else None
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _seconds(value: Any) -> dict[str, float]:
    found = value if isinstance(value, Mapping) else {}
    return {str(key): float(one) for key, one in found.items() if isinstance(one, int | float) and one > 0}


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    if not 1971 <= when.year < 2971:
        return None  # no time at which anything was captured, and too near the end of time to count from
    return when if when.tzinfo else when.replace(tzinfo=UTC)
