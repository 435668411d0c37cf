"""Small snapshot folders for tests, written as the format says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CAPTURED = "2026-03-01T12:00:00Z"


def write_snapshot(
    folder: Path, kubernetes: Mapping[str, list[Any]], *, logs: Mapping[str, str] | None = None, **parts: Any
) -> Path:
    """A snapshot of these objects, logs (`namespace/pod/container.log` → text) and parts (`alerts=[…]`)."""
    manifest = {
        "format": "incident-snapshot/v1",
        "captured_at": CAPTURED,
        "cluster": None,
        "namespace": parts.pop("namespace", "acme"),
        "complaint": parts.pop("complaint", None),
    }
    _write(folder / "snapshot.json", json.dumps(manifest))
    for plural, items in kubernetes.items():
        told = {"kind": "List", "apiVersion": "v1", "items": items}
        _write(folder / "kubernetes" / f"{plural}.json", json.dumps(told))
    for place, text in (logs or {}).items():
        _write(folder / "logs" / place, text)
    for name, told in parts.items():
        _write(folder / f"{name}.json", json.dumps(told))
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def out_of_memory_pod(name: str = "orders-7d9c5b6f8-x2x4q", **meta: Any) -> dict[str, Any]:
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "acme", "labels": {"app": "orders"}, **meta},
        "spec": {
            "containers": [
                {"name": "main", "image": "reg.example/orders:1", "resources": {"limits": {"memory": "64Mi"}}}
            ]
        },
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "main",
                    "ready": False,
                    "restartCount": 6,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": killed,
                }
            ],
        },
    }
