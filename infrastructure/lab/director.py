"""Who breaks and heals the running shop, and says how it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from infrastructure.lab.faults.heal import Healer
from infrastructure.lab.faults.model import Fault, read_fault
from infrastructure.lab.faults.verbs import Reach, Verbs
from infrastructure.lab.shop.front_door import rules_of

Say = Callable[[str], None]
Objects = Callable[[str], list[dict[str, Any]]]
"""plural → the shop's objects of that kind."""


class ShopDirector:
    """Implements `control.Director`."""

    def __init__(self, reach: Reach, healer: Healer, objects: Objects, say: Say) -> None:
        self._reach = reach
        self._healer = healer
        self._objects = objects
        self._say = say
        self.verbs = Verbs(reach)
        self.broken: list[str] = []

    async def status(self) -> dict[str, Any]:
        alerts = await self._reach.watch.alerts()
        return {
            "services": {one["metadata"]["name"]: _ready(one) for one in self._workloads()},
            "customers": dict(self._reach.customers.outcomes(5)),
            "alerts": sorted({one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}),
            "broken": self.broken,
            "complaints": await self._healer.complaints(),
        }

    async def break_shop(self, name: str, places: Mapping[str, str]) -> dict[str, Any]:
        """Raises FaultWrong, KubeRefused, ForgeError."""
        fault = self.fault(name, places)
        where = ", ".join(f"{key} {text}" for key, text in {**fault.defaults, **places}.items())
        self._say(f"breaking: {name} ({where})")
        self.broken.append(f"{name} ({where})")
        await self.verbs.carry_out(fault.do)
        return {"name": name, "title": fault.title, "where": where, "alerts": list(fault.alerts)}

    async def heal(self) -> dict[str, Any]:
        """Raises NotHealed, KubeRefused, ForgeError."""
        started = monotonic()
        await self._healer.heal(lambda what: self._say(f"healing: {what}"))
        self.broken.clear()
        return {"healthy": True, "seconds": monotonic() - started}

    def fault(self, name: str, places: Mapping[str, str]) -> Fault:
        """The fault with everything filled in that the shop as it is now tells. Raises FaultWrong."""
        service = places.get("service") or read_fault(name).defaults["service"]
        found = {**self._front_door(service), "node": self._node_of(service)}
        return read_fault(name, {**found, **places, "service": service})

    def _front_door(self, service: str) -> dict[str, str]:
        """The Ingress that leads to a service, and the Secret its certificate is in."""
        ingresses = self._objects("ingresses")
        name = next((rule.ingress for rule in rules_of(ingresses) if rule.service == service), "")
        tls = [
            one
            for ingress in ingresses
            if ingress["metadata"]["name"] == name
            for one in ingress["spec"].get("tls") or ()
        ]
        return {"ingress": name, "secret": str(tls[0]["secretName"]) if tls else ""}

    def _node_of(self, service: str) -> str:
        """A node that runs the service, and not the database, which cannot be moved."""
        pods = self._objects("pods")
        kept = {pod["spec"].get("nodeName") for pod in pods if _owner(pod) == "StatefulSet"}
        nodes = [
            pod["spec"].get("nodeName", "")
            for pod in pods
            if pod["metadata"]["labels"].get("app.kubernetes.io/name") == service
            and pod["spec"].get("nodeName") not in kept
        ]
        everywhere = sorted({str(pod["spec"].get("nodeName", "")) for pod in pods} - kept - {""})
        return str(nodes[0]) if nodes else next(iter(everywhere), "")

    def _workloads(self) -> list[dict[str, Any]]:
        return [*self._objects("deployments"), *self._objects("statefulsets")]


def _ready(workload: Mapping[str, Any]) -> str:
    ready = (workload.get("status") or {}).get("readyReplicas") or 0
    return f"{ready}/{workload['spec'].get('replicas', 1)}"


def _owner(pod: Mapping[str, Any]) -> str:
    return str(next((one["kind"] for one in pod["metadata"].get("ownerReferences") or ()), ""))
