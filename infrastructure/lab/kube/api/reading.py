"""GET: one object, or a list in pages."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from infrastructure.lab.kube.api import conversion, negotiation
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.api.negotiation import METADATA, TABLE, Form
from infrastructure.lab.kube.api.selection import Selection, selection_of
from infrastructure.lab.kube.api.tables import table
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj, name_of, namespace_of
from infrastructure.lab.kube.schema.kinds import Kind
from infrastructure.lab.kube.store.store import RevisionTooOld, Store

_MATCHES = ("", "Exact", "NotOlderThan")
_TOO_OLD_TO_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new "
    "list without the continue parameter, or use the continue token in this response to retrieve the "
    "remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
    "that were created, modified, or deleted between the time the first chunk was returned and now may show "
    "up in the list."
)


@dataclass(frozen=True)
class Page:
    objects: list[Obj]
    revision: int
    more: str = ""
    remaining: int | None = None

    def metadata(self) -> Obj:
        meta: Obj = {"resourceVersion": str(self.revision)}
        if self.more:
            meta["continue"] = self.more
        if self.remaining is not None:
            meta["remainingItemCount"] = self.remaining
        return meta


def get(desk: Desk, call: Call) -> web.Response:
    obj = conversion.shown(call.kind, desk.registry.get(call.kind, call.namespace, call.target.name))
    form = negotiation.form_of(call.request.headers.get("Accept", ""))
    if form.kind == TABLE:
        page = Page([obj], int(obj["metadata"]["resourceVersion"]))
        return negotiation.json_response(_table(desk, call, page, form))
    return negotiation.json_response(metadata_only(obj, form) if form.kind == METADATA else obj)


def list_objects(desk: Desk, call: Call) -> web.Response:
    form = negotiation.form_of(call.request.headers.get("Accept", ""))
    page = page_of(desk.store, call.kind, selection_of(call.kind, call.namespace, call.query), call.query)
    if form.kind == TABLE:
        return negotiation.json_response(_table(desk, call, page, form))
    if form.kind == METADATA:
        items = [metadata_only(obj, form) for obj in page.objects]
        body: Obj = {"kind": "PartialObjectMetadataList", "apiVersion": form.api_version}
        return negotiation.json_response({**body, "metadata": page.metadata(), "items": items})
    kind = call.kind
    body = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": page.metadata()}
    return negotiation.json_response({**body, "items": [_item(kind, obj) for obj in page.objects]})


def _item(kind: Kind, obj: Obj) -> Obj:
    """Items of a list do not repeat its kind."""
    shown = conversion.shown(kind, obj)
    return {key: value for key, value in shown.items() if key not in ("apiVersion", "kind")}


def metadata_only(obj: Obj, form: Form) -> Obj:
    return {"kind": "PartialObjectMetadata", "apiVersion": form.api_version, "metadata": obj["metadata"]}


def _table(desk: Desk, call: Call, page: Page, form: Form) -> Obj:
    include = call.query.get("includeObject", "Metadata")
    return table.render(call.kind, page.objects, form, include=include, now=desk.clock()) | {
        "metadata": page.metadata()
    }


def page_of(store: Store, kind: Kind, selection: Selection, query: Mapping[str, str]) -> Page:
    """Raises ApiError: 400 on bad parameters, 410 on what is too old, 504 on a future revision."""
    limit = _whole(query, "limit")
    token = query.get("continue", "")
    if token:
        revision, start = _read_token(token)
        objects = [obj for obj in _at(store, kind, revision, token) if _key(obj) > start]
    else:
        revision, objects = _fresh(store, kind, query)
        limit = 0 if query.get("resourceVersion") == "0" else limit
    chosen = [obj for obj in objects if selection.holds(obj)]
    if not limit or len(chosen) <= limit:
        return Page(chosen, revision)
    remaining = len(chosen) - limit if selection.everything else None
    return Page(chosen[:limit], revision, _token(revision, chosen[limit - 1]), remaining)


def _fresh(store: Store, kind: Kind, query: Mapping[str, str]) -> tuple[int, list[Obj]]:
    asked, match = query.get("resourceVersion", ""), query.get("resourceVersionMatch", "")
    if match not in _MATCHES:
        raise failures.bad_request(f'resourceVersionMatch: Unsupported value: "{match}"')
    if match and not asked:
        text = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise failures.bad_request(text)
    revision = _whole(query, "resourceVersion")
    if revision > store.revision:
        raise failures.revision_too_large(revision, store.revision)
    if match == "Exact":
        return revision, _at(store, kind, revision, "")
    return store.revision, store.objects(kind.storage)


def _at(store: Store, kind: Kind, revision: int, token: str) -> list[Obj]:
    try:
        return store.at(kind.storage, revision)
    except RevisionTooOld as error:
        if token:
            raise failures.expired(_TOO_OLD_TO_CONTINUE) from error
        raise failures.expired(f"too old resource version: {revision} ({store.revision})") from error


def _key(obj: Obj) -> str:
    return f"{namespace_of(obj)}/{name_of(obj)}"


def _token(revision: int, last: Obj) -> str:
    raw = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": _key(last)})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        data = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(data["rv"]), str(data["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise failures.bad_request(
            "continue key is not valid: encoded continue token is not valid"
        ) from error


def _whole(query: Mapping[str, str], name: str) -> int:
    text = query.get(name) or "0"
    if not text.isdigit():
        raise failures.bad_request(
            f'Invalid value: "{text}": {name}: strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)
