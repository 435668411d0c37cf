"""Who calls whom, read from the addresses in the workloads' own settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sre_agent.picture.inventory import Inventory
from sre_agent.picture.objects import Obj, items

_HOST = re.compile(
    r"(?:^|//|@|[\s,=\"'])([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.([a-z0-9-]+)(?:\.svc[a-z0-9.-]*)?)?(?::(\d+))?(?=$|[/,\s\"'?])"
)


def settings_of(workload: Obj, inventory: Inventory) -> Iterable[tuple[str, str]]:
    """(name, value) of everything its containers read: literals, and the keys of ConfigMaps they bind."""
    for container in workload.containers():
        for variable in items(container, "env"):
            if isinstance(variable.get("value"), str):
                yield str(variable.get("name")), variable["value"]
        for name in config_maps_of(container):
            if found := inventory.get("ConfigMap", name, workload.namespace):
                yield from ((str(key), str(value)) for key, value in found.mapping("data").items())


def config_maps_of(container: Mapping[str, object]) -> list[str]:
    """Names of the ConfigMaps that a container's environment is taken from."""
    whole = [items_of.get("configMapRef", {}).get("name") for items_of in items(container, "envFrom")]
    single = [
        variable.get("valueFrom", {}).get("configMapKeyRef", {}).get("name")
        for variable in items(container, "env")
    ]
    return list(dict.fromkeys(str(name) for name in [*whole, *single] if name))


def calls_in(inventory: Inventory, namespace: str) -> dict[str, tuple[str, ...]]:
    """Workload name → names of the Services of its namespace that its settings address."""
    services = {service.name for service in inventory.of("Service", namespace or None)}
    calls: dict[str, tuple[str, ...]] = {}
    for workload in inventory.workloads:
        own = {service.name for service in inventory.services_of(workload)} | {workload.name}
        named = {
            match.group(1)
            for _, value in settings_of(workload, inventory)
            for match in _HOST.finditer(value)
            if match.group(1) in services
            and (not namespace or match.group(2) in (None, "svc", namespace))
            and (match.group(3) or "//" in value or "." in match.group(0) or value in services)
        }
        callees = tuple(sorted(named - own))
        if callees and (workload.namespace == namespace or workload.name not in calls):
            calls[workload.name] = callees
    return calls
