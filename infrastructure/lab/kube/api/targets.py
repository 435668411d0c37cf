"""What a URL path names."""

from __future__ import annotations

from dataclasses import dataclass

from infrastructure.lab.kube.auth.rbac import Attributes
from infrastructure.lab.kube.objects.failures import page_not_found
from infrastructure.lab.kube.schema.kinds import BY_PATH, REVIEWS, Kind

_NAMESPACE_PARTS = ("status", "finalize")


@dataclass(frozen=True)
class Target:
    """A resource, one of its objects, or a subresource of that; `review` is a question instead."""

    api_version: str
    plural: str
    kind: Kind | None
    review: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def attributes(self, verb: str) -> Attributes:
        group = self.api_version.partition("/")[0] if "/" in self.api_version else ""
        return Attributes(
            verb=verb,
            group=group,
            resource=self.plural,
            subresource=self.subresource,
            namespace=self.namespace,
            name=self.name,
        )

    def verb(self, method: str, *, watch: bool) -> str:
        """The RBAC verb of an HTTP method here."""
        if method in ("GET", "HEAD"):
            return "get" if self.name else "watch" if watch else "list"
        if method == "DELETE":
            return "delete" if self.name else "deletecollection"
        return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())


def parse(path: str) -> Target | None:
    """None for a path that is no resource (discovery, health). Raises ApiError (404)."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        return _resource(parts[1], parts[2:])
    if len(parts) >= 4 and parts[0] == "apis":
        return _resource(f"{parts[1]}/{parts[2]}", parts[3:])
    return None


def _resource(api_version: str, parts: list[str]) -> Target:
    namespace = ""
    if parts[0] == "namespaces" and len(parts) >= 3 and parts[2] not in _NAMESPACE_PARTS:
        namespace, parts = parts[1], parts[2:]
    plural, name, subresource = (*parts, "", "", "")[:3]
    kind = BY_PATH.get((api_version, plural))
    review = REVIEWS.get((api_version, plural), "")
    if len(parts) > 3 or (kind is None and not review):
        raise page_not_found()
    if kind is not None and (subresource and subresource not in kind.subresources):
        raise page_not_found()
    if kind is not None and namespace and not kind.namespaced:
        raise page_not_found()
    if plural == "namespaces" and name:
        namespace = name
    return Target(api_version, plural, kind, review, namespace, name, subresource)
