"""The lab's cluster with a small shop in it, and the Kubernetes tools over its real wire."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from infrastructure.lab.kube.cluster import Cluster as LabCluster
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.toys import ToyRuntime
from mcp_servers.k8s.client import ConfiguredClusters, Places
from mcp_servers.k8s.server import toolset
from mcp_servers.kit.errors import ToolError
from mcp_servers.kit.redaction import redacted
from mcp_servers.kit.toolset import Step, Toolset
from tests.contracts.shipped_rights import APPLIED, NAMESPACE, PATHS, READER, WRITER, manifests

MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: cart, namespace: shop}
data: {mode: fast}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  labels: {app: cart}
  annotations: {kubernetes.io/change-cause: the first}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: cart
          image: registry.lab/shop/cart:1
          command: [sh, -c, "echo password=hunter2 started; httpd -f -p 18080"]
          env:
            - {name: LOG_LEVEL, value: info}
            - {name: PAYMENTS_URL, value: "http://payments:8080/pay"}
            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
          resources: {limits: {memory: 128Mi}}
          readinessProbe: {httpGet: {path: /, port: 18080}, periodSeconds: 1}
          ports: [{containerPort: 18080}]
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 18080}]}
---
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec: {selector: {app: payments}, ports: [{port: 8080}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: tidy, image: registry.lab/shop/tidy:1, command: [sh, -c, "echo done"]}]
"""
PLURALS = {
    "ConfigMap": "/api/v1/namespaces/shop/configmaps",
    "Secret": "/api/v1/namespaces/shop/secrets",
    "Deployment": "/apis/apps/v1/namespaces/shop/deployments",
    "Service": "/api/v1/namespaces/shop/services",
    "CronJob": "/apis/batch/v1/namespaces/shop/cronjobs",
}

WORKLOAD = {"kind": "Deployment", "name": "cart", "namespace": "shop"}
CONTAINER = {**WORKLOAD, "container": "cart"}
IN_SHOP = {"name": "cart", "namespace": "shop"}
PATCHES: dict[str, dict[str, Any]] = {
    "scale": {**WORKLOAD, "replicas": 3},
    "set_image": {**CONTAINER, "image": "registry.lab/shop/cart:2"},
    "set_env": {**CONTAINER, "variable": "LOG_LEVEL", "value": "debug"},
    "set_resources": {**CONTAINER, "requests": {"cpu": "10m"}, "limits": {"memory": "256Mi"}},
    "set_probe": {**CONTAINER, "probe": "readiness", "path": "/healthz", "timeout_seconds": 2},
    "set_selector": {**IN_SHOP, "selector": {"app": "nobody"}},
    "set_service_port": {**IN_SHOP, "port": 80, "target_port": 9999},
    "set_config_key": {**IN_SHOP, "key": "mode", "value": "slow"},
    "set_label": {**WORKLOAD, "label": "tier", "value": "web"},
    "rollout_restart": WORKLOAD,
    "cordon": {"node": "node-1"},
}
"""Patch tool → arguments that change something in the shop."""


class Shop:
    """Calls tools as the agent does: previews first, and gives the ground back."""

    def __init__(self, lab: LabCluster) -> None:
        self.lab = lab
        self.clusters = ConfiguredClusters(Places(lab.admin_kubeconfig))
        self.tools: Toolset = toolset(self.clusters)

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """A read or a preview, as it leaves the server: without secrets."""
        declared = self.tools.tools[tool]
        answer = await declared.run(declared.asks.model_validate(arguments))
        return redacted(answer.model_dump(mode="json"))

    async def write(self, tool: str, step_key: str = "", /, **arguments: Any) -> dict[str, Any]:
        declared = self.tools.tools[tool]
        step = Step(step_key or f"step-{secrets.token_hex(6)}", "inc_1", 1)
        answer = await declared.run(declared.asks.model_validate(arguments), step)
        return redacted(answer.model_dump(mode="json"))

    async def grounded(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        ground = (await self.call(f"preview_{tool}", **arguments))["ground"]
        return {**arguments, "expect": {"uid": ground["uid"], "fields": ground["fields"]}}

    def versions(self) -> dict[str, str]:
        """uid → resourceVersion of everything a tool could change."""
        plurals = ("deployments", "services", "configmaps", "pods", "nodes", "jobs", "cronjobs")
        found = [item["metadata"] for plural in plurals for item in self.lab.objects(plural)]
        return {item["uid"]: item["resourceVersion"] for item in found}

    def one(self, plural: str, name: str) -> dict[str, Any]:
        return next(item for item in self.lab.objects(plural) if item["metadata"]["name"] == name)

    def pods(self) -> list[dict[str, Any]]:
        found = self.lab.objects("pods", "shop")
        return [item for item in found if item["metadata"].get("labels", {}).get("app") == "cart"]

    async def settled(self, replicas: int = 2) -> None:
        """Until the Deployment has rolled out and its old pods are gone."""
        await self.until(lambda: self._is_settled(replicas))

    async def observed(self) -> None:
        """Until the Deployment's controller has seen its last change."""
        await self.until(self._is_observed)

    async def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        moved = asyncio.Event()
        resources = ("pods", "deployments.apps")
        ends = [self.lab.store.listen(resource, lambda _: moved.set()) for resource in resources]
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    moved.clear()
                    await moved.wait()
        finally:
            for end in ends:
                end()

    def _is_observed(self) -> bool:
        item = self.one("deployments", "cart")
        return bool(item.get("status", {}).get("observedGeneration") == item["metadata"]["generation"])

    def _is_settled(self, replicas: int) -> bool:
        item = self.one("deployments", "cart")
        status, ready = item.get("status", {}), [pod for pod in self.pods() if _ready(pod)]
        updated = status.get("updatedReplicas", 0) == status.get("readyReplicas", 0) == replicas
        return self._is_observed() and updated and len(ready) == len(self.pods()) == replicas

    async def close(self) -> None:
        await self.clusters.close()
        await self.lab.stop()


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


async def open_shop(directory: Path) -> Shop:
    lab = await LabCluster.start(directory=directory, runtime=ToyRuntime(), pace=Pace.lab())
    shop = Shop(lab)
    writing = (await shop.clusters.cluster("")).writing
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    await writing.create("/api/v1/namespaces", namespace)
    for manifest in yaml.safe_load_all(MANIFESTS):
        await writing.create(PLURALS[manifest["kind"]], manifest)
    await shop.settled()
    return shop


async def as_shipped(shop: Shop, folder: Path) -> None:
    """From now on the shop is reached as the shipped manifests say: two accounts, two kubeconfigs."""
    admin = (await shop.clusters.cluster("")).writing
    for manifest in manifests(*APPLIED):
        await admin.create(PATHS[manifest["kind"]], manifest)
    reading = shop.lab.kubeconfig_for(NAMESPACE, READER, folder / "reader.yaml")
    writing = shop.lab.kubeconfig_for(NAMESPACE, WRITER, folder / "writer.yaml")
    await shop.clusters.close()
    shop.clusters = ConfiguredClusters(Places(reading, writing))
    shop.tools = toolset(shop.clusters)


def code_of(problem: BaseException) -> str:
    assert isinstance(problem, ToolError)
    return str(problem.code)
