"""Creates, replaces and deletes objects the way the API server does; the only writer of the store."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from infrastructure.lab.kube.objects import failures, moments
from infrastructure.lab.kube.objects.naming import generated_name, new_uid
from infrastructure.lab.kube.objects.tree import Obj, clone, name_of, namespace_of, uid_of
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry import apply as server_side
from infrastructure.lab.kube.registry import deletion, managed_fields, quota, strategies
from infrastructure.lab.kube.registry.addresses import Addresses
from infrastructure.lab.kube.registry.admission import Admission
from infrastructure.lab.kube.registry.fieldsets import FieldSet
from infrastructure.lab.kube.registry.managed_fields import Hand
from infrastructure.lab.kube.registry.options import ORDINARY, TRUSTED, DeleteOptions, WriteOptions
from infrastructure.lab.kube.schema import defaults, rules
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE, Kind
from infrastructure.lab.kube.store.store import Store

Edit = Callable[[Obj], None]


class Registry:
    """Every call is synchronous and whole: nothing else happens between its reading and its writing."""

    def __init__(self, store: Store, *, clock: moments.Clock, pace: Pace, random: Random) -> None:
        self.store = store
        self.clock = clock
        self._random = random
        self._addresses = Addresses(store, random)
        self._admission = Admission(store, pace, random)

    def get(self, kind: Kind, namespace: str, name: str) -> Obj:
        found = self.store.get(kind.storage, namespace if kind.namespaced else "", name)
        if found is None:
            raise failures.not_found(kind.group, kind.plural, name)
        return found

    def create(
        self, kind: Kind, body: Obj, options: WriteOptions = TRUSTED, *, applied: FieldSet | None = None
    ) -> Obj:
        """Raises ApiError. A dry run goes all the way but the last step.

        `applied` are the fields of a server-side apply, which its manager then owns.
        """
        obj = self._complete(kind, body)
        problems = rules.of_create(kind, obj)
        if problems:
            raise failures.invalid(kind.group, kind.kind, name_of(obj), problems)
        if kind.resource == "services":
            self._addresses.assign(obj)
        if self.store.get(kind.storage, namespace_of(obj), name_of(obj)) is not None:
            raise failures.already_exists(kind.group, kind.plural, name_of(obj))
        if kind.namespaced:
            quota.check(self.store, kind, obj)
        self._note_owner(kind, obj, {}, options, applied)
        return obj if options.dry_run else self.store.put(kind.storage, obj)

    def _complete(self, kind: Kind, body: Obj) -> Obj:
        obj = {"apiVersion": kind.api_version, "kind": kind.kind, **clone(body)}
        meta = obj.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = generated_name(meta["generateName"], self._random)
        meta["uid"] = new_uid()
        meta["creationTimestamp"] = moments.stamp(self.clock())
        strategies.prepare_create(kind, obj)
        defaults.fill(kind.resource, obj)
        self._admission.on_create(kind, obj)
        return obj

    def update(
        self, kind: Kind, body: Obj, options: WriteOptions = TRUSTED, *, applied: FieldSet | None = None
    ) -> Obj:
        """Replace all but status. Raises ApiError: 404, 409 on a stale resourceVersion, 422."""
        old = self.get(kind, namespace_of(body), name_of(body))
        obj = clone(body)
        self._check_preconditions(kind, obj, old)
        strategies.prepare_update(kind, obj, old)
        defaults.fill(kind.resource, obj)
        strategies.count_generation(kind, obj, old)
        if kind.resource == "services":
            self._addresses.assign(obj)
        problems = rules.of_update(kind, obj, old)
        if problems:
            raise failures.invalid(kind.group, kind.kind, name_of(obj), problems)
        self._note_owner(kind, obj, old, options, applied)
        return self._commit(kind, obj, old, dry_run=options.dry_run)

    def _note_owner(
        self, kind: Kind, obj: Obj, old: Obj, options: WriteOptions, applied: FieldSet | None
    ) -> None:
        hand = Hand(options.manager, self.clock())
        if applied is None:
            managed_fields.note_update(kind, obj, old, hand)
        else:
            server_side.note(kind, obj, old, hand, applied)

    def update_status(self, kind: Kind, body: Obj, options: WriteOptions = TRUSTED) -> Obj:
        """Replace status alone; everything else in `body` is not looked at."""
        old = self.get(kind, namespace_of(body), name_of(body))
        self._check_preconditions(kind, body, old)
        obj = {**old, "metadata": dict(old["metadata"])}
        obj.pop("status", None)
        if "status" in body:
            obj["status"] = clone(body["status"])
        if options.manager:
            managed_fields.note_update(kind, obj, old, Hand(options.manager, self.clock(), "status"))
        return self._commit(kind, obj, old, dry_run=options.dry_run)

    def set_status(self, resource: str, obj: Obj, status: Obj) -> Obj:
        """A controller's own write of a status it made; nothing happens when it says nothing new."""
        current = self.store.get(resource, namespace_of(obj), name_of(obj))
        if current is None or uid_of(current) != uid_of(obj):
            return obj
        if current.get("status") == status:
            return current
        return self.store.put(resource, {**current, "status": status})

    def edit(self, resource: str, obj: Obj, change: Edit) -> Obj:
        """Let `change` alter a copy of the object as it is now, and store it through `update`.

        Raises ApiError; 404 when it is gone or another object has taken its name.
        """
        kind = BY_RESOURCE[resource]
        current = self.get(kind, namespace_of(obj), name_of(obj))
        if uid_of(current) != uid_of(obj):
            raise failures.not_found(kind.group, kind.plural, name_of(obj))
        draft = clone(current)
        change(draft)
        return self.update(kind, draft)

    def delete(self, kind: Kind, namespace: str, name: str, options: DeleteOptions = ORDINARY) -> Obj:
        """The object as it is being deleted, or a Status once it is gone. Raises ApiError."""
        obj = self.get(kind, namespace, name)
        self._admission.on_delete(kind, name)
        deletion.check_preconditions(kind, obj, options)
        plan = deletion.plan(kind, obj, options, self.clock())
        if plan.marked is not None and not options.dry_run:
            self.store.put(kind.storage, plan.marked)
        if plan.remove and not options.dry_run:
            self.store.remove(kind.storage, namespace_of(obj), name)
        return plan.answer

    def _check_preconditions(self, kind: Kind, body: Obj, old: Obj) -> None:
        version = body["metadata"].get("resourceVersion", "")
        if version not in ("", "0") and version != old["metadata"]["resourceVersion"]:
            raise failures.conflict(kind.group, kind.plural, name_of(old), failures.STALE)
        uid = body["metadata"].get("uid", "")
        if uid and uid != uid_of(old):
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {uid_of(old)}"
            raise failures.conflict(kind.group, kind.plural, name_of(old), why)

    def _commit(self, kind: Kind, obj: Obj, old: Obj, *, dry_run: bool) -> Obj:
        obj["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        if managed_fields.same_apart_from_times(obj, old):
            return old
        if dry_run:
            return obj
        stored = self.store.put(kind.storage, obj)
        if deletion.is_complete(kind, stored):
            self.store.remove(kind.storage, namespace_of(stored), name_of(stored))
        return stored
