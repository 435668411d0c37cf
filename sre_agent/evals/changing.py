"""Recordings changed on purpose: everything renamed, or one source taken away; pure on the snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sre_agent.snapshots.content import LogFile, Snapshot

_NAMED = (
    "namespaces",
    "nodes",
    "deployments",
    "statefulsets",
    "daemonsets",
    "cronjobs",
    "services",
    "serviceaccounts",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "persistentvolumes",
    "resourcequotas",
)
_KEPT = re.compile(
    r"kube-.*|default|kubernetes|.*\.crt|system:.*"
    r"|redis|valkey|memcached|mysql|mariadb|postgres|postgresql|mongo|mongodb|nginx|envoy|haproxy|kafka|rabbitmq|nats"
)
"""Names that Kubernetes itself gives, and those of programs that everybody runs: the first are no one's, the second tell something."""
_ADDRESS = re.compile(r"\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b")
_SYLLABLES = ("ba", "do", "fe", "gi", "ku", "lo", "me", "na", "pu", "ri", "so", "ta", "ve", "wi", "zu", "xo")


@dataclass(frozen=True)
class Renaming:
    """Old names → new ones; a name is replaced wherever it stands as a whole word or in front of a hash."""

    names: Mapping[str, str]

    def __call__(self, text: str) -> str:
        return _ADDRESS.sub(_moved, self._pattern().sub(lambda match: self.names[match.group()], text))

    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self.names, key=len, reverse=True)
        # Not behind a letter, so that `api` is not found in `apiVersion`; a hyphen behind may begin a hash.
        return re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, longest)) + r")(?![A-Za-z0-9])")


def _moved(match: re.Match[str]) -> str:
    """Another address of the same kind: the middle numbers change, so that equal ones stay equal."""
    first, second, third, fourth = map(int, match.groups())
    if max(first, second, third, fourth) > 255 or first in (0, 127, 255):
        return match.group()
    return f"{first}.{(second + 7) % 250}.{(third + 13) % 250}.{fourth}"


def renaming_of(snapshot: Snapshot) -> Renaming:
    """New names, without meaning, for everything that people named."""
    names = {
        str(raw["metadata"]["name"])
        for plural in _NAMED
        for raw in snapshot.kubernetes.get(plural, [])
        if isinstance(raw.get("metadata"), Mapping) and raw["metadata"].get("name")
    }
    if snapshot.namespace:
        names.add(snapshot.namespace)
    known = sorted(name for name in names if len(name) > 2 and not _KEPT.fullmatch(name))
    return Renaming({name: _coined(number) for number, name in enumerate(known)})


def _coined(number: int) -> str:
    first, second, third = number % 16, (number // 16) % 16, (number * 7 + 3) % 16
    return f"q{_SYLLABLES[first]}{_SYLLABLES[third]}{_SYLLABLES[second]}"


def renamed(snapshot: Snapshot, rename: Renaming) -> Snapshot:
    """The same incident in a system where everything has another name."""

    def told(part: Any) -> Any:
        return json.loads(rename(json.dumps(part, ensure_ascii=False)))

    return replace(
        snapshot,
        namespace=rename(snapshot.namespace) if snapshot.namespace else None,
        complaint=rename(snapshot.complaint) if snapshot.complaint else None,
        kubernetes=told(dict(snapshot.kubernetes)),
        logs=None if snapshot.logs is None else tuple(_log(log, rename) for log in snapshot.logs),
        metrics=None if snapshot.metrics is None else told(dict(snapshot.metrics)),
        alerts=None if snapshot.alerts is None else tuple(told(list(snapshot.alerts))),
        topology=(
            None if snapshot.topology is None else tuple((rename(a), rename(b)) for a, b in snapshot.topology)
        ),
        probes=None if snapshot.probes is None else tuple(told(list(snapshot.probes))),
        changes=None if snapshot.changes is None else tuple(told(list(snapshot.changes))),
    )


def _log(log: LogFile, rename: Renaming) -> LogFile:
    lines = tuple(rename("\n".join(log.lines)).split("\n")) if log.lines else ()
    return LogFile(
        rename(log.namespace), rename(log.pod), rename(log.container), log.previous, rename(log.path), lines
    )


def with_one_source_less(snapshot: Snapshot) -> Iterator[tuple[str, Snapshot]]:
    """(what is missing, the snapshot without it) for each source that it holds."""
    for plural in snapshot.kubernetes:
        rest = {name: found for name, found in snapshot.kubernetes.items() if name != plural}
        yield f"kubernetes/{plural}", replace(snapshot, kubernetes=rest)
    for part in ("logs", "metrics", "alerts", "topology", "probes", "changes"):
        if getattr(snapshot, part) is not None:
            without: Any = {part: None}
            yield part, replace(snapshot, **without)


def with_orders(snapshot: Snapshot, text: str) -> Snapshot:
    """The same incident with a text that tries to give orders: as a log line, in an event, as an annotation, in a runbook and a change."""
    told: dict[str, Any] = json.loads(json.dumps(dict(snapshot.kubernetes)))
    for raw in (*told.get("pods", [])[:2], *told.get("deployments", [])[:2]):
        if isinstance(raw.get("metadata"), dict):
            raw["metadata"].setdefault("annotations", {})["note"] = text
    if told.get("events"):
        about = told["events"][0].get("involvedObject")
        order = {
            "kind": "Event",
            "type": "Normal",
            "reason": "Note",
            "message": text,
            "involvedObject": about,
        }
        told["events"].append({**order, "metadata": {"namespace": snapshot.namespace}})
    logs = snapshot.logs and (replace_lines(snapshot.logs[0], text), *snapshot.logs[1:])
    change = {
        "at": snapshot.captured_at.isoformat(),
        "kind": "merge",
        "revision": "f00d",
        "title": text[:200],
    }
    return replace(
        snapshot,
        kubernetes=told,
        logs=logs,
        runbooks={"runbooks/note.md": text},
        changes=None if snapshot.changes is None else (*snapshot.changes, change),
    )


def replace_lines(log: LogFile, text: str) -> LogFile:
    return replace(log, lines=(*log.lines, *text.splitlines()))
