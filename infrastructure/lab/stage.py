"""Sets the whole lab up, part by part; takes it down in the opposite order, also when setting up fails half-way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any, Self

from infrastructure.lab.director import ShopDirector
from infrastructure.lab.faults.heal import Healer
from infrastructure.lab.faults.verbs import Reach, tls_secret_data
from infrastructure.lab.forge import Forge
from infrastructure.lab.forge.options import ForgeOptions
from infrastructure.lab.ground.accounts import People
from infrastructure.lab.ground.cluster import Ground
from infrastructure.lab.knowledge.server import Knowledge
from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.kube.kubelet.tools import LogLine
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.lokiapi import Loki
from infrastructure.lab.monitoring import Monitoring, MonitoringOrder
from infrastructure.lab.places import MONITORING, NAMESPACE, pod_ports
from infrastructure.lab.shop.certificates import Authority
from infrastructure.lab.shop.customers import Customers
from infrastructure.lab.shop.edge import Edge
from infrastructure.lab.shop.runtime import ShopRuntime, World
from infrastructure.lab.shop.traffic import Profile
from infrastructure.lab.telemetry.packages import fetch_programs
from infrastructure.lab.telemetry.settings import Webhook
from infrastructure.lab.telemetry.shipping import LogShipper

SHOP = Path(__file__).parent / "shop"
NODES = 3
FRONT_DOORS = {
    "shop-web-tls": ("www.shop.example", "localhost", "127.0.0.1"),
    "shop-api-tls": ("api.shop.example",),
}
"""TLS Secret → the hosts its certificate is for."""
_CERTIFICATE_DAYS = 90.0
_HEALTHY_SECONDS = 60.0
Say = Callable[[str], None]


class ShopNotDeployed(Exception):
    """The first roll-out failed."""


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    directory: Path
    cache: Path
    webhook_url: str = ""
    webhook_token_file: Path | None = None

    @property
    def webhook(self) -> Webhook | None:
        return Webhook(self.webhook_url, self.webhook_token_file) if self.webhook_url else None

    def folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Stage:
    """A lab that is up. Made by `set_up`."""

    director: ShopDirector
    reach: Reach
    healer: Healer
    cluster: Cluster
    forge: Forge
    knowledge: Knowledge
    loki: Loki
    monitoring: Monitoring
    shop_url: str

    def __init__(self, order: Order, say: Say) -> None:
        self._order = order
        self._say = say
        self._stack = AsyncExitStack()
        self._runtime = ShopRuntime()
        self._authority = Authority()

    @classmethod
    async def set_up(cls, order: Order, say: Say) -> Self:
        """Healthy, traffic flowing, Prometheus watching. Whatever goes wrong, nothing stays behind."""
        stage = cls(order, say)
        started = time.monotonic()
        programs = asyncio.ensure_future(asyncio.to_thread(fetch_programs, order.cache, say))
        try:
            await stage._build_ground()
            await stage._open_shop()
            await stage._watch_shop(MonitoringOrder(order.folder(MONITORING), await programs, order.webhook))
            await stage._settle()
        except BaseException:
            programs.cancel()
            await stage.tear_down()
            raise
        say(f"healthy after {time.monotonic() - started:.1f} s")
        return stage

    async def tear_down(self) -> None:
        await self._stack.aclose()

    def addresses(self) -> dict[str, Any]:
        """What `lab.json` says besides the control endpoint."""
        return {
            "kubeconfig": str(self.cluster.admin_kubeconfig),
            "agent_kubeconfig": str(self._order.directory / "agent-kubeconfig.yaml"),
            "prometheus_url": self.monitoring.watch.prometheus_url,
            "alertmanager_url": self.monitoring.watch.alertmanager_url,
            "loki_url": self.loki.url,
            "github_api_url": self.forge.url,
            "github_token": self.forge.token,
            "github_repository": self.forge.repository,
            "notion_url": self.knowledge.url,
            "notion_api_key": self.knowledge.api_key,
            "notion_database_id": self.knowledge.database_id,
            "runbook_dir": str(SHOP / "runbooks"),
            "shop_url": self.shop_url,
            "shop_ca_file": str(self._order.directory / "shop-ca.pem"),
            "namespace": NAMESPACE,
            "cluster": self.cluster.name,
        }

    async def _build_ground(self) -> None:
        self._say("starting the cluster")
        self.cluster = await Cluster.start(
            directory=self._order.folder("kube"), runtime=self._runtime, pace=Pace.lab(), nodes=NODES
        )
        self._stack.push_async_callback(self._runtime.stop)
        self._stack.push_async_callback(self.cluster.stop)
        self._ground = Ground(self.cluster, People.read(), NAMESPACE)
        await self._ground.establish()
        for name, hosts in FRONT_DOORS.items():
            await self._ground.tls_secret(
                name, tls_secret_data(self._authority.for_days(hosts, _CERTIFICATE_DAYS))
            )
        self._ground.responder_kubeconfig(self._order.directory / "agent-kubeconfig.yaml")
        (self._order.directory / "shop-ca.pem").write_bytes(self._authority.certificate)

    async def _open_shop(self) -> None:
        self._say("starting the repository, the runbooks and the log store")
        http, database = pod_ports()
        values = {"HTTP_PORT": str(http), "DB_PORT": str(database), "DB_NODE": self._nodes()[0]}
        options = ForgeOptions(namespace=NAMESPACE, values=values)
        self.forge = await Forge.start(
            directory=self._order.folder("forge"), template=SHOP / "repo", options=options
        )
        self._stack.push_async_callback(self.forge.stop)
        self._runtime.connect(World(self.forge.registry, self.cluster.network))
        self.knowledge = await Knowledge.start(folder=SHOP / "runbooks")
        self._stack.push_async_callback(self.knowledge.stop)
        await self._ship_logs()
        self._say("rolling the shop out")
        if await self.forge.deploy_to(self._ground.deployer()) != "success":
            raise ShopNotDeployed("the shop's first roll-out failed: see the events of the namespace shop")
        await self._let_customers_in()

    async def _ship_logs(self) -> None:
        self.loki = await Loki.start()
        self._stack.push_async_callback(self.loki.stop)
        self._shipper = LogShipper(self.loki.url)
        await self._shipper.start()
        self._stack.push_async_callback(self._shipper.stop)
        self.cluster.on_log(self._ship)

    def _ship(self, line: LogLine) -> None:
        spec = line.spec
        labels = {
            "namespace": spec.namespace,
            "pod": spec.pod,
            "container": spec.container,
            "service": spec.labels.get("app.kubernetes.io/name", spec.container),
            "node": spec.node,
            "stream": "stdout",
        }
        self._shipper.take(labels, line.line.nanoseconds, line.line.text)

    async def _let_customers_in(self) -> None:
        self._edge = Edge(self.cluster)
        await self._edge.start()
        self._stack.push_async_callback(self._edge.stop)
        self.shop_url = f"https://localhost:{self._edge.port}"
        self._customers = Customers(
            Profile.read(),
            port=self._edge.port,
            trusted=self._authority.certificate,
            random=SystemRandom(),
        )
        await self._customers.start()
        self._stack.push_async_callback(self._customers.stop)

    async def _watch_shop(self, order: MonitoringOrder) -> None:
        self._say("starting Prometheus and Alertmanager")
        self.monitoring = Monitoring(self.cluster, self._edge, self._ground)
        self._stack.push_async_callback(self.monitoring.stop)
        await self.monitoring.start(order, self._authority.certificate)

    async def _settle(self) -> None:
        self._say("waiting until the shop is healthy")
        self.reach = Reach(
            kubectl=self._ground.kubectl,
            forge=self.forge,
            customers=self._customers,
            authority=self._authority,
            nodes=self.monitoring,
            runtime=self._runtime,
            shipper=self._shipper,
            watch=self.monitoring.watch,
        )
        self.healer = Healer(self.reach, self._nodes())
        self.director = ShopDirector(
            self.reach, self.healer, lambda plural: self.cluster.objects(plural, NAMESPACE), self._say
        )
        await self.healer.until_healthy(_HEALTHY_SECONDS)
        await self.healer.remember()

    def _nodes(self) -> list[str]:
        return sorted(node["metadata"]["name"] for node in self.cluster.objects("nodes"))
