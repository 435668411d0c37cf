"""Questions about rights and identity: answered from RBAC, never stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aiohttp import web

from infrastructure.lab.kube.api import negotiation
from infrastructure.lab.kube.api.decoding import virtual
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.auth.people import User
from infrastructure.lab.kube.auth.rbac import Attributes
from infrastructure.lab.kube.auth.tokens import ISSUER
from infrastructure.lab.kube.objects.tree import Obj, dig


async def review(desk: Desk, call: Call) -> web.Response:
    kind = call.target.review
    body = virtual(f"V1{kind}", call.target.api_version, kind, await negotiation.body_of(call.request))
    answer = _ANSWERS[kind](desk, call, body)
    meta = {"creationTimestamp": None, **body.get("metadata", {})}
    whole = {"kind": kind, "apiVersion": call.target.api_version, "metadata": meta}
    return negotiation.json_response({**whole, "spec": body.get("spec", {}), "status": answer}, status=201)


def _attributes(spec: Obj) -> Attributes:
    resource = spec.get("resourceAttributes") or {}
    path = spec.get("nonResourceAttributes") or {}
    if path:
        return Attributes(verb=path.get("verb", ""), path=path.get("path", ""))
    return Attributes(
        verb=resource.get("verb", ""),
        group=resource.get("group", ""),
        resource=resource.get("resource", ""),
        subresource=resource.get("subresource", ""),
        namespace=resource.get("namespace", ""),
        name=resource.get("name", ""),
    )


def _verdict(desk: Desk, user: User, spec: Obj) -> Obj:
    return {"allowed": desk.rbac.allows(user, _attributes(spec))}


def _own_access(desk: Desk, call: Call, body: Obj) -> Obj:
    return _verdict(desk, call.user, body.get("spec", {}))


def _access(desk: Desk, call: Call, body: Obj) -> Obj:
    spec = body.get("spec", {})
    user = User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""))
    return _verdict(desk, user, spec)


def _own_rules(desk: Desk, call: Call, body: Obj) -> Obj:
    namespace = dig(body, "spec", "namespace", default="")
    rules = desk.rbac.rules(call.user, namespace)
    return {
        "resourceRules": [rule for rule in rules if rule.get("resources")],
        "nonResourceRules": [rule for rule in rules if rule.get("nonResourceURLs")],
        "incomplete": False,
    }


def _own_identity(desk: Desk, call: Call, body: Obj) -> Obj:
    return {"userInfo": call.user.info()}


def _token(desk: Desk, call: Call, body: Obj) -> Obj:
    user = desk.authenticator.tokens.user(dig(body, "spec", "token", default=""))
    if user is None:
        return {
            "user": {},
            "error": "[invalid bearer token, square/go-jose: error in cryptographic primitive]",
        }
    return {"authenticated": True, "user": user.info(), "audiences": [ISSUER]}


_ANSWERS: Mapping[str, Callable[[Desk, Call, Obj], Obj]] = MappingProxyType(
    {
        "SelfSubjectAccessReview": _own_access,
        "SubjectAccessReview": _access,
        "LocalSubjectAccessReview": _access,
        "SelfSubjectRulesReview": _own_rules,
        "SelfSubjectReview": _own_identity,
        "TokenReview": _token,
    }
)
