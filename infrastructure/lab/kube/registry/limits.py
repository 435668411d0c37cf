"""LimitRange: default requests and limits, and the bounds a container must keep."""

from __future__ import annotations

from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.failures import forbidden
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of


def apply_limit_ranges(ranges: list[Obj], pod: Obj) -> None:
    """Fill the containers of `pod` in place. Raises ApiError (403) where a bound is broken."""
    items = [
        item
        for one in ranges
        for item in dig(one, "spec", "limits", default=[])
        if item.get("type") == "Container"
    ]
    for container in pod["spec"].get("containers", ()):
        for item in items:
            _fill(container.setdefault("resources", {}), item)
    problems = [
        problem
        for container in pod["spec"].get("containers", ())
        for item in items
        for problem in _broken(container.get("resources", {}), item)
    ]
    if problems:
        shown = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        raise forbidden("", "pods", name_of(pod), shown)


def _fill(resources: Obj, item: Obj) -> None:
    for group, source in (("limits", "default"), ("requests", "defaultRequest")):
        for name, value in item.get(source, {}).items():
            if group == "requests" and name in resources.get("requests", {}):
                continue
            resources.setdefault(group, {}).setdefault(name, value)


def _broken(resources: Obj, item: Obj) -> list[str]:
    found = []
    for name, bound in item.get("max", {}).items():
        limit = dig(resources, "limits", name)
        if limit is None:
            found.append(f"maximum {name} usage per Container is {bound}.  No limit is specified")
        elif quantity.parse(limit) > quantity.parse(bound):
            found.append(f"maximum {name} usage per Container is {bound}, but limit is {limit}")
    for name, bound in item.get("min", {}).items():
        request = dig(resources, "requests", name)
        if request is None:
            found.append(f"minimum {name} usage per Container is {bound}.  No request is specified")
        elif quantity.parse(request) < quantity.parse(bound):
            found.append(f"minimum {name} usage per Container is {bound}, but request is {request}")
    return found
