"""Every namespace gets its default ServiceAccount and the cluster's root certificate; token Secrets get theirs."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from infrastructure.lab.kube.auth.tokens import Tokens
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects.tree import annotations_of, being_deleted, clone, uid_of
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key

_ROOT = "kube-root-ca.crt"
_FILLED_TYPE = "kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"
_ACCOUNT_UID = "kubernetes.io/service-account.uid"


class NamespaceEquipmentController:
    def __init__(self, plane: Plane, root_certificate: bytes) -> None:
        self._plane = plane
        self._certificate = root_certificate.decode()

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"namespaces": own_key, "serviceaccounts": _home, "configmaps": _home}

    def reconcile(self, key: Key) -> float | None:
        namespace = self._plane.store.get("namespaces", "", key[1])
        if namespace is None or being_deleted(namespace):
            return None
        name = key[1]
        if self._plane.store.get("serviceaccounts", name, "default") is None:
            meta = {"name": "default", "namespace": name}
            self._plane.registry.create(BY_RESOURCE["serviceaccounts"], {"metadata": meta})
        if self._plane.store.get("configmaps", name, _ROOT) is None:
            body = {"metadata": {"name": _ROOT, "namespace": name}, "data": {"ca.crt": self._certificate}}
            self._plane.registry.create(BY_RESOURCE["configmaps"], body)
        return None


def _home(change: Change) -> list[Key]:
    return [("", change.key[0])] if change.type == "DELETED" else []


class TokenController:
    """Fills Secrets of type service-account-token."""

    def __init__(self, plane: Plane, tokens: Tokens, root_certificate: bytes) -> None:
        self._plane = plane
        self._tokens = tokens
        self._certificate = base64.b64encode(root_certificate).decode()

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"secrets": own_key}

    def reconcile(self, key: Key) -> float | None:
        secret = self._plane.store.get("secrets", *key)
        if secret is None or secret.get("type") != _FILLED_TYPE or (secret.get("data") or {}).get("token"):
            return None
        account = self._plane.store.get("serviceaccounts", key[0], annotations_of(secret).get(_ACCOUNT, ""))
        if account is None:
            return None
        draft = clone(secret)
        draft["metadata"]["annotations"][_ACCOUNT_UID] = uid_of(account)
        draft["data"] = {
            "ca.crt": self._certificate,
            "namespace": base64.b64encode(key[0].encode()).decode(),
            "token": base64.b64encode(self._tokens.issue(account).encode()).decode(),
        }
        self._plane.registry.update(BY_RESOURCE["secrets"], draft)
        return None
