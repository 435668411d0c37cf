"""Events as client-go's recorder writes them: repeats are counted, look-alikes combined, floods cut off."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, name_of, namespace_of, uid_of
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

Value = TypeVar("Value")
NORMAL, WARNING = "Normal", "Warning"
_CACHE = 4096
_COMBINE_AFTER = 10
_COMBINE_SECONDS = 600.0
_BURST = 25.0
_COMBINED = "(combined from similar events): "


@dataclass
class _Bucket:
    tokens: float
    filled: datetime


@dataclass
class _Similar:
    since: datetime
    messages: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Source:
    component: str
    host: str = ""
    modern: bool = False
    """Whether the component writes through events.k8s.io, as the scheduler does: other fields are filled."""


class Recorder:
    """One component's pen."""

    def __init__(self, registry: Registry, pace: Pace, source: Source) -> None:
        self._registry = registry
        self._pace = pace
        self._source = source
        self._names: OrderedDict[Hashable, str] = OrderedDict()
        self._similar: OrderedDict[Hashable, _Similar] = OrderedDict()
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def normal(self, about: Obj, reason: str, message: str, *, part: str = "") -> None:
        self._record(_reference(about, part), NORMAL, reason, message)

    def warn(self, about: Obj, reason: str, message: str, *, part: str = "") -> None:
        self._record(_reference(about, part), WARNING, reason, message)

    def about_node(self, node: str, kind: str, reason: str, message: str) -> None:
        """As a kubelet writes of its own node: by name, for it may not know the uid."""
        self._record({"kind": "Node", "name": node, "uid": node}, kind, reason, message)

    def _record(self, target: Obj, kind: str, reason: str, message: str) -> None:
        now = self._registry.clock()
        identity = tuple(target.get(key, "") for key in ("kind", "namespace", "name", "uid", "fieldPath"))
        message = self._combined((identity, kind, reason), message, now)
        if not self._has_room(identity[:4], now):
            return
        key = (identity, kind, reason, message)
        if not self._repeat(key, target, now):
            self._create(key, target, now)

    def _combined(self, key: Hashable, message: str, now: datetime) -> str:
        known = self._similar.pop(key, None)
        if known is None or (now - known.since).total_seconds() > _COMBINE_SECONDS:
            known = _Similar(now)
        known.messages.add(message)
        _keep(self._similar, key, known)
        return _COMBINED + message if len(known.messages) > _COMBINE_AFTER else message

    def _has_room(self, key: Hashable, now: datetime) -> bool:
        """A token bucket for each object: bursts of 25, then one now and then."""
        bucket = self._buckets.pop(key, None) or _Bucket(_BURST, now)
        gained = (now - bucket.filled).total_seconds() / self._pace.event_refill_seconds
        bucket.tokens, bucket.filled = min(_BURST, bucket.tokens + gained), now
        allowed = bucket.tokens >= 1.0
        bucket.tokens -= 1.0 if allowed else 0.0
        _keep(self._buckets, key, bucket)
        return allowed

    def _repeat(self, key: Hashable, target: Obj, now: datetime) -> bool:
        name = self._names.get(key, "")
        old = self._registry.store.get("events", target.get("namespace") or "default", name)
        if old is None:
            return False
        if self._source.modern:
            count = (old.get("series") or {}).get("count", 1) + 1
            series = {"count": count, "lastObservedTime": moments.micro_stamp(now)}
            self._registry.store.put("events", {**old, "series": series})
        else:
            count = old.get("count", 1) + 1
            self._registry.store.put("events", {**old, "count": count, "lastTimestamp": moments.stamp(now)})
        return True

    def _create(self, key: tuple[object, str, str, str], target: Obj, now: datetime) -> None:
        _, kind, reason, message = key
        nanoseconds = int(now.timestamp() * 1_000_000) * 1000
        meta = {
            "name": f"{target['name']}.{nanoseconds + len(self._names) % 1000:x}",
            "namespace": target.get("namespace") or "default",
        }
        event = {
            "metadata": meta,
            "involvedObject": target,
            "reason": reason,
            "message": message,
            "type": kind,
        }
        try:
            made = self._registry.create(BY_RESOURCE["events"], {**event, **self._origin(now)})
        except ApiError:
            return  # the namespace is gone or going: the real recorder drops such events too
        _keep(self._names, key, name_of(made))

    def _origin(self, now: datetime) -> Obj:
        source = self._source
        if source.modern:
            return {
                "eventTime": moments.micro_stamp(now),
                "firstTimestamp": None,
                "lastTimestamp": None,
                "source": {},
                "action": "Binding" if source.component == "default-scheduler" else "",
                "reportingComponent": source.component,
                "reportingInstance": f"{source.component}-{source.host}" if source.host else source.component,
            }
        origin = {"component": source.component} | ({"host": source.host} if source.host else {})
        return {
            "source": origin,
            "firstTimestamp": moments.stamp(now),
            "lastTimestamp": moments.stamp(now),
            "count": 1,
            "eventTime": None,
            "reportingComponent": source.component,
            "reportingInstance": source.host,
        }


def _reference(about: Obj, part: str) -> Obj:
    target = {
        "kind": about["kind"],
        "namespace": namespace_of(about),
        "name": name_of(about),
        "uid": uid_of(about),
        "apiVersion": about["apiVersion"],
        "resourceVersion": about["metadata"].get("resourceVersion", ""),
        "fieldPath": part,
    }
    return {key: value for key, value in target.items() if value}


def _keep(cache: OrderedDict[Hashable, Value], key: Hashable, value: Value) -> None:
    cache[key] = value
    if len(cache) > _CACHE:
        cache.popitem(last=False)
