"""A Kubernetes API in memory, as far as the deployer needs one: discovery, get, create, patch, ready at once."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Object = dict[str, Any]
RESOURCES = {
    "/api/v1": [("configmaps", "ConfigMap", True), ("namespaces", "Namespace", False)],
    "/apis/apps/v1": [("deployments", "Deployment", True)],
    "/apis/shop.example/v1": [("banners", "Banner", True)],
}
MERGE_KEYS = ("name", "containerPort", "port")


@dataclass
class FakeKubernetes:
    token: str = "deployer-token"
    objects: dict[str, Object] = field(default_factory=dict)
    writes: list[tuple[str, str, Object]] = field(default_factory=list)
    """(method, path, body)."""
    down_for: int = 0
    """How many requests still get 503."""
    stuck: bool = False
    """New Deployments never become available."""
    exceeded: bool = False
    """… and the server says their progress deadline is over."""
    url: str = ""

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.route("*", "/{path:.*}", self.serve)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def deployment(self, name: str) -> Object:
        return self.objects[f"/apis/apps/v1/namespaces/shop/deployments/{name}"]

    async def serve(self, request: web.Request) -> web.Response:
        if self.down_for > 0:
            self.down_for -= 1
            return web.Response(status=503, text="apiserver is starting")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _status(403, "User cannot do this")
        if request.path in RESOURCES:
            return web.json_response({"resources": [_resource(*item) for item in RESOURCES[request.path]]})
        answers = {"GET": self.get, "POST": self.post, "PATCH": self.patch}
        return await answers[request.method](request)

    async def get(self, request: web.Request) -> web.Response:
        if request.path not in self.objects:
            return _status(404, f"{request.path} not found")
        self._control(self.objects[request.path])
        return web.json_response(self.objects[request.path])

    async def post(self, request: web.Request) -> web.Response:
        body = await request.json()
        path = f"{request.path}/{body['metadata']['name']}"
        self.writes.append(("POST", path, body))
        self.objects[path] = {**body, "metadata": {**body["metadata"], "generation": 1}}
        return web.json_response(self.objects[path], status=201)

    async def patch(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        self.writes.append((request.headers["Content-Type"], request.path, body))
        old = self.objects[request.path]
        new = merged(old, body, strategic="strategic" in request.headers["Content-Type"])
        if new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] = old["metadata"]["generation"] + 1
        self.objects[request.path] = new
        return web.json_response(new)

    def _control(self, item: Object) -> None:
        if item["kind"] != "Deployment":
            return
        replicas = item["spec"].get("replicas", 1)
        item["status"] = {
            "observedGeneration": item["metadata"]["generation"],
            "replicas": replicas,
            "updatedReplicas": replicas,
            "availableReplicas": 0 if self.stuck else replicas,
            "conditions": (
                [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}] if self.exceeded else []
            ),
        }


def merged(old: Any, patch: Any, *, strategic: bool) -> Any:
    """JSON merge patch, with lists of named things merged when it is a strategic one."""
    if strategic and isinstance(patch, list) and isinstance(old, list):
        return _merged_lists(old, patch)
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return copy.deepcopy(patch)
    new = dict(old)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        else:
            new[name] = merged(old.get(name), value, strategic=strategic)
    return new


def _merged_lists(old: list[Any], patch: list[Any]) -> list[Any]:
    key = next(
        (key for key in MERGE_KEYS if all(isinstance(i, dict) and key in i for i in [*old, *patch])), None
    )
    if key is None:
        return patch
    items = {item[key]: item for item in old}
    for change in patch:
        if change.get("$patch") == "delete":
            items.pop(change[key], None)
        else:
            items[change[key]] = merged(items.get(change[key], {}), change, strategic=True)
    return list(items.values())


def _resource(plural: str, kind: str, namespaced: bool) -> Object:
    return {"name": plural, "kind": kind, "namespaced": namespaced, "verbs": ["get", "create", "patch"]}


def _status(code: int, message: str) -> web.Response:
    return web.json_response(
        {"kind": "Status", "status": "Failure", "message": message, "code": code}, status=code
    )
