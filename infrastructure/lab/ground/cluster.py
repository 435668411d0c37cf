"""The cluster with its people: makes accounts and credentials stand, and gives everybody their kubectl."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

from infrastructure.lab.faults.access import Access
from infrastructure.lab.faults.heal import ADMINISTRATOR
from infrastructure.lab.faults.kubectl import Kubectl, KubeRefused
from infrastructure.lab.forge.options import ClusterAccess
from infrastructure.lab.ground.accounts import People, manifests
from infrastructure.lab.kube.cluster import Cluster

_CONFLICT = 409
DATABASE_SECRET, ACQUIRER_SECRET = (
    "orders-db-credentials",
    "payments-acquirer",
)


class Ground:
    """Accounts and their rights in one cluster."""

    def __init__(self, cluster: Cluster, people: People, namespace: str) -> None:
        self._cluster = cluster
        self._people = people
        self._namespace = namespace
        self._accesses: dict[str, Access] = {}
        self.database_password = secrets.token_urlsafe(18)

    def kubectl(self, login: str) -> Kubectl:
        """Raises KeyError for a login that is nobody's."""
        return Kubectl(self._access(login), self._namespace)

    async def establish(self) -> None:
        """Namespaces, accounts, roles and the credentials that are not in the shop's repository."""
        for kind, namespace, body in manifests(self._people, self._namespace):
            await self._create(kind, namespace, body)
        await self._create_secret(DATABASE_SECRET, {"password": self.database_password})
        await self._create_secret(ACQUIRER_SECRET, {"api-key": f"acq_live_{secrets.token_hex(16)}"})

    async def tls_secret(self, name: str, data: Mapping[str, str]) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/tls"}
        await self._create("Secret", self._namespace, {**body, "data": dict(data)})

    def deployer(self) -> ClusterAccess:
        return ClusterAccess(self._cluster.url, self._token("deployer"), self._cluster.ca_file)

    def responder_kubeconfig(self, path: Path) -> Path:
        """The Kubernetes tool server's kubeconfig."""
        self._cluster.kubeconfig_for(self._people.namespace_of("mcp-k8s"), "mcp-k8s", path)
        return path

    async def _create_secret(self, name: str, values: Mapping[str, str]) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "type": "Opaque",
            "data": data,
        }
        await self._create("Secret", self._namespace, body)

    async def _create(self, kind: str, namespace: str, body: Mapping[str, object]) -> None:
        async with Kubectl(self._access(ADMINISTRATOR), namespace) as kubectl:
            try:
                await kubectl.create(kind, body)
            except KubeRefused as error:
                if error.code != _CONFLICT:
                    raise

    def _access(self, login: str) -> Access:
        if login not in self._accesses:
            self._accesses[login] = self._make_access(login)
        return self._accesses[login]

    def _make_access(self, login: str) -> Access:
        if login == ADMINISTRATOR:
            return Access.from_kubeconfig(self._cluster.admin_kubeconfig)
        return Access.with_token(self._cluster.url, self._cluster.ca_file, self._token(login))

    def _token(self, login: str) -> str:
        return self._cluster.token_for(self._people.namespace_of(login), login)
