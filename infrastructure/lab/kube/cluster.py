"""The facade of the lab's Kubernetes: one call starts it, and what the lab's other rooms need is here."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from infrastructure.lab.kube import bootstrap
from infrastructure.lab.kube.api.desk import Desk
from infrastructure.lab.kube.api.server import ApiServer
from infrastructure.lab.kube.auth.authentication import Authenticator
from infrastructure.lab.kube.auth.certificates import Authority
from infrastructure.lab.kube.auth.people import MASTERS
from infrastructure.lab.kube.auth.rbac import Rbac
from infrastructure.lab.kube.auth.tokens import Tokens
from infrastructure.lab.kube.controllers.all import controllers
from infrastructure.lab.kube.controllers.loop import Loop
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.kubeconfig import Kubeconfig, write_private
from infrastructure.lab.kube.kubelet.configuration import Surroundings
from infrastructure.lab.kube.kubelet.logs import Line
from infrastructure.lab.kube.kubelet.tools import LogLine
from infrastructure.lab.kube.network.addresses import ClusterOctet
from infrastructure.lab.kube.network.proxy import ServiceNetwork
from infrastructure.lab.kube.nodes import NodePlan, Nodes, RunningContainer
from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.failures import not_found
from infrastructure.lab.kube.objects.tree import Obj, uid_of
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE, KINDS
from infrastructure.lab.kube.store.store import Change, Store
from infrastructure.lab.seams import ContainerRuntime, Network

_HOST = "127.0.0.1"
_FIRST_REVISION = 100
_ADMIN = "kubernetes-admin"
_SERVED_NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"]


class Cluster:
    """Made by `start`; runs in the event loop of whoever calls it."""

    _nodes: Nodes

    def __init__(self, directory: Path, pace: Pace, name: str) -> None:
        self.name = name
        self.directory = directory
        self.ca_file = directory / "ca.crt"
        self.admin_kubeconfig = directory / "admin.kubeconfig"
        self.store = Store(revision=_FIRST_REVISION)
        chance = random.SystemRandom()
        self.registry = Registry(self.store, clock=moments.system_clock, pace=pace, random=chance)
        self.network: Network = ServiceNetwork(self.store)
        self._plane = Plane(self.registry, pace)
        self._tokens = Tokens(self.store, moments.system_clock)
        self._issued: dict[str, str] = {}
        self._authority = Authority()
        self._octet = ClusterOctet(chance)
        self._listeners: list[Callable[[LogLine], None]] = []
        self._loops: list[Loop] = []
        self._server = ApiServer()

    @classmethod
    async def start(
        cls, *, directory: Path, runtime: ContainerRuntime, pace: Pace, name: str = "lab", nodes: int = 3
    ) -> Cluster:
        """Returns once the API answers and every node is ready; certificates and kubeconfig go to `directory`."""
        self = cls(directory, pace, name)
        bootstrap.populate(self.registry)
        await self._server.bind(self._tls())
        host, port = self._server.address
        around = Surroundings(self.store, self, host, port)
        plan = NodePlan(self._octet.value, nodes, runtime)
        self._nodes = Nodes(plan, self._plane, around, self._tell)
        self._server.open(self._desk())
        bootstrap.announce_api(self.registry, host, port)
        root = self._authority.certificate
        self._loops = [Loop(one, self.store, pace) for one in controllers(self._plane, self._tokens, root)]
        await self._nodes.start()
        await self._settle()
        self.store.forget_history()
        pair = self._authority.client(_ADMIN, (MASTERS,))
        write_private(self.ca_file, root)
        write_private(self.admin_kubeconfig, self._kubeconfig.for_certificate(_ADMIN, pair))
        return self

    async def _settle(self) -> None:
        """Until the controllers have made what a new cluster has, the default ServiceAccount last."""
        made = asyncio.Event()

        def look(_: Change | None = None) -> None:
            if self.store.get("serviceaccounts", "default", "default") is not None:
                made.set()

        end = self.store.listen("serviceaccounts", look)
        look()
        await made.wait()
        end()

    def _tls(self) -> ssl.SSLContext:
        pair = self._authority.serving(_SERVED_NAMES, [_HOST, bootstrap.API_SERVICE_ADDRESS])
        context = ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cadata=self._authority.certificate.decode()
        )
        context.verify_mode = ssl.CERT_OPTIONAL
        chain = write_private(self.directory / "apiserver.pem", pair.certificate + pair.key)
        context.load_cert_chain(chain)
        return context

    def _desk(self) -> Desk:
        return Desk(
            store=self.store,
            registry=self.registry,
            authenticator=Authenticator(self._tokens),
            rbac=Rbac(self.store),
            logs=self._nodes,
            pace=self._plane.pace,
            clock=self._plane.clock,
        )

    @property
    def url(self) -> str:
        host, port = self._server.address
        return f"https://{host}:{port}"

    @property
    def _kubeconfig(self) -> Kubeconfig:
        return Kubeconfig(self.name, self.url, self._authority.certificate)

    def token_for(self, namespace: str, name: str) -> str:
        """A token of a ServiceAccount, good for a year or until the account is deleted. Raises ApiError (404)."""
        account = self.store.get("serviceaccounts", namespace, name)
        if account is None:
            raise not_found("", "serviceaccounts", name)
        uid = uid_of(account)
        if uid not in self._issued:
            self._issued[uid] = self._tokens.issue(account)
        return self._issued[uid]

    def kubeconfig_for(self, namespace: str, service_account: str, path: Path) -> Path:
        """Write a kubeconfig that holds a ServiceAccount's token and nothing else. Raises ApiError (404)."""
        token = self.token_for(namespace, service_account)
        return write_private(path, self._kubeconfig.for_token(service_account, token, namespace))

    def objects(self, plural: str, namespace: str | None = None) -> list[Obj]:
        """The stored objects themselves: read, never change. Raises KeyError for a kind that is not served."""
        resource = plural if plural in BY_RESOURCE else _BY_PLURAL[plural]
        return self.store.objects(resource, namespace)

    def containers(self) -> Iterable[RunningContainer]:
        """What runs now, on every node, whether its kubelet lives or not."""
        return self._nodes.containers()

    def pod_logs(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> list[Line]:
        """What is kept of a container's output. Raises ApiError as the API would."""
        found = self.registry.get(BY_RESOURCE["pods"], namespace, pod)
        return self._nodes.ring(found, container, previous=previous).lines()

    def on_log(self, callback: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call back for every line any container writes, as it is written; the answer ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _tell(self, line: LogLine) -> None:
        for listener in tuple(self._listeners):
            listener(line)

    async def stop_kubelet(self, node: str) -> None:
        """The node's agent dies; its containers run on. Raises KeyError for a node there is not."""
        await self._nodes.kubelet(node).stop()

    async def start_kubelet(self, node: str) -> None:
        await self._nodes.kubelet(node).start()

    async def stop(self) -> None:
        for loop in self._loops:
            loop.stop()
        await self._nodes.stop()
        await self._server.stop()
        self._octet.close()


_BY_PLURAL = {kind.plural: kind.resource for kind in reversed(KINDS) if not kind.stored_as}
