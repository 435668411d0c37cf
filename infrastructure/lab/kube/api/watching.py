"""GET with watch=true: changes as they happen, from a revision on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from infrastructure.lab.kube.api import conversion, negotiation
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.api.negotiation import METADATA, TABLE, Form
from infrastructure.lab.kube.api.reading import metadata_only
from infrastructure.lab.kube.api.selection import Selection, selection_of
from infrastructure.lab.kube.api.tables import table
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.kinds import Kind
from infrastructure.lab.kube.store.store import ADDED, DELETED, MODIFIED, Change, RevisionTooOld, Store

_QUEUE_LIMIT = 10_000
_LAST_BOOKMARK = 2.0
"""A watch with bookmarks gets one this long before it times out, as the real one does."""
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True)
class View:
    """How one watcher sees changes."""

    kind: Kind
    selection: Selection
    form: Form
    include: str
    clock: Clock

    def event(self, change: Change) -> bytes | None:
        """None when the change is not for this watcher; leaving the selection is a deletion to it."""
        now = self.selection.holds(change.object)
        before = change.previous is not None and self.selection.holds(change.previous)
        if change.type == DELETED:
            return self.line(DELETED, change.object) if before else None
        if now:
            return self.line(MODIFIED if before else ADDED, change.object)
        return self.line(DELETED, change.object) if before else None

    def line(self, kind: str, obj: Obj) -> bytes:
        return orjson.dumps({"type": kind, "object": self._shown(conversion.shown(self.kind, obj))}) + b"\n"

    def _shown(self, obj: Obj) -> Obj:
        if self.form.kind == TABLE:
            return table.render(self.kind, [obj], self.form, include=self.include, now=self.clock()) | {
                "metadata": {"resourceVersion": obj["metadata"]["resourceVersion"]}
            }
        return metadata_only(obj, self.form) if self.form.kind == METADATA else obj

    def bookmark(self, revision: int, annotations: Mapping[str, str] | None = None) -> bytes:
        meta: Obj = {"resourceVersion": str(revision), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = dict(annotations)
        obj = {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": meta}
        return orjson.dumps({"type": "BOOKMARK", "object": obj}) + b"\n"


async def watch(desk: Desk, call: Call) -> web.StreamResponse:
    query = dict(call.query)
    namespace = call.namespace
    if call.target.name:
        query["fieldSelector"] = f"metadata.name={call.target.name}"
    selection = selection_of(call.kind, namespace, query)
    form = negotiation.form_of(call.request.headers.get("Accept", ""))
    view = View(call.kind, selection, form, query.get("includeObject", "Metadata"), desk.clock)
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"}
    )
    response.enable_chunked_encoding()
    feed = Feed(desk.store, view)
    try:
        first = feed.begin(query)
        await response.prepare(call.request)
        await response.write(b"".join(first))
        await feed.pump(response, desk.pace.bookmark_period, _timeout(query, desk.pace.watch_timeout), query)
    except _Ended as end:
        await response.prepare(call.request)
        await response.write(end.line)
    finally:
        feed.close()
    return response


def _timeout(query: Mapping[str, str], default: float) -> float:
    text = query.get("timeoutSeconds", "")
    return float(text) if text.isdigit() and int(text) > 0 else default


class _Ended(Exception):
    """The watch cannot go on; `line` says why in its own stream."""

    def __init__(self, line: bytes) -> None:
        super().__init__(line)
        self.line = line


class Feed:
    """Between the store, which must never wait, and a client, which may be slow."""

    def __init__(self, store: Store, view: View) -> None:
        self._store = store
        self._view = view
        self._lines: list[bytes] = []
        self._wake = asyncio.Event()
        self._stop = store.listen(view.kind.storage, self._take)

    def close(self) -> None:
        self._stop()

    def _take(self, change: Change) -> None:
        line = self._view.event(change)
        if line is not None and len(self._lines) < _QUEUE_LIMIT:
            self._lines.append(line)
            self._wake.set()

    def begin(self, query: Mapping[str, str]) -> Iterable[bytes]:
        """What happened since the revision asked for, or what there is now. Raises ApiError."""
        asked = query.get("resourceVersion", "")
        if asked and not asked.isdigit():
            raise failures.bad_request(f'Invalid value: "{asked}": resourceVersion')
        initial = query.get("sendInitialEvents") in ("true", "1")
        if asked in ("", "0") or initial:
            return self._present(initial=initial)
        revision = int(asked)
        try:
            changes = self._store.since(self._view.kind.storage, revision)
        except RevisionTooOld as error:
            status = failures.expired(
                f"too old resource version: {revision} ({self._store.revision})"
            ).status()
            raise _Ended(orjson.dumps({"type": "ERROR", "object": status}) + b"\n") from error
        return [line for line in map(self._view.event, changes) if line is not None]

    def _present(self, *, initial: bool) -> list[bytes]:
        view = self._view
        lines = [
            view.line(ADDED, obj)
            for obj in self._store.objects(view.kind.storage)
            if view.selection.holds(obj)
        ]
        if initial:
            lines.append(view.bookmark(self._store.revision, _INITIAL_END))
        return lines

    async def pump(
        self, response: web.StreamResponse, period: float, seconds: float, query: Mapping[str, str]
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        due = self._next_bookmark(loop.time(), end, period) if bookmarks else end
        while (now := loop.time()) < end:
            try:
                async with asyncio.timeout(max(0.0, min(due, end) - now)):
                    await self._wake.wait()
            except TimeoutError:
                if bookmarks and loop.time() < end:
                    await response.write(self._view.bookmark(self._store.revision))
                    due = self._next_bookmark(loop.time(), end, period)
                continue
            self._wake.clear()
            lines, self._lines = self._lines, []
            await response.write(b"".join(lines))
            if len(lines) >= _QUEUE_LIMIT:
                return

    @staticmethod
    def _next_bookmark(now: float, end: float, period: float) -> float:
        last = end - _LAST_BOOKMARK
        return min(now + period, last) if now < last - 0.01 else end
