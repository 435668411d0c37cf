"""All that watches the lab's shop, in one object: exporters, probes, Prometheus and Alertmanager; and the nodes' kubelets, which it scrapes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from infrastructure.lab.ground.cluster import Ground
from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.places import DATABASE, NAMESPACE
from infrastructure.lab.shop.edge import Edge
from infrastructure.lab.shop.front_door import rules_of
from infrastructure.lab.shop.kit.pool import PoolSettings
from infrastructure.lab.telemetry.exporters import Exporters, Outside
from infrastructure.lab.telemetry.packages import Programs
from infrastructure.lab.telemetry.settings import Scene, Webhook
from infrastructure.lab.telemetry.views import Views
from infrastructure.lab.telemetry.watch import Watch

_UPTIME_SECONDS = 9 * 86_400
PROBED = {"www.shop.example": "/healthz", "api.shop.example": "/catalog/search?q=oak"}
"""Host → the path a probe asks there."""


@dataclass(frozen=True)
class MonitoringOrder:
    directory: Path
    programs: Programs
    webhook: Webhook | None


class Monitoring:
    """Implements `faults.verbs.Nodes` too: a stopped kubelet no longer serves its cAdvisor."""

    watch: Watch

    def __init__(self, cluster: Cluster, edge: Edge, ground: Ground) -> None:
        self._cluster = cluster
        self._edge = edge
        self._ground = ground
        self._stopped: set[str] = set()
        self._exporters: Exporters | None = None
        self._scraper = ground.kubectl("prometheus")

    async def start(self, order: MonitoringOrder, trusted: bytes) -> None:
        """Raises DidNotStart."""
        await self._scraper.open()
        self._exporters = Exporters(self._views().pages(), Outside(self._locate, trusted))
        await self._exporters.start(self._nodes())
        self.watch = Watch(order.directory, order.programs)
        await self.watch.start(self._scene, order.webhook)

    async def stop(self) -> None:
        if hasattr(self, "watch"):
            await self.watch.stop()
        if self._exporters:
            await self._exporters.stop()
        await self._scraper.close()

    async def stop_kubelet(self, node: str) -> None:
        self._stopped.add(node)
        if self._exporters:
            self._exporters.close_kubelet(node)
        await self._cluster.stop_kubelet(node)

    async def start_kubelet(self, node: str) -> None:
        if node in self._stopped:
            await self._cluster.start_kubelet(node)
            if self._exporters:
                await self._exporters.open_kubelet(node)
            self._stopped.discard(node)

    def _views(self) -> Views:
        database = PoolSettings(
            host=DATABASE,
            port=5432,
            user="postgres",
            password=self._ground.database_password,
            application_name="postgres_exporter",
            min_size=0,
            max_size=1,
            idle_seconds=0,
        )
        booted_at = time.time() - _UPTIME_SECONDS
        return Views(
            cluster=self._cluster,
            edge=self._edge,
            database=database,
            namespace=NAMESPACE,
            stopped_kubelets=self._stopped,
            booted_at=booted_at,
            list_pods=lambda: self._scraper.objects("Pod"),
        )

    def _scene(self, alertmanager: str) -> Scene:
        if self._exporters is None:
            raise RuntimeError("the exporters start before Prometheus")
        return Scene(
            namespace=NAMESPACE,
            exporters=self._exporters.address,
            nodes=self._exporters.node_addresses,
            alertmanager=alertmanager,
            database=DATABASE,
            probes=self._probes(),
        )

    def _probes(self) -> list[dict[str, str]]:
        """Both modules for each host of an Ingress, and a plain question to each Service behind one."""
        found: list[dict[str, str]] = []
        rules = rules_of(self._cluster.objects("ingresses", NAMESPACE))
        for host, ingress in {rule.host: rule.ingress for rule in rules}.items():
            at = {"namespace": NAMESPACE, "ingress": ingress}
            url = f"https://{host}{PROBED.get(host, '/')}"
            found += [{**at, "target": url, "module": module} for module in ("http_2xx", "tls_connect")]
        for service in sorted({rule.service for rule in rules}):
            at = {"namespace": NAMESPACE, "service": service, "module": "http_2xx"}
            found.append({**at, "target": f"http://{service}.{NAMESPACE}.svc/healthz"})
        return found

    def _locate(self, host: str, port: int) -> tuple[str, int]:
        """Names of the cluster as a pod would resolve them; all others are the front door."""
        if host.endswith(".svc"):
            return self._cluster.network.address_of(host, port, from_namespace="monitoring")
        return "127.0.0.1", self._edge.port

    def _nodes(self) -> list[str]:
        return sorted(node["metadata"]["name"] for node in self._cluster.objects("nodes"))
