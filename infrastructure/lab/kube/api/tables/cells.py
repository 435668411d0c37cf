"""Pieces that many printers share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infrastructure.lab.kube.objects import moments, selectors
from infrastructure.lab.kube.objects.tree import Obj, dig

NONE, UNKNOWN, UNSET = "<none>", "<unknown>", "<unset>"


def since(obj: Obj, now: datetime) -> str:
    return ago(dig(obj, "metadata", "creationTimestamp"), now)


def ago(stamp: str | None, now: datetime) -> str:
    return moments.age(moments.seconds_since(stamp, now)) if stamp else UNKNOWN


def selector(obj: Obj) -> str:
    return selectors.text(dig(obj, "spec", "selector")) or NONE


def plain_selector(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def containers(template: Any) -> list[str]:
    """Names and images, as wide output shows them."""
    found = dig(template, "spec", "containers", default=[])
    return [",".join(one["name"] for one in found), ",".join(one.get("image", "") for one in found)]


def number(obj: Obj, *path: str) -> int:
    value = dig(obj, *path, default=0)
    return value if isinstance(value, int) else 0
