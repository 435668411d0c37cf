"""What a recorded incident is about and when: from its alerts, and from what a person said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Unknown
from sre_agent.intake.identity import fingerprint_of
from sre_agent.intake.subject import subject_of
from sre_agent.offline.standing_alerts import of_incident
from sre_agent.picture.inventory import Inventory
from sre_agent.picture.times import moment
from sre_agent.picture.world import Frame, Picture
from sre_agent.snapshots.content import Snapshot

_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NAMED_KINDS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "CronJob",
    "Job",
    "Service",
    "Ingress",
    "PersistentVolumeClaim",
    "Node",
    "Pod",
)
"""Kinds of which a person speaks by name, the ones that own others first."""
_MOST_ALERTS = 500
BASELINE_SECONDS = 3600.0
GUARD_SECONDS = 10.0
"""Where the capture does not say how far its healthy past reaches, and how late its alerts fire."""


def alerts_of(snapshot: Snapshot) -> tuple[tuple[Alert, ...], tuple[Unknown, ...]]:
    """The alerts that can be read, oldest first, and a word about those that cannot."""
    told = [one for payload in snapshot.alerts or () for one in _listed(payload)]
    read = [_alert(one) for one in told[:_MOST_ALERTS]]
    alerts = {
        (alert.fingerprint, alert.starts_at): alert for alert in read if alert is not None and alert.labels
    }
    broken = sum(alert is None for alert in read)
    unknowns = (
        (
            Unknown(
                what="alerts.json",
                why=f"{broken} of its alerts have no labels or no startsAt that can be read",
                would_have_told="what else fired",
            ),
        )
        if broken
        else ()
    )
    return tuple(sorted(alerts.values(), key=lambda alert: alert.starts_at)), unknowns


def _listed(payload: Mapping[str, Any]) -> list[Any]:
    """The alerts of a delivery; an alert that stands in the list by itself is one too."""
    told = payload.get("alerts")
    return told if isinstance(told, list) else [payload]


def _alert(told: Any) -> Alert | None:
    if not isinstance(told, Mapping) or not isinstance(told.get("labels"), Mapping):
        return None
    starts_at = moment(_text(told.get("startsAt")))
    if starts_at is None:
        return None
    labels = _texts(told["labels"])
    return Alert(
        fingerprint=_text(told.get("fingerprint")) or fingerprint_of(labels),
        status=AlertStatus.RESOLVED if told.get("status") == "resolved" else AlertStatus.FIRING,
        labels=labels,
        annotations=_texts(told.get("annotations")),
        starts_at=starts_at,
        generator_url=_text(told.get("generatorURL")),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> dict[str, str]:
    found = value if isinstance(value, Mapping) else {}
    return {str(key): one for key, one in found.items() if isinstance(one, str)}


def frame_of_snapshot(snapshot: Snapshot, alerts: tuple[Alert, ...]) -> Frame:
    """The frame as far as it does not depend on what was recorded of the cluster."""
    firing = of_incident([alert for alert in alerts if alert.status is AlertStatus.FIRING] or list(alerts))
    subjects = [subject_of(alert).entity for alert in firing]
    namespaces = [entity.namespace for entity in subjects if entity is not None and entity.namespace]
    return Frame(
        now=snapshot.captured_at,
        started_at=_start(of_incident(alerts), snapshot.captured_at),
        entities=tuple(dict.fromkeys(entity for entity in subjects if entity is not None)),
        namespace=snapshot.namespace or (namespaces[0] if namespaces else ""),
        complaint=snapshot.complaint or "",
        alerts=firing,
        baseline_seconds=snapshot.windows.get("baseline_seconds", BASELINE_SECONDS),
        guard_seconds=snapshot.windows.get("guard_seconds", GUARD_SECONDS),
    )


def _start(alerts: Iterable[Alert], captured_at: datetime) -> datetime:
    return min((alert.starts_at for alert in alerts), default=captured_at)


def named_in(complaint: str, inventory: Inventory) -> tuple[EntityRef, ...]:
    """Objects whose whole name stands in what a person said, the longest names first."""
    words = set(_words(complaint))
    if not words:
        return ()
    found: dict[str, EntityRef] = {}
    for kind in _NAMED_KINDS:
        for obj in inventory.of(kind):
            if obj.name in words and obj.name not in found:
                found[obj.name] = inventory.top_owner(obj).ref if kind == "Pod" else obj.ref
    for work in inventory.workloads:
        if work.implied and work.name in words:
            found.setdefault(work.name, work.ref)
    return tuple(dict.fromkeys(found[name] for name in sorted(found, key=len, reverse=True)))


def looked_into(picture: Picture) -> tuple[EntityRef, ...]:
    """The one workload whose log was recorded, where there are several: whoever recorded it looked there."""
    heard = [work.ref for work in picture.inventory.workloads if picture.logs_of(work)]
    return tuple(heard) if len(heard) == 1 and len(picture.inventory.workloads) > 1 else ()


def _words(text: str) -> Iterator[str]:
    """Words as names are written, whole and in parts: `default/Deployment/web` names `web`."""
    for match in _WORD.finditer(text):
        yield match.group()
