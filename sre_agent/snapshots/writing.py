"""Writes a snapshot: the files it is made of, as a folder or packed."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sre_agent.snapshots.content import FORMAT, LogFile, Snapshot

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def files_of(snapshot: Snapshot) -> dict[str, str]:
    """Path → text, as the format says; a part that was not collected has no file."""
    return dict(_files(snapshot))


def _files(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    manifest = {
        "format": FORMAT,
        "captured_at": snapshot.captured_at.isoformat(),
        "cluster": snapshot.cluster,
        "namespace": snapshot.namespace,
        "complaint": snapshot.complaint,
        **({"windows": dict(snapshot.windows)} if snapshot.windows else {}),
    }
    yield "snapshot.json", _text(manifest)
    for plural, items in sorted(snapshot.kubernetes.items()):
        told = {"kind": "List", "apiVersion": "v1", "items": items}
        yield f"kubernetes/{_safe(plural)}.json", _text(told)
    for log in snapshot.logs or ():
        yield log_path(log), "".join(f"{line}\n" for line in log.lines)
    for name, answer in sorted((snapshot.metrics or {}).items()):
        yield f"metrics/{_safe(name)}.json", _text(answer)
    for name, part in (
        ("alerts", snapshot.alerts),
        ("probes", snapshot.probes),
        ("changes", snapshot.changes),
    ):
        if part is not None:
            yield f"{name}.json", _text(list(part))
    if snapshot.topology is not None:
        edges = [{"from": caller, "to": callee} for caller, callee in snapshot.topology]
        yield "topology.json", _text({"edges": edges})
    for path, text in sorted((snapshot.runbooks or {}).items()):
        yield f"runbooks/{_safe(Path(path).stem)}.md", text


def log_path(log: LogFile) -> str:
    """`logs/<namespace>/<pod>/<container>.log`."""
    ending = ".previous.log" if log.previous else ".log"
    place = "/".join(_safe(part) or "_" for part in (log.namespace, log.pod, log.container))
    return f"logs/{place}{ending}"


def _safe(name: str) -> str:
    """A file's name that cannot leave its folder."""
    return _UNSAFE.sub("_", name).lstrip(".")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def write_folder(files: Mapping[str, str], folder: Path) -> None:
    """Raises FileExistsError where something is in the way: a snapshot is never mixed with another."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def packed(files: Mapping[str, str]) -> bytes:
    """The same files as a .tar.gz, the same bytes for the same files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for path, text in files.items():
            body = text.encode("utf-8")
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(body), 0o644
            tar.addfile(member, io.BytesIO(body))
    return gzip.compress(raw.getvalue(), compresslevel=6, mtime=0)
