"""The objects, their revisions and what changed last: etcd and the watch cache in one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from infrastructure.lab.kube.objects.tree import Obj, name_of, namespace_of

Key = tuple[str, str]
"""Namespace ("" for cluster-wide kinds) and name; lists come in this order, as from etcd."""

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
_HISTORY = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One write. A deleted object is shown as it last was, with the revision of its deletion."""

    revision: int
    resource: str
    type: str
    object: Obj
    previous: Obj | None

    @property
    def key(self) -> Key:
        return namespace_of(self.object), name_of(self.object)


Listener = Callable[[Change], None]


class RevisionTooOld(Exception):
    """The changes since then are no longer kept."""


class Store:
    """Objects are replaced, never changed: a reader may keep what it was given.

    Listeners are called within the write and must neither write nor wait.
    """

    def __init__(self, *, history: int = _HISTORY, revision: int = 0) -> None:
        self.revision = revision
        self._objects: dict[str, dict[Key, Obj]] = defaultdict(dict)
        self._changes: dict[str, deque[Change]] = defaultdict(lambda: deque(maxlen=history))
        self._floor: dict[str, int] = {}
        self._start = revision
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        return self._objects[resource].get((namespace, name))

    def objects(self, resource: str, namespace: str | None = None) -> list[Obj]:
        """Sorted by key; `namespace=None` is all of them."""
        found = self._objects[resource]
        return [found[key] for key in sorted(found) if namespace is None or key[0] == namespace]

    def count(self, resource: str) -> int:
        return len(self._objects[resource])

    def put(self, resource: str, obj: Obj) -> Obj:
        """Create or replace; returns the stored object, with its new resourceVersion."""
        key = namespace_of(obj), name_of(obj)
        previous = self._objects[resource].get(key)
        stored = self._stamped(obj)
        self._objects[resource][key] = stored
        self._publish(resource, ADDED if previous is None else MODIFIED, stored, previous)
        return stored

    def remove(self, resource: str, namespace: str, name: str) -> Obj | None:
        previous = self._objects[resource].pop((namespace, name), None)
        if previous is None:
            return None
        gone = self._stamped(previous)
        self._publish(resource, DELETED, gone, previous)
        return gone

    def _stamped(self, obj: Obj) -> Obj:
        self.revision += 1
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.revision)}}

    def _publish(self, resource: str, kind: str, obj: Obj, previous: Obj | None) -> None:
        change = Change(self.revision, resource, kind, obj, previous)
        kept = self._changes[resource]
        if len(kept) == kept.maxlen:
            self._floor[resource] = kept[0].revision
        kept.append(change)
        for listener in tuple(self._listeners[resource]):
            listener(change)

    def forget_history(self) -> None:
        """What a compaction does: a watch can only begin at the present revision."""
        self._start = self.revision
        self._changes.clear()
        self._floor.clear()

    def since(self, resource: str, revision: int) -> list[Change]:
        """Changes after `revision`. Raises RevisionTooOld."""
        if revision < self.oldest(resource):
            raise RevisionTooOld
        return [change for change in self._changes[resource] if change.revision > revision]

    def oldest(self, resource: str) -> int:
        """The earliest revision whose following changes are all still known."""
        return max(self._floor.get(resource, 0), self._start)

    def at(self, resource: str, revision: int) -> list[Obj]:
        """The list as it was at `revision`. Raises RevisionTooOld."""
        objects = dict(self._objects[resource])
        for change in reversed(self.since(resource, revision)):
            if change.previous is None:
                objects.pop(change.key, None)
            else:
                objects[change.key] = change.previous
        return [objects[key] for key in sorted(objects)]

    def listen(self, resource: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` at each change; the answer ends it."""
        self._listeners[resource].append(listener)
        return lambda: self._listeners[resource].remove(listener)
