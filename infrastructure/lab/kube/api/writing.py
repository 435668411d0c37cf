"""POST, PUT, PATCH and DELETE of objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from infrastructure.lab.kube.api import conversion, negotiation
from infrastructure.lab.kube.api.decoding import Bodies, virtual
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.api.negotiation import TABLE
from infrastructure.lab.kube.api.selection import selection_of
from infrastructure.lab.kube.api.tables import table
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj, name_of, namespace_of
from infrastructure.lab.kube.registry import patching
from infrastructure.lab.kube.registry.options import DeleteOptions, WriteOptions
from infrastructure.lab.kube.registry.patching import APPLY_PATCH, Patch

_PROPAGATIONS = ("", "Background", "Foreground", "Orphan")


def options_of(call: Call) -> WriteOptions:
    """Raises ApiError on a dryRun that is not `All`."""
    agent = call.request.headers.get("User-Agent", "").partition("/")[0]
    manager = call.query.get("fieldManager", "") or agent or "unknown"
    return WriteOptions(dry_run=_dry_run(call.request.query.getall("dryRun", [])), manager=manager)


def _dry_run(values: list[str]) -> bool:
    values = [value for value in values if value]
    if values and values != ["All"]:
        problem = failures.unsupported("dryRun", values[0], ("All",))
        raise failures.invalid("meta.k8s.io", "CreateOptions", "", [problem])
    return bool(values)


async def create(desk: Desk, call: Call) -> web.Response:
    bodies = Bodies(call.query)
    kind = call.kind
    if kind.namespaced and not call.namespace:
        raise failures.method_not_allowed()
    body = bodies.new(kind, await negotiation.body_of(call.request), call.namespace)
    made = desk.registry.create(conversion.storage_kind(kind), body, options_of(call))
    return _answer(desk, call, made, bodies, status=201)


async def update(desk: Desk, call: Call) -> web.Response:
    bodies = Bodies(call.query)
    kind = call.kind
    body = bodies.new(kind, await negotiation.body_of(call.request), call.namespace, call.target.name)
    save = _saver(desk, call)
    return _answer(desk, call, save(body, options_of(call)), bodies)


def _saver(desk: Desk, call: Call) -> Callable[[Obj, WriteOptions], Obj]:
    stored = conversion.storage_kind(call.kind)
    if call.target.subresource == "status":
        return lambda obj, options: desk.registry.update_status(stored, obj, options)
    return lambda obj, options: desk.registry.update(stored, obj, options)


async def patch(desk: Desk, call: Call) -> web.Response:
    content_type = call.request.content_type
    if content_type not in patching.TYPES or (content_type == APPLY_PATCH and call.target.subresource):
        raise failures.unsupported_media_type(patching.TYPES)
    bodies = Bodies(call.query)
    body = await negotiation.body_of(call.request)
    wanted = Patch(content_type, body, force=call.query.get("force") in ("true", "1"))
    if content_type == APPLY_PATCH:
        return _apply(desk, call, wanted, bodies)
    return _answer(desk, call, patch_object(desk, call, wanted, bodies), bodies)


def patch_object(desk: Desk, call: Call, wanted: Patch, bodies: Bodies) -> Obj:
    """Raises ApiError."""
    kind = call.kind
    current = desk.registry.get(kind, call.namespace, call.target.name)
    shown = conversion.shown(kind, current)
    draft = patching.patched(kind, shown, wanted, lambda data: bodies.patched(kind, data))
    meta = draft.get("metadata", {})
    if meta.get("name") != call.target.name or meta.get("namespace", "") != call.namespace:
        raise failures.bad_request("the name or namespace of the object may not be changed by a patch")
    return _saver(desk, call)(conversion.stored(kind, draft), options_of(call))


def _apply(desk: Desk, call: Call, wanted: Patch, bodies: Bodies) -> web.Response:
    if not call.query.get("fieldManager"):
        problem = failures.required("fieldManager", "is required for apply patch")
        raise failures.invalid("meta.k8s.io", "PatchOptions", "", [problem])
    kind = call.kind
    wish = bodies.new(kind, wanted.body, call.namespace, call.target.name)
    if wish["metadata"].get("managedFields"):
        raise failures.bad_request("metadata.managedFields must be nil")
    made, created = patching.apply_wish(desk.registry, kind, wish, options_of(call), force=wanted.force)
    return _answer(desk, call, made, bodies, status=201 if created else 200)


def _answer(desk: Desk, call: Call, obj: Obj, bodies: Bodies, *, status: int = 200) -> web.Response:
    shown = conversion.shown(call.kind, obj)
    form = negotiation.form_of(call.request.headers.get("Accept", ""))
    if form.kind == TABLE:
        include = call.query.get("includeObject", "Metadata")
        shown = table.render(call.kind, [shown], form, include=include, now=desk.clock())
    return negotiation.json_response(shown, status=status, warnings=bodies.warnings)


async def delete(desk: Desk, call: Call) -> web.Response:
    options = delete_options(call, await negotiation.body_of(call.request, required=False))
    return negotiation.json_response(
        desk.registry.delete(call.kind, call.namespace, call.target.name, options)
    )


async def delete_collection(desk: Desk, call: Call) -> web.Response:
    options = delete_options(call, await negotiation.body_of(call.request, required=False))
    selection = selection_of(call.kind, call.namespace, call.query)
    chosen = [obj for obj in desk.store.objects(call.kind.storage) if selection.holds(obj)]
    for obj in chosen:
        desk.registry.delete(call.kind, namespace_of(obj), name_of(obj), replace(options, uid=""))
    kind = call.kind
    body = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version}
    meta = {"resourceVersion": str(desk.store.revision)}
    return negotiation.json_response({**body, "metadata": meta, "items": chosen})


def delete_options(call: Call, body: Any) -> DeleteOptions:
    """From the body, or from the query as older clients send it. Raises ApiError."""
    sent = virtual("V1DeleteOptions", "v1", "DeleteOptions", body) if body else {}
    query = call.query
    preconditions = sent.get("preconditions", {})
    grace = sent.get("gracePeriodSeconds")
    if grace is None and query.get("gracePeriodSeconds", "").lstrip("-").isdigit():
        grace = int(query["gracePeriodSeconds"])
    return DeleteOptions(
        grace_seconds=grace,
        propagation=_propagation(sent, query.get("propagationPolicy", ""), query.get("orphanDependents", "")),
        uid=preconditions.get("uid", ""),
        resource_version=preconditions.get("resourceVersion", ""),
        dry_run=_dry_run([*sent.get("dryRun", []), *call.request.query.getall("dryRun", [])][:1]),
    )


def _propagation(sent: Obj, queried: str, orphan: str) -> str:
    policy = str(sent.get("propagationPolicy", queried))
    if policy not in _PROPAGATIONS:
        problem = failures.unsupported("propagationPolicy", policy, _PROPAGATIONS[1:])
        raise failures.invalid("meta.k8s.io", "DeleteOptions", "", [problem])
    orphaned = sent.get("orphanDependents", {"true": True, "false": False}.get(orphan))
    if not policy and orphaned is not None:
        return "Orphan" if orphaned else "Background"
    return policy
