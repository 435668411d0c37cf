"""In which form a client wants its answer, and what its body says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import yaml
from aiohttp import web

from infrastructure.lab.kube.api import protobuf
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj

OBJECT, TABLE, METADATA = "object", "table", "metadata"
_AS = {"Table": TABLE, "PartialObjectMetadata": METADATA, "PartialObjectMetadataList": METADATA}
_BODY_TYPES = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_SIZE_LIMIT = 3 * 1024 * 1024


@dataclass(frozen=True)
class Form:
    kind: str = OBJECT
    version: str = "v1"
    """Of meta.k8s.io, for tables and metadata."""

    @property
    def api_version(self) -> str:
        return f"meta.k8s.io/{self.version}"


def form_of(accept: str) -> Form:
    """The first form of the Accept header that can be served. Raises ApiError (406)."""
    clauses = [clause.strip() for clause in accept.split(",") if clause.strip()] or ["*/*"]
    for clause in clauses:
        form = _form(clause)
        if form is not None:
            return form
    message = "only the following media types are accepted: application/json"
    raise failures.ApiError(406, message, details={})


def _form(clause: str) -> Form | None:
    media, *parameters = (part.strip() for part in clause.split(";"))
    if media not in ("application/json", "*/*", "application/*"):
        return None
    given = dict(part.split("=", 1) for part in parameters if "=" in part)
    if "as" not in given:
        return Form()
    if given.get("g") == "meta.k8s.io" and given.get("v") in ("v1", "v1beta1") and given["as"] in _AS:
        return Form(_AS[given["as"]], given["v"])
    return None


async def body_of(request: web.Request, *, required: bool = True) -> Any:
    """The parsed body. Raises ApiError (400, 413, 415)."""
    raw = await request.content.read(_SIZE_LIMIT + 1)
    while not request.content.at_eof() and len(raw) <= _SIZE_LIMIT:
        raw += await request.content.read(_SIZE_LIMIT + 1 - len(raw))
    if len(raw) > _SIZE_LIMIT:
        raise failures.ApiError(413, f"Request entity too large: limit is {_SIZE_LIMIT}")
    if not raw.strip():
        if required:
            raise failures.bad_request("unexpected end of JSON input")
        return None
    return parse(raw, request.content_type)


def parse(raw: bytes, content_type: str) -> Any:
    """Raises ApiError."""
    if "cbor" in content_type:
        raise failures.unsupported_media_type(_BODY_TYPES)
    if "protobuf" in content_type:
        return _from_protobuf(raw)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "yaml" not in content_type:
            raise failures.bad_request(
                f"the object provided is unrecognized (must be of type Object): couldn't get version/kind; "
                f"json parse error: {error}"
            ) from error
    try:
        return orjson.loads(orjson.dumps(yaml.safe_load(raw), default=str))
    except (yaml.YAMLError, TypeError) as error:
        raise failures.bad_request(f"error parsing YAML: {error}") from error


def _from_protobuf(raw: bytes) -> Obj:
    try:
        return protobuf.read(raw)
    except (ValueError, AttributeError, TypeError) as error:
        raise failures.bad_request(f"the body is no message that can be read: {error}") from error


def json_response(body: Obj, *, status: int = 200, warnings: list[str] | None = None) -> web.Response:
    response = web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-cache, private"
    for text in warnings or ():
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{escaped}"')
    return response


def error_response(error: failures.ApiError) -> web.Response:
    response = json_response(error.status(), status=error.code)
    delay = (error.details or {}).get("retryAfterSeconds")
    if delay:
        response.headers["Retry-After"] = str(delay)
    return response
