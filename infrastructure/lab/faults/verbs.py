"""Carries out what fault files say: each verb under the account of whoever would do it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from infrastructure.lab.faults import operations as says
from infrastructure.lab.faults.kubectl import MERGE, STRATEGIC, Kubectl
from infrastructure.lab.forge.forge import Forge
from infrastructure.lab.shop.certificates import Authority, Certificate
from infrastructure.lab.shop.customers import Customers
from infrastructure.lab.shop.runtime import ShopRuntime
from infrastructure.lab.telemetry.shipping import LogShipper
from infrastructure.lab.telemetry.watch import Watch

ISSUER = "cert-manager"
_DEPLOY_SECONDS = 60.0


class Nodes(Protocol):
    """Whoever can stop and start a node's kubelet with everything it serves."""

    async def stop_kubelet(self, node: str) -> None: ...

    async def start_kubelet(self, node: str) -> None: ...


@dataclass(frozen=True)
class Reach:
    """Everything that people and machines around the shop have their hands on."""

    kubectl: Callable[[str], Kubectl]
    """A person's login → their kubectl."""
    forge: Forge
    customers: Customers
    authority: Authority
    nodes: Nodes
    runtime: ShopRuntime
    shipper: LogShipper
    watch: Watch


class Verbs:
    """One method for each verb of `faults.operations.Operation`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._before_merge: list[dict[str, str]] = []

    async def carry_out(self, operations: Iterable[says.Operation]) -> None:
        """In order. Raises KubeRefused, ChangeRefused or FaultWrong."""
        for operation in operations:
            name, said = operation.verb
            await getattr(self, f"_{name}")(said)

    async def _merge(self, said: says.Merge) -> None:
        def edit(files: dict[str, str]) -> dict[str, str]:
            self._before_merge.append(dict(files))
            return apply_edits(files, said.edits)

        await self._land(said.author, said.title, said.body, edit)

    async def _revert(self, said: says.Revert) -> None:
        if not self._before_merge:
            raise says.FaultWrong("nothing was merged that could be reverted")
        before = self._before_merge.pop()
        await self._land(said.author, "Revert the latest change", "It fails in production.", lambda _: before)

    async def _land(
        self, author: str, title: str, body: str, edit: Callable[[dict[str, str]], dict[str, str]]
    ) -> None:
        pull = await self._reach.forge.merge_change(author=author, title=title, body=body, edit=edit)
        await self._reach.forge.deployed(pull.merge_sha, timeout_seconds=_DEPLOY_SECONDS)

    async def _patch(self, said: says.Patch) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            await kubectl.patch(said.kind, said.name, said.body, form=STRATEGIC, manager="kubectl-edit")

    async def _set_config_key(self, said: says.SetConfigKey) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            body = {"data": {said.key: said.value}}
            await kubectl.patch("ConfigMap", said.configmap, body, form=MERGE, manager="kubectl-edit")

    async def _set_resources(self, said: says.SetResources) -> None:
        change = {"resources": {"limits": dict(said.limits)}}
        await self._change_container(said.by, said.deployment, change)

    async def _set_image(self, said: says.SetImage) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            live = await kubectl.get("Deployment", said.deployment)
            image = live["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[0]
            await kubectl.container(said.deployment, {"image": f"{image}:{said.tag}"}, "kubectl-set")

    async def _set_env(self, said: says.SetEnv) -> None:
        change = {"env": [{"name": said.variable, "value": said.value}]}
        await self._change_container(said.by, said.deployment, change)

    async def _change_container(self, by: str, deployment: str, change: Mapping[str, Any]) -> None:
        async with self._reach.kubectl(by) as kubectl:
            await kubectl.container(deployment, change, "kubectl-set")

    async def _scale(self, said: says.Scale) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            await kubectl.scale(said.deployment, said.replicas)

    async def _restart(self, said: says.Restart) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            await kubectl.restart(said.kind, said.name)

    async def _undo(self, said: says.Undo) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            await kubectl.undo(said.deployment)

    async def _delete_pods(self, said: says.DeletePods) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            for pod in await kubectl.objects("Pod", f"app.kubernetes.io/name={said.service}"):
                await kubectl.delete("Pod", pod["metadata"]["name"])

    async def _cordon(self, said: says.Cordon) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            await kubectl.patch(
                "Node", said.node, {"spec": {"unschedulable": True}}, manager="kubectl-cordon"
            )

    async def _move_pods(self, said: says.MovePods) -> None:
        async with self._reach.kubectl(said.by) as kubectl:
            for pod in await kubectl.objects("Pod"):
                if pod["spec"].get("nodeName") == said.node and _starts_elsewhere(pod):
                    await kubectl.delete("Pod", pod["metadata"]["name"])

    async def _campaign(self, said: says.Campaign) -> None:
        self._reach.customers.begin_campaign(said.service)

    async def _certificate(self, said: says.Certificate) -> None:
        await place_certificate(self._reach, said)

    async def _kubelet(self, said: says.Kubelet) -> None:
        nodes = self._reach.nodes
        await (nodes.start_kubelet(said.node) if said.running else nodes.stop_kubelet(said.node))

    async def _rules(self, said: says.Rules) -> None:
        await self._reach.watch.add_rules(said.file, rule_groups(said))

    async def _scraping(self, said: says.Scraping) -> None:
        self._reach.runtime.block_scrapes(said.service, not said.arrives)

    async def _log_shipping(self, said: says.LogShipping) -> None:
        self._reach.shipper.mute(said.service, not said.arrives)


def apply_edits(files: Mapping[str, str], edits: Iterable[says.Edit]) -> dict[str, str]:
    """Each edit's text must stand exactly once in its file. Raises FaultWrong."""
    result = dict(files)
    for edit in edits:
        found = result.get(edit.path, "").count(edit.old)
        if found != 1:
            raise says.FaultWrong(f"{edit.path} holds {edit.old!r} {found} times; the edit needs it once")
        result[edit.path] = result[edit.path].replace(edit.old, edit.new)
    return result


def rule_groups(said: says.Rules) -> dict[str, Any]:
    """Prometheus' rule file with this one alert."""
    rule = {
        "alert": said.alert,
        "expr": said.expr,
        "for": said.for_,
        "labels": {"severity": said.severity},
        "annotations": {
            "summary": said.summary,
            "description": said.description,
            "runbook_url": f"https://runbooks.shop.example/{said.alert.lower()}",
        },
    }
    return {"groups": [{"name": said.file, "rules": [rule]}]}


async def place_certificate(reach: Reach, said: says.Certificate) -> None:
    """Put a certificate of that age into the TLS Secret, for the hosts that the Ingress using it names."""
    async with reach.kubectl(ISSUER) as kubectl:
        hosts = [
            host
            for ingress in await kubectl.objects("Ingress")
            for tls in ingress["spec"].get("tls") or ()
            if tls.get("secretName") == said.secret
            for host in tls.get("hosts") or ()
        ]
        if not hosts:
            raise says.FaultWrong(f"no Ingress serves its hosts with the Secret {said.secret}")
        made = reach.authority.for_days(hosts, said.valid_days, said.issued_days_ago)
        await kubectl.patch("Secret", said.secret, {"data": tls_secret_data(made)}, manager=ISSUER)


def tls_secret_data(made: Certificate) -> dict[str, str]:
    """The data of a `kubernetes.io/tls` Secret."""
    return {
        "tls.crt": base64.b64encode(made.certificate).decode(),
        "tls.key": base64.b64encode(made.key).decode(),
    }


def _starts_elsewhere(pod: Mapping[str, Any]) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(owner["kind"] == "ReplicaSet" for owner in owners) and not pod["metadata"].get(
        "deletionTimestamp"
    )
