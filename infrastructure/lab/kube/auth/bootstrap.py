"""The roles and bindings every cluster is born with."""

from __future__ import annotations

from infrastructure.lab.kube.objects.tree import Obj

_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_WORKLOADS = [
    "deployments",
    "deployments/scale",
    "replicasets",
    "replicasets/scale",
    "statefulsets",
    "statefulsets/scale",
    "daemonsets",
]
_CORE_EDIT = ["pods", "services", "endpoints", "configmaps", "persistentvolumeclaims", "serviceaccounts"]
_CORE_VIEW = [*_CORE_EDIT, "events", "limitranges", "namespaces", "resourcequotas", "pods/log", "pods/status"]
_GROUPED: list[tuple[str, list[str]]] = [
    ("apps", [*_WORKLOADS, "controllerrevisions"]),
    ("batch", ["jobs", "cronjobs"]),
    ("autoscaling", ["horizontalpodautoscalers"]),
    ("policy", ["poddisruptionbudgets"]),
    ("networking.k8s.io", ["ingresses", "networkpolicies"]),
    ("discovery.k8s.io", ["endpointslices"]),
]


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Obj:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


def _view() -> list[Obj]:
    return [_rule([""], _CORE_VIEW, _READ), *(_rule([group], names, _READ) for group, names in _GROUPED)]


def _edit() -> list[Obj]:
    return [
        *_view(),
        _rule([""], ["secrets"], _READ),
        _rule([""], [*_CORE_EDIT, "secrets", "events", "pods/eviction"], _WRITE),
        *(_rule([group], names, _WRITE) for group, names in _GROUPED if group != "discovery.k8s.io"),
    ]


def _admin() -> list[Obj]:
    return [*_edit(), _rule([_RBAC], ["roles", "rolebindings"], [*_READ, *_WRITE])]


def _paths(*paths: str) -> list[Obj]:
    return [{"nonResourceURLs": list(paths), "verbs": ["get"]}]


def _reviews() -> list[Obj]:
    return [
        _rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
        _rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
    ]


def cluster_roles() -> list[Obj]:
    everything = [_rule(["*"], ["*"], ["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}]
    return [
        _role("cluster-admin", everything),
        _role("admin", _admin()),
        _role("edit", _edit()),
        _role("view", _view()),
        _role(
            "system:discovery",
            _paths(
                "/api",
                "/api/*",
                "/apis",
                "/apis/*",
                "/openapi",
                "/openapi/*",
                "/version",
                "/version/",
                "/healthz",
                "/livez",
                "/readyz",
            ),
        ),
        _role("system:basic-user", _reviews()),
        _role("system:public-info-viewer", _paths("/version", "/version/", "/healthz", "/livez", "/readyz")),
    ]


def cluster_bindings() -> list[Obj]:
    return [
        _binding("cluster-admin", "cluster-admin", ["system:masters"]),
        _binding("system:discovery", "system:discovery", ["system:authenticated"]),
        _binding("system:basic-user", "system:basic-user", ["system:authenticated"]),
        _binding(
            "system:public-info-viewer",
            "system:public-info-viewer",
            ["system:authenticated", "system:unauthenticated"],
        ),
    ]


def _labelled(name: str) -> Obj:
    return {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}


def _role(name: str, rules: list[Obj]) -> Obj:
    return {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": _labelled(name), "rules": rules}


def _binding(name: str, role: str, groups: list[str]) -> Obj:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": _labelled(name),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group} for group in groups],
    }
