"""ResourceQuota: what a namespace uses, and whether one more object fits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.failures import ApiError, forbidden
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of, namespace_of
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE, Kind
from infrastructure.lab.kube.store.store import Store

_COUNTED = {
    "pods": "pods",
    "services": "services",
    "configmaps": "configmaps",
    "secrets": "secrets",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "resourcequotas": "resourcequotas",
}
_COMPUTE = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
_FINISHED = ("Succeeded", "Failed")


def usage_of(kind: Kind, obj: Obj, names: Iterable[str]) -> dict[str, Decimal]:
    """How much `obj` takes of each quota resource in `names` that it touches."""
    used: dict[str, Decimal] = {}
    for name in names:
        amount = _amount(kind, obj, name)
        if amount is not None:
            used[name] = amount
    return used


def _amount(kind: Kind, obj: Obj, name: str) -> Decimal | None:
    if name == _COUNTED.get(kind.resource) or name == f"count/{kind.resource}":
        return Decimal(1)
    if kind.resource == "pods" and name in _COMPUTE:
        return pod_amount(obj, *_COMPUTE[name])
    if kind.resource == "persistentvolumeclaims" and name == "requests.storage":
        return quantity.parse(dig(obj, "spec", "resources", "requests", "storage", default="0"))
    if kind.resource == "services" and name == "services.nodeports":
        return Decimal(sum("nodePort" in port for port in dig(obj, "spec", "ports", default=[])))
    return None


def pod_amount(pod: Obj, group: str, resource: str) -> Decimal:
    """The larger of all containers together and the biggest init container."""
    spec = pod.get("spec", {})

    def asked(container: Obj) -> Decimal:
        return quantity.parse(dig(container, "resources", group, resource, default="0"))

    together = sum((asked(one) for one in spec.get("containers", ())), Decimal(0))
    return max([together, *(asked(one) for one in spec.get("initContainers", ()))])


def used_in(store: Store, namespace: str, names: Iterable[str]) -> dict[str, Decimal]:
    """Usage of a namespace for the resources a quota names."""
    wanted = list(names)
    total = {name: Decimal(0) for name in wanted if _known(name)}
    for resource in _touched(wanted):
        kind = BY_RESOURCE[resource]
        for obj in store.objects(resource, namespace):
            if resource == "pods" and dig(obj, "status", "phase") in _FINISHED:
                continue
            for name, amount in usage_of(kind, obj, wanted).items():
                total[name] += amount
    return total


def _known(name: str) -> bool:
    return (
        name in _COMPUTE
        or name in _COUNTED.values()
        or name in ("requests.storage", "services.nodeports")
        or name.removeprefix("count/") in BY_RESOURCE
    )


def _touched(names: list[str]) -> set[str]:
    touched = set()
    for name in names:
        if name in _COMPUTE:
            touched.add("pods")
        elif name == "requests.storage":
            touched.add("persistentvolumeclaims")
        elif name == "services.nodeports":
            touched.add("services")
        elif name.removeprefix("count/") in BY_RESOURCE:
            touched.add(name.removeprefix("count/"))
    return touched


def check(store: Store, kind: Kind, obj: Obj) -> None:
    """Raises ApiError (403) when a quota of the namespace has no room for `obj`."""
    for limits in store.objects("resourcequotas", namespace_of(obj)):
        hard = dig(limits, "spec", "hard", default={})
        wanted = {name: amount for name, amount in usage_of(kind, obj, hard).items() if amount}
        if kind.resource == "pods":
            _check_stated(limits, hard, obj)
        if wanted:
            _check_room(store, kind, limits, (obj, wanted))


def _check_room(store: Store, kind: Kind, limits: Obj, request: tuple[Obj, dict[str, Decimal]]) -> None:
    obj, wanted = request
    hard = limits["spec"]["hard"]
    used = used_in(store, namespace_of(obj), wanted)
    over = [name for name in sorted(wanted) if used[name] + wanted[name] > quantity.parse(hard[name])]
    if not over:
        return
    asked = ",".join(f"{name}={_written(wanted[name], hard[name])}" for name in over)
    taken = ",".join(f"{name}={_written(used[name], hard[name])}" for name in over)
    allowed = ",".join(f"{name}={hard[name]}" for name in over)
    why = f"exceeded quota: {name_of(limits)}, requested: {asked}, used: {taken}, limited: {allowed}"
    raise forbidden(kind.group, kind.plural, name_of(obj), why)


def _check_stated(limits: Obj, hard: Obj, pod: Obj) -> None:
    """A quota on cpu or memory obliges every container to name its own."""
    missing = []
    for name in sorted(set(hard) & _COMPUTE.keys()):
        group, resource = _COMPUTE[name]
        silent = [
            one["name"]
            for one in dig(pod, "spec", "containers", default=[])
            if resource not in (dig(one, "resources", group, default={}))
        ]
        if silent:
            missing.append(f"{name} for: {','.join(silent)}")
    if missing:
        raise _unstated(pod, limits, "; ".join(missing))


def _unstated(pod: Obj, limits: Obj, missing: str) -> ApiError:
    why = f"failed quota: {name_of(limits)}: must specify {missing}"
    return forbidden("", "pods", name_of(pod), why)


def _written(amount: Decimal, like: str) -> str:
    """In the unit of the limit beside it."""
    if str(like).endswith("i") and amount == amount.to_integral_value():
        return quantity.total([f"{int(amount)}", "0Ki"])
    return quantity.decimal_form(amount)


def written_usage(store: Store, limits: Obj) -> dict[str, str]:
    """status.used of a quota."""
    hard = dig(limits, "spec", "hard", default={})
    used = used_in(store, namespace_of(limits), hard)
    return {name: _written(amount, hard[name]) for name, amount in used.items()}
