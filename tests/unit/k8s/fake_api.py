"""An API server in a dictionary: enough of it to try how changes are sent, and to see every request."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jsonpatch

from mcp_servers.k8s.access import Cluster, Look, Rehearsal, Reply, Request, Writing
from mcp_servers.k8s.refusals import Refused

Json = dict[str, Any]


class FakeApi:
    """Implements the `Api` seam. `objects` maps a path to the object there."""

    user = "tester"

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.requests: list[Request] = []
        self.texts: dict[str, str] = {}
        self.warnings: list[str] = []
        self.before_patch: Callable[[], None] = lambda: None
        self.failures: dict[str, list[Exception]] = {}
        self._version = 100

    def add(self, path: str, item: Json) -> Json:
        self._version += 1
        name = path.rpartition("/")[2]
        metadata = {
            "name": name,
            "uid": f"uid-{name}",
            "generation": 1,
            "resourceVersion": str(self._version),
        }
        parts = path.split("/")
        if "namespaces" in parts:
            metadata["namespace"] = parts[parts.index("namespaces") + 1]
        item = {**item, "metadata": {**metadata, **item.get("metadata", {})}}
        self.objects[path] = item
        return item

    @property
    def changes(self) -> list[Request]:
        """Requests that are no reads and no rehearsals."""
        return [
            each for each in self.requests if each.method != "GET" and ("dryRun", "All") not in each.query
        ]

    async def text(self, request: Request) -> str:
        self.requests.append(request)
        return self.texts[request.path]

    async def send(self, request: Request) -> Reply:
        self.requests.append(copy.deepcopy(request))
        if self.failures.get(request.method):
            raise self.failures[request.method].pop(0)
        answer = getattr(self, f"_{request.method.lower()}")
        return Reply(copy.deepcopy(answer(request)), list(self.warnings))

    def _get(self, request: Request) -> Json:
        if request.path in self.objects:
            return self.objects[request.path]
        if request.path.rpartition("/")[2] in _PLURALS:
            return {"items": [self.objects[path] for path in self.objects if _is_in(request.path, path)]}
        raise Refused(404, {"message": f"{request.path} not found"})

    def _patch(self, request: Request) -> Json:
        self.before_patch()
        item = self.objects[request.path]
        try:
            changed: Json = jsonpatch.apply_patch(item, request.body)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as problem:
            raise Refused(422, {"message": f"the server rejected our request: {problem}"}) from problem
        return self._kept(request, request.path, changed)

    def _post(self, request: Request) -> Json:
        if request.path.endswith("/eviction"):
            return self._remove(
                request, request.path.removesuffix("/eviction"), request.body["deleteOptions"]
            )
        path = f"{request.path}/{request.body['metadata']['name']}"
        if path in self.objects:
            raise Refused(409, {"message": f"{path} already exists"})
        return self._kept(request, path, request.body)

    def _delete(self, request: Request) -> Json:
        return self._remove(request, request.path, request.body)

    def _remove(self, request: Request, path: str, options: Json) -> Json:
        uid = options.get("preconditions", {}).get("uid")
        item = self.objects[path]
        if uid and uid != item["metadata"]["uid"]:
            raise Refused(409, {"message": "Precondition failed: UID in precondition"})
        if ("dryRun", "All") not in request.query:
            del self.objects[path]
        return item

    def _kept(self, request: Request, path: str, item: Json) -> Json:
        self._version += 1
        metadata = item["metadata"]
        generation = metadata.get("generation", 0) + 1
        changed = {
            **item,
            "metadata": {**metadata, "resourceVersion": str(self._version), "generation": generation},
        }
        if ("dryRun", "All") not in request.query:
            self.objects[path] = changed
        return changed


def _is_in(collection: str, path: str) -> bool:
    """Whether a list of this collection, of one namespace or of all, holds the object at this path."""
    root, plural = collection.rsplit("/", 1)
    return path.startswith(root) and path.rsplit("/", 2)[1] == plural


_PLURALS = (
    *("pods", "services", "configmaps", "nodes", "events", "deployments", "replicasets", "statefulsets"),
    *("controllerrevisions", "jobs", "cronjobs", "horizontalpodautoscalers", "poddisruptionbudgets"),
)


class FakeClusters:
    """One cluster behind a `FakeApi`."""

    def __init__(self, api: FakeApi) -> None:
        self._cluster = Cluster("fake", Look(api), Rehearsal(api), Writing(api), api.user)

    async def cluster(self, name: str) -> Cluster:
        return self._cluster

    def names(self) -> list[str]:
        return ["fake"]


def deployment(**spec: Any) -> Json:
    """A Deployment `cart` as the API holds one."""
    container = {
        "name": "cart",
        "image": "shop/cart:1",
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "value": "hunter2"}],
        "resources": {"limits": {"memory": "128Mi"}},
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": 9091, "scheme": "HTTP"},
            "periodSeconds": 10,
        },
    }
    sidecar = {"name": "proxy", "image": "shop/proxy:1", "livenessProbe": {"exec": {"command": ["true"]}}}
    template = {"metadata": {"labels": {"app": "cart"}}, "spec": {"containers": [container, sidecar]}}
    body = {"replicas": 3, "selector": {"matchLabels": {"app": "cart"}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"labels": {"app": "cart"}, "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {**body, **spec},
        "status": {},
    }


def pod(name: str, **more: Any) -> Json:
    ready = {"type": "Ready", "status": "True"}
    owner = {"kind": "ReplicaSet", "name": "cart-1", "uid": "uid-cart-1", "controller": True}
    return {
        "kind": "Pod",
        "metadata": {"labels": {"app": "cart"}, "ownerReferences": [owner]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "cart", "image": "shop/cart:1"}]},
        "status": {"phase": "Running", "conditions": [ready]},
        **more,
    }


def replica_set(revision: int, image: str, **notes: str) -> Json:
    template = deployment()["spec"]["template"]
    containers = [{**template["spec"]["containers"][0], "image": image}, template["spec"]["containers"][1]]
    labels = {"app": "cart", "pod-template-hash": str(revision)}
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "annotations": {"deployment.kubernetes.io/revision": str(revision), **notes},
            "ownerReferences": [
                {"uid": "uid-cart", "kind": "Deployment", "name": "cart", "controller": True}
            ],
            "creationTimestamp": f"2026-01-0{revision}T00:00:00Z",
        },
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
    }


APPS = "/apis/apps/v1/namespaces/shop"
CORE = "/api/v1/namespaces/shop"
CART = f"{APPS}/deployments/cart"


def shop() -> FakeApi:
    """A small namespace: Deployment cart with two revisions and three pods, Service, ConfigMap, CronJob, node."""
    api = FakeApi()
    api.add(CART, deployment())
    api.add(
        f"{APPS}/replicasets/cart-1", replica_set(1, "shop/cart:0", **{"kubernetes.io/change-cause": "one"})
    )
    api.add(f"{APPS}/replicasets/cart-2", replica_set(2, "shop/cart:1"))
    for number in range(3):
        api.add(f"{CORE}/pods/cart-{number}", pod(f"cart-{number}"))
    ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]
    api.add(
        f"{CORE}/services/cart", {"kind": "Service", "spec": {"selector": {"app": "cart"}, "ports": ports}}
    )
    api.add(f"{CORE}/configmaps/cart", {"kind": "ConfigMap", "data": {"mode": "fast", "password": "hunter2"}})
    api.add("/api/v1/nodes/node-1", {"kind": "Node", "spec": {}, "status": {}})
    job = {"metadata": {"labels": {"app": "tidy"}}, "spec": {"template": {"spec": {"containers": []}}}}
    cron = {"kind": "CronJob", "spec": {"jobTemplate": job}}
    api.add("/apis/batch/v1/namespaces/shop/cronjobs/tidy", cron)
    return api
