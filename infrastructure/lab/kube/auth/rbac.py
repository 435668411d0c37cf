"""RBAC: whether a user may, from the Role, ClusterRole and binding objects there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infrastructure.lab.kube.auth.people import MASTERS, SERVICE_ACCOUNT, User
from infrastructure.lab.kube.objects import selectors
from infrastructure.lab.kube.objects.tree import Obj, labels_of, namespace_of
from infrastructure.lab.kube.store.store import Store

_GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{_GROUP}", f"clusterroles.{_GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{_GROUP}", f"clusterrolebindings.{_GROUP}"


@dataclass(frozen=True)
class Attributes:
    """What is asked for: a verb on a resource, or on a path that is none."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def impersonation(name: str, groups: tuple[str, ...]) -> list[Attributes]:
    """The rights one needs to speak for another."""
    asked = [Attributes("impersonate", resource="groups", name=group) for group in groups]
    if name.startswith(SERVICE_ACCOUNT) and name.count(":") == 3:
        namespace, account = name.removeprefix(SERVICE_ACCOUNT).split(":")
        return [
            Attributes("impersonate", resource="serviceaccounts", namespace=namespace, name=account),
            *asked,
        ]
    return [Attributes("impersonate", resource="users", name=name), *asked]


class Rbac:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._rules: dict[tuple[User, str], list[Obj]] = {}
        for resource in (ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS):
            store.listen(resource, lambda _: self._rules.clear())

    def allows(self, user: User, asked: Attributes) -> bool:
        if MASTERS in user.groups:
            return True
        return any(_covers(rule, asked) for rule in self.rules(user, asked.namespace))

    def rules(self, user: User, namespace: str) -> list[Obj]:
        """Every rule that holds for `user`: cluster-wide ones, and those of `namespace`."""
        key = user, namespace
        if key not in self._rules:
            self._rules[key] = list(self._collect(user, namespace))
        return self._rules[key]

    def _collect(self, user: User, namespace: str) -> Iterator[Obj]:
        for binding in self._store.objects(CLUSTER_BINDINGS):
            if _binds(binding, user, ""):
                yield from self._role_rules(binding, "")
        for binding in self._store.objects(BINDINGS, namespace) if namespace else ():
            if _binds(binding, user, namespace):
                yield from self._role_rules(binding, namespace)

    def _role_rules(self, binding: Obj, namespace: str) -> list[Obj]:
        reference = binding["roleRef"]
        if reference["kind"] == "Role":
            role = self._store.get(ROLES, namespace, reference["name"])
        else:
            role = self._store.get(CLUSTER_ROLES, "", reference["name"])
        return [] if role is None else self._rules_of(role)

    def _rules_of(self, role: Obj) -> list[Obj]:
        """A ClusterRole with an aggregation rule is the sum of those it selects."""
        chosen = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
        if not chosen:
            return role.get("rules") or []
        return [
            rule
            for other in self._store.objects(CLUSTER_ROLES)
            if any(selectors.selects(one, labels_of(other)) for one in chosen)
            for rule in other.get("rules") or ()
        ]


def _binds(binding: Obj, user: User, namespace: str) -> bool:
    return any(
        _is_subject(one, user, namespace_of(binding) or namespace) for one in binding.get("subjects") or ()
    )


def _is_subject(subject: Obj, user: User, namespace: str) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    if subject["kind"] == "User":
        return bool(subject["name"] == user.name)
    home = subject.get("namespace") or namespace
    return user.name == f"system:serviceaccount:{home}:{subject['name']}"


def _covers(rule: Obj, asked: Attributes) -> bool:
    if not _among(rule.get("verbs"), asked.verb):
        return False
    if asked.path:
        return any(_path_fits(one, asked.path) for one in rule.get("nonResourceURLs") or ())
    return (
        _among(rule.get("apiGroups"), asked.group)
        and _resource_fits(rule.get("resources") or [], asked)
        and (not rule.get("resourceNames") or asked.name in rule["resourceNames"])
    )


def _among(allowed: list[str] | None, value: str) -> bool:
    return allowed is not None and (value in allowed or "*" in allowed)


def _resource_fits(allowed: list[str], asked: Attributes) -> bool:
    wanted = {"*", asked.full_resource}
    if asked.subresource:
        wanted.add(f"*/{asked.subresource}")
    return any(one in wanted for one in allowed)


def _path_fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == path
