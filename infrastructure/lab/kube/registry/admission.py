"""The admission plug-ins that are on by default: what they add to a new object, and what they forbid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from infrastructure.lab.kube.objects.failures import ApiError, forbidden, not_found
from infrastructure.lab.kube.objects.naming import random_suffix
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of, namespace_of
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.limits import apply_limit_ranges
from infrastructure.lab.kube.schema.kinds import Kind
from infrastructure.lab.kube.store.store import Store

ACCOUNT_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_PROTECTED = ("default", "kube-system", "kube-public")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class Admission:
    def __init__(self, store: Store, pace: Pace, random: Random) -> None:
        self._store = store
        self._pace = pace
        self._random = random
        self._mutating: Mapping[str, Callable[[Obj], None]] = {
            "pods": self._pod,
            "persistentvolumeclaims": self._claim,
        }

    def on_create(self, kind: Kind, obj: Obj) -> None:
        """Complete `obj` in place. Raises ApiError."""
        if kind.namespaced:
            self._namespace_lives(kind, obj)
        plugin = self._mutating.get(kind.resource)
        if plugin is not None:
            plugin(obj)

    def on_delete(self, kind: Kind, name: str) -> None:
        if kind.resource == "namespaces" and name in _PROTECTED:
            raise forbidden("", "namespaces", name, "this namespace may not be deleted")

    def _namespace_lives(self, kind: Kind, obj: Obj) -> None:
        name = namespace_of(obj)
        namespace = self._store.get("namespaces", "", name)
        if namespace is None:
            raise not_found("", "namespaces", name)
        if being_deleted(namespace) and kind.resource != "events":
            raise _terminating(kind, obj, name)

    def _pod(self, pod: Obj) -> None:
        spec = pod["spec"]
        self._service_account(pod)
        apply_limit_ranges(self._store.objects("limitranges", namespace_of(pod)), pod)
        for key in _TOLERATED:
            if not any(_covers(one, key) for one in spec.get("tolerations", ())):
                spec.setdefault("tolerations", []).append(self._toleration(key))
        self._priority(spec)

    def _toleration(self, key: str) -> Obj:
        seconds = self._pace.default_toleration_seconds
        return {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}

    def _priority(self, spec: Obj) -> None:
        name = spec.get("priorityClassName")
        found = self._store.get("priorityclasses.scheduling.k8s.io", "", name) if name else None
        spec["priority"] = found["value"] if found else spec.get("priority", 0)
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")

    def _service_account(self, pod: Obj) -> None:
        spec = pod["spec"]
        name = spec.setdefault("serviceAccountName", "default")
        spec["serviceAccount"] = name
        account = self._store.get("serviceaccounts", namespace_of(pod), name)
        if account is None:
            why = f'error looking up service account {namespace_of(pod)}/{name}: serviceaccount "{name}" not found'
            raise forbidden("", "pods", name_of(pod), why)
        wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
        if wanted:
            self._mount_token(spec)

    def _mount_token(self, spec: Obj) -> None:
        bare = [one for one in _all_containers(spec) if not _mounts_token(one)]
        if not bare:
            return
        name = f"kube-api-access-{random_suffix(self._random)}"
        spec.setdefault("volumes", []).append(_token_volume(name))
        for container in bare:
            mount = {"name": name, "readOnly": True, "mountPath": ACCOUNT_MOUNT}
            container.setdefault("volumeMounts", []).append(mount)

    def _claim(self, claim: Obj) -> None:
        if "storageClassName" in claim["spec"]:
            return
        for storage in self._store.objects("storageclasses.storage.k8s.io"):
            if dig(storage, "metadata", "annotations", _DEFAULT_CLASS) == "true":
                claim["spec"]["storageClassName"] = name_of(storage)


def _terminating(kind: Kind, obj: Obj, namespace: str) -> ApiError:
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(kind.group, kind.plural, name_of(obj), why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**(error.details or {}), "causes": [cause]}
    return error


def _covers(toleration: Obj, key: str) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")


def _all_containers(spec: Obj) -> list[Obj]:
    return [*spec.get("initContainers", ()), *spec.get("containers", ())]


def _mounts_token(container: Obj) -> bool:
    return any(mount.get("mountPath") == ACCOUNT_MOUNT for mount in container.get("volumeMounts", ()))


def _token_volume(name: str) -> Obj:
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "name": name,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
            ],
            "defaultMode": 420,
        },
    }
