"""Reads `people.yaml` and says which Kubernetes objects make it so. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

PEOPLE_FILE = Path(__file__).with_name("people.yaml")
_RBAC = "rbac.authorization.k8s.io"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Right(_Model):
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


class RoleSpec(_Model):
    rules: tuple[Right, ...]
    cluster: bool = False
    """Holds everywhere, not in the shop's namespace alone."""


class Account(_Model):
    namespace: str
    name: str
    roles: tuple[str, ...]


class People(_Model):
    """Who there is, and what they may do."""

    namespaces: tuple[str, ...]
    accounts: tuple[Account, ...]
    roles: Mapping[str, RoleSpec]

    @classmethod
    def read(cls, path: Path = PEOPLE_FILE) -> People:
        return cls.model_validate(yaml.safe_load(path.read_text()))

    def namespace_of(self, login: str) -> str:
        """Raises KeyError for somebody unknown."""
        return {account.name: account.namespace for account in self.accounts}[login]


Manifest = tuple[str, str, dict[str, Any]]
"""kind, namespace (empty for cluster-wide ones), object"""


def manifests(people: People, shop_namespace: str) -> Iterator[Manifest]:
    """In the order in which they can be created."""
    for namespace in people.namespaces:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        yield "Namespace", "", body
    for account in people.accounts:
        yield "ServiceAccount", account.namespace, _object(
            "v1", "ServiceAccount", account.name, account.namespace
        )
    for name, role in people.roles.items():
        kind, place = ("ClusterRole", "") if role.cluster else ("Role", shop_namespace)
        rules = [_rule(right) for right in role.rules]
        yield kind, place, {**_object(f"{_RBAC}/v1", kind, name, place), "rules": rules}
        yield _binding(people, name, role, place)


def _object(version: str, kind: str, name: str, namespace: str) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **place}}


def _rule(right: Right) -> dict[str, Any]:
    return {"apiGroups": list(right.groups), "resources": list(right.resources), "verbs": list(right.verbs)}


def _binding(people: People, name: str, role: RoleSpec, place: str) -> Manifest:
    kind = "ClusterRoleBinding" if role.cluster else "RoleBinding"
    subjects = [
        {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
        for account in people.accounts
        if name in account.roles
    ]
    reference = {"apiGroup": _RBAC, "kind": "ClusterRole" if role.cluster else "Role", "name": name}
    body = {**_object(f"{_RBAC}/v1", kind, name, place), "subjects": subjects, "roleRef": reference}
    return kind, place, body
