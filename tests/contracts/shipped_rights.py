"""The shipped RBAC manifests: where each is created, and what each role grants, read from the files themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

RBAC = Path(__file__).parents[2] / "infrastructure" / "kubernetes" / "rbac"
APPLIED = ("accounts", "reader", "writer")
"""The manifests that the how-to applies; `secret-keys` is for those who ask for it."""
NAMESPACE = "sre-agent"
READER, WRITER = "mcp-k8s-reader", "mcp-k8s-writer"
_GROUP = "/apis/rbac.authorization.k8s.io/v1"
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts",
    "ClusterRole": f"{_GROUP}/clusterroles",
    "ClusterRoleBinding": f"{_GROUP}/clusterrolebindings",
}
"""Kind → the path its objects are created at."""


class Right(NamedTuple):
    """One verb on one resource, subresources written as `pods/log`."""

    verb: str
    group: str
    resource: str


def manifests(*names: str) -> list[dict[str, Any]]:
    """Every object of these files, in their order."""
    return [body for name in names for body in yaml.safe_load_all((RBAC / f"{name}.yaml").read_text())]


def rules(name: str) -> list[dict[str, Any]]:
    """Every rule of every role in one file."""
    return [rule for body in manifests(name) if body["kind"] == "ClusterRole" for rule in body["rules"]]


def granted(name: str) -> set[Right]:
    """What one file grants, one entry for each verb on each resource."""
    return {
        Right(verb, group, resource)
        for rule in rules(name)
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
