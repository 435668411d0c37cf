"""Secrets that changed after the pods that use them had started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, dig, items
from sre_agent.picture.source import as_written
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

SETTLED = timedelta(minutes=1)


@dataclass(frozen=True)
class ChangedSecret:
    """A Secret, when it was last written, and where that stands."""

    secret: Obj
    at: datetime
    citation: Citation


def secrets_of(workload: Obj) -> Iterator[str]:
    """Names of the Secrets that a workload's containers and volumes take from."""
    for container in (*workload.containers(init=True), *workload.containers()):
        for variable in items(container, "env"):
            yield str(dig(variable, "valueFrom", "secretKeyRef", "name") or "")
        for source in items(container, "envFrom"):
            yield str(dig(source, "secretRef", "name") or "")
    for volume in items(workload.pod_template(), "volumes"):
        yield str(dig(volume, "secret", "secretName") or "")


def last_written(secret: Obj) -> tuple[datetime, Citation] | None:
    """The newest time in its managed fields, else its creation."""
    times = [(moment(one.get("time")), one.get("time")) for one in secret.items("metadata", "managedFields")]
    known = [(at, text) for at, text in times if at is not None]
    if known:
        at, text = max(known, key=lambda pair: pair[0])
        return at, secret.source.quote(as_written("time", text))
    if secret.created_at is None:
        return None
    return secret.created_at, secret.quote("metadata", "creationTimestamp")


def changed_secret(picture: Picture, workload: Obj) -> ChangedSecret | None:
    """The Secret that was written after this workload's oldest live pod had started."""
    started = [
        moment(pod.dig("status", "startTime")) or pod.created_at
        for pod in picture.inventory.live_pods_of(workload)
    ]
    oldest = min((at for at in started if at is not None), default=None)
    for name in dict.fromkeys(filter(None, secrets_of(workload))):
        secret = picture.inventory.get("Secret", name, workload.namespace)
        written = last_written(secret) if secret else None
        if secret and written and oldest and written[0] > oldest + SETTLED:
            return ChangedSecret(secret, *written)
    return None
