"""Scale, eviction, binding, finalize and tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from aiohttp import web

from infrastructure.lab.kube.api import logs, negotiation, writing
from infrastructure.lab.kube.api.decoding import virtual
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.auth.tokens import ISSUER
from infrastructure.lab.kube.objects import failures, moments
from infrastructure.lab.kube.objects.tree import Obj, clone, dig
from infrastructure.lab.kube.registry import eviction, patching, scaling
from infrastructure.lab.kube.registry.binding import bind

Handler = Callable[[Desk, Call], Awaitable[web.StreamResponse]]
_SCALE = ("V1Scale", "autoscaling/v1", "Scale")


async def _get_scale(desk: Desk, call: Call) -> web.StreamResponse:
    obj = desk.registry.get(call.kind, call.namespace, call.target.name)
    return negotiation.json_response(scaling.scale_of(obj))


async def _put_scale(desk: Desk, call: Call) -> web.StreamResponse:
    body = virtual(*_SCALE, await negotiation.body_of(call.request))
    return _rescaled(desk, call, body)


async def _patch_scale(desk: Desk, call: Call) -> web.StreamResponse:
    if call.request.content_type not in patching.TYPES:
        raise failures.unsupported_media_type(patching.TYPES)
    scale = scaling.scale_of(desk.registry.get(call.kind, call.namespace, call.target.name))
    body = await negotiation.body_of(call.request)
    if call.request.content_type == patching.JSON_PATCH:
        draft = patching.json_patch(scale, body)
    else:
        draft = patching.merge_patch(scale, body)
    return _rescaled(desk, call, virtual(*_SCALE, draft))


def _rescaled(desk: Desk, call: Call, scale: Obj) -> web.StreamResponse:
    meta = scale.setdefault("metadata", {})
    if meta.setdefault("name", call.target.name) != call.target.name:
        raise failures.bad_request("the name of the object does not match the name on the URL")
    meta["namespace"] = call.namespace
    done = scaling.rescale(desk.registry, call.kind, scale, writing.options_of(call))
    return negotiation.json_response(done)


async def _evict(desk: Desk, call: Call) -> web.StreamResponse:
    body = virtual("V1Eviction", "policy/v1", "Eviction", await negotiation.body_of(call.request))
    if dig(body, "metadata", "name", default=call.target.name) != call.target.name:
        raise failures.bad_request("name in URL does not match name in Eviction object")
    options = writing.delete_options(call, body.get("deleteOptions"))
    done = eviction.evict(desk.registry, call.namespace, call.target.name, options)
    return negotiation.json_response(done, status=201)


async def _bind(desk: Desk, call: Call) -> web.StreamResponse:
    body = virtual("V1Binding", "v1", "Binding", await negotiation.body_of(call.request))
    node = dig(body, "target", "name", default="")
    if not node:
        raise failures.invalid("", "Binding", call.target.name, [failures.required("target.name")])
    bind(desk.registry, call.namespace, call.target.name, node, dry_run=writing.options_of(call).dry_run)
    answer = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    return negotiation.json_response(answer, status=201)


async def _finalize(desk: Desk, call: Call) -> web.StreamResponse:
    body = await negotiation.body_of(call.request)
    draft = clone(desk.registry.get(call.kind, "", call.target.name))
    draft["spec"]["finalizers"] = dig(body, "spec", "finalizers", default=[])
    return negotiation.json_response(desk.registry.update(call.kind, draft, writing.options_of(call)))


async def _token(desk: Desk, call: Call) -> web.StreamResponse:
    sent = await negotiation.body_of(call.request)
    body = virtual("AuthenticationV1TokenRequest", "authentication.k8s.io/v1", "TokenRequest", sent)
    account = desk.registry.get(call.kind, call.namespace, call.target.name)
    seconds = dig(body, "spec", "expirationSeconds", default=3600)
    audiences = tuple(dig(body, "spec", "audiences", default=[]) or [ISSUER])
    lasting = timedelta(seconds=seconds)
    token = desk.authenticator.tokens.issue(account, audiences=audiences, lasting=lasting)
    spec = {"audiences": list(audiences), "expirationSeconds": seconds, "boundObjectRef": None}
    status = {"token": token, "expirationTimestamp": moments.stamp(desk.clock() + lasting)}
    meta = {"name": call.target.name, "namespace": call.namespace, "creationTimestamp": None}
    answer = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": meta}
    return negotiation.json_response({**answer, "spec": spec, "status": status}, status=201)


HANDLERS: Mapping[tuple[str, str], Handler] = MappingProxyType(
    {
        ("scale", "GET"): _get_scale,
        ("scale", "PUT"): _put_scale,
        ("scale", "PATCH"): _patch_scale,
        ("eviction", "POST"): _evict,
        ("binding", "POST"): _bind,
        ("finalize", "PUT"): _finalize,
        ("token", "POST"): _token,
        ("log", "GET"): logs.read,
    }
)
