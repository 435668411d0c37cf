"""OpenAPI documents: v2 as kubectl wants it (also as protobuf), v3 by group version.

They say which kinds take `dryRun` and `fieldValidation`, and the fields of each kind; descriptions and the
marks of list merging are left out, so that clients use the merge keys they were built with.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import orjson
from aiohttp import web

from infrastructure.lab.kube.api import discovery
from infrastructure.lab.kube.api.protobuf import field
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.decode import fields_of, required_fields, types
from infrastructure.lab.kube.schema.kinds import KINDS, Kind, api_versions

_GVK = "x-kubernetes-group-version-kind"
_PROTO = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_PROTO_AT = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")
_SCALARS: dict[str, Obj] = {
    "str": {"type": "string"},
    "int": {"type": "integer", "format": "int32"},
    "bool": {"type": "boolean"},
    "float": {"type": "number", "format": "double"},
    "time": {"type": "string", "format": "date-time"},
    "bytes": {"type": "string", "format": "byte"},
    "intstr": {"type": "string", "format": "int-or-string"},
    "quantity": {"type": "string"},
    "any": {"type": "object"},
}


def respond(parts: list[str], accept: str) -> web.Response:
    """Raises ApiError (404)."""
    if parts == ["v2"]:
        if _PROTO in accept or _PROTO_AT in accept:
            return web.Response(body=document_v2_protobuf(), content_type=_PROTO)
        return _json(document_v2())
    if parts == ["v3"]:
        return _json(index_v3())
    if parts[:1] == ["v3"]:
        found = _version_of("/".join(parts[1:]))
        if found in api_versions():
            return _json(document_v3(found))
    raise failures.page_not_found()


def _json(body: Obj) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _version_of(path: str) -> str:
    return path.removeprefix("apis/") if path.startswith("apis/") else path.removeprefix("api/")


def _gvk(kind: Kind) -> Obj:
    return {"group": kind.group, "kind": kind.kind, "version": kind.version}


def _path(kind: Kind) -> str:
    root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.api_version}"
    return f"{root}{'/namespaces/{namespace}' if kind.namespaced else ''}/{kind.plural}/{{name}}"


def _definition_name(model: str) -> str:
    return f"io.k8s.{model}"


@lru_cache(maxsize=1)
def document_v2() -> Obj:
    parameters = [
        {"name": name, "in": "query", "type": "string", "uniqueItems": True} for name in _PARAMETERS
    ]
    paths = {
        _path(kind): {
            "patch": {
                "consumes": [*_PATCHES, "application/strategic-merge-patch+json"],
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                _GVK: _gvk(kind),
            }
        }
        for kind in KINDS
    }
    info = {"title": "Kubernetes", "version": discovery.VERSION["gitVersion"]}
    return {"swagger": "2.0", "info": info, "paths": paths, "definitions": {}}


@lru_cache(maxsize=1)
def document_v2_protobuf() -> bytes:
    """openapi.v2.Document with the same paths; kubectl decodes no other form."""
    info = field(1, "Kubernetes") + field(2, str(discovery.VERSION["gitVersion"]))
    paths = b"".join(field(2, _named_path(kind)) for kind in KINDS)
    return field(1, "2.0") + field(2, info) + field(8, paths) + field(9, b"")


def _named_path(kind: Kind) -> bytes:
    parameters = b"".join(field(8, _parameter(name)) for name in _PARAMETERS)
    yaml = "".join(f'{key}: "{value}"\n' for key, value in _gvk(kind).items())
    extension = field(1, _GVK) + field(2, field(2, yaml))
    operation = parameters + field(9, b"") + field(13, extension)
    return field(1, _path(kind)) + field(2, field(8, operation))


def _parameter(name: str) -> bytes:
    """A ParametersItem holding a Parameter, a NonBodyParameter and a QueryParameterSubSchema."""
    schema = field(2, "query") + field(4, name) + field(6, "string")
    return field(1, field(2, field(3, schema)))


@lru_cache(maxsize=1)
def index_v3() -> Obj:
    paths = {}
    for version in api_versions():
        key = f"apis/{version}" if "/" in version else f"api/{version}"
        digest = hashlib.sha256(orjson.dumps(document_v3(version))).hexdigest().upper()
        paths[key] = {"serverRelativeURL": f"/openapi/v3/{key}?hash={digest}"}
    return {"paths": paths}


@lru_cache(maxsize=32)
def document_v3(api_version: str) -> Obj:
    kinds = [kind for kind in KINDS if kind.api_version == api_version]
    schemas: Obj = {}
    for kind in kinds:
        _collect(kind.model, schemas)
        schemas[_definition_name(kind.model)][_GVK] = [_gvk(kind)]
    info = {"title": "Kubernetes", "version": discovery.VERSION["gitVersion"]}
    paths = {_path(kind): {"patch": _patch_v3(kind)} for kind in kinds}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _patch_v3(kind: Kind) -> Obj:
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS]
    content = {media: {"schema": {"type": "object"}} for media in _PATCHES}
    return {
        "parameters": parameters,
        "requestBody": {"content": content},
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        _GVK: _gvk(kind),
    }


def _collect(model: str, schemas: Obj) -> None:
    name = _definition_name(model)
    if name in schemas or model not in types():
        return
    schemas[name] = {"type": "object"}
    properties = {key: _schema(expression, schemas) for key, expression in fields_of(model).items()}
    schemas[name] = {"type": "object", "properties": properties}
    if required_fields(model):
        schemas[name]["required"] = list(required_fields(model))


def _schema(expression: str, schemas: Obj) -> Obj:
    if expression.startswith("@"):
        _collect(expression[1:], schemas)
        return {"$ref": f"#/components/schemas/{_definition_name(expression[1:])}"}
    if expression.startswith("["):
        return {"type": "array", "items": _schema(expression[1:-1], schemas)}
    if expression.startswith("{"):
        return {"type": "object", "additionalProperties": _schema(expression[1:-1], schemas)}
    return _SCALARS[expression]
