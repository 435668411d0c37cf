"""The routes: push, queries, labels, series, index."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from infrastructure.lab.lokiapi.asking import LABELS_BACK, Asked, Window
from infrastructure.lab.lokiapi.evaluate import Picked, range_of, run_log_query, run_metric_query
from infrastructure.lab.lokiapi.parser import parse, parse_selector
from infrastructure.lab.lokiapi.pipeline import stream_test
from infrastructure.lab.lokiapi.shapes import matrix, stats, streams, vector
from infrastructure.lab.lokiapi.store import LineRefused, Store
from infrastructure.lab.lokiapi.syntax import LogQuery, MetricQuery, QueryWrong

Json = Any
MAX_BODY = 16 * 1024 * 1024
VERSION = "3.4.2"
_INSTANT = (
    "log queries are not supported as an instant query type, please change your query to a range query type"
)


class LokiApi:
    def __init__(self, store: Store, now_ns: Callable[[], int], token: str) -> None:
        self._store = store
        self._now_ns = now_ns
        self._token = token

    def make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._door()], client_max_size=MAX_BODY)
        root = "/loki/api/v1"
        app.router.add_get("/ready", self.ready)
        app.router.add_get(f"{root}/status/buildinfo", self.build)
        app.router.add_post(f"{root}/push", self.push)
        both: Mapping[str, Handler] = {
            "query_range": self.query_range,
            "query": self.query,
            "labels": self.labels,
            "label": self.labels,
            "label/{name}/values": self.label_values,
            "series": self.series,
            "index/stats": self.index_stats,
            "index/volume": self.volume,
            "index/volume_range": self.volume_range,
        }
        for path, handler in both.items():
            app.router.add_get(f"{root}/{path}", handler)
            app.router.add_post(f"{root}/{path}", handler)
        return app

    def _door(self) -> Middleware:
        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._may(request):
                return web.Response(status=401, text="no credentials\n")
            try:
                return await handler(request)
            except (QueryWrong, LineRefused) as error:
                return web.Response(status=400, text=str(error))

        return serve

    def _may(self, request: web.Request) -> bool:
        """Loki itself asks nobody; with a token it stands behind a gateway that does."""
        if not self._token or request.path == "/ready":
            return True
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode())

    async def ready(self, _: web.Request) -> web.Response:
        return web.Response(text="ready\n")

    async def build(self, _: web.Request) -> web.Response:
        return web.json_response({"version": VERSION, "branch": "lab", "goVersion": "", "buildUser": ""})

    async def push(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.Response(
                status=415, text="push application/json; snappy-compressed protobuf is not taken here"
            )
        refused: LineRefused | None = None
        for labels, nanoseconds, line in read_push(await request.text()):
            try:
                self._store.append(labels, nanoseconds, line)
            except LineRefused as error:
                refused = error
        if refused:
            # As Loki does: what could be taken was taken, and the answer tells of one that could not.
            raise refused
        return web.Response(status=204)

    async def query_range(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        query, window = parse(asked.query()), asked.window()
        if isinstance(query, LogQuery):
            return await self._logs(query, window, asked)
        return await self._metric(query, asked.steps(window), matrix)

    async def query(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        query = parse(asked.query())
        if isinstance(query, LogQuery):
            raise QueryWrong(_INSTANT)
        return await self._metric(query, [asked.time("time", self._now_ns())], vector)

    async def _logs(self, query: LogQuery, window: Window, asked: Asked) -> web.Response:
        limit, forward = asked.limit(), asked.forward()
        picked = self._pick(query, window)
        # In a thread: a long query must not hold up the rest of the process.
        found = await asyncio.to_thread(run_log_query, query, picked, limit=limit, forward=forward)
        return _success(streams(found))

    async def _metric(
        self, query: MetricQuery, steps: list[int], shape: Callable[..., dict[str, Json]]
    ) -> web.Response:
        inner = range_of(query)
        start = steps[0] - inner.range_ns - inner.offset_ns
        picked = self._pick(inner.query, Window(start, steps[-1] - inner.offset_ns + 1))
        series = await asyncio.to_thread(run_metric_query, query, picked, steps)
        return _success(shape(series, picked))

    def _pick(self, query: LogQuery, window: Window) -> Picked:
        return self._store.select(stream_test(query.matchers), window.start_ns, window.end_ns)

    async def labels(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        picked = self._pick(parse_selector(asked.text("query")), asked.window(LABELS_BACK))
        return _success(sorted({name for labels, _ in picked for name in labels}))

    async def label_values(self, request: web.Request) -> web.Response:
        asked, name = await Asked.of(request, self._now_ns()), request.match_info["name"]
        picked = self._pick(parse_selector(asked.text("query")), asked.window(LABELS_BACK))
        return _success(sorted({labels[name] for labels, _ in picked if name in labels}))

    async def series(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        window = asked.window(LABELS_BACK)
        selectors = [*asked.all("match[]"), *asked.all("match")]
        if not selectors:
            raise QueryWrong("0 matcher groups supplied")
        found = {
            tuple(sorted(labels.items())): None
            for selector in selectors
            for labels, _ in self._pick(parse_selector(selector), window)
        }
        return _success([dict(key) for key in sorted(found)])

    async def index_stats(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        return web.json_response(stats(self._pick(parse_selector(asked.query()), asked.window())))

    async def volume(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        window = asked.window()
        totals = self._volumes(asked, window)
        series = {key: {window.end_ns: float(size)} for key, size in totals}
        return _success(vector(series, ()))

    async def volume_range(self, request: web.Request) -> web.Response:
        asked = await Asked.of(request, self._now_ns())
        window = asked.window()
        series: dict[tuple[tuple[str, str], ...], dict[int, float]] = {}
        steps = [*asked.steps(window), window.end_ns]
        for start, end in pairwise(steps):
            for key, size in self._volumes(asked, Window(start, end)) if end > start else ():
                series.setdefault(key, {})[start] = float(size)
        return _success(matrix(series, ()))

    def _volumes(self, asked: Asked, window: Window) -> list[tuple[tuple[tuple[str, str], ...], int]]:
        """Bytes by stream, or by the target labels, largest first."""
        query = parse_selector(asked.query())
        wanted = [name for name in asked.text("targetLabels").split(",") if name]
        names = set(wanted or [matcher.name for matcher in query.matchers])
        totals: Counter[tuple[tuple[str, str], ...]] = Counter()
        for labels, entries in self._pick(query, window):
            key = tuple(sorted((name, value) for name, value in labels.items() if name in names))
            totals[key] += sum(len(line.encode()) for _, line in entries)
        return totals.most_common(asked.limit())


def read_push(text: str) -> list[tuple[Mapping[str, str], int, str]]:
    """The lines of a JSON push; raises LineRefused, and then none of them counts."""
    try:
        body = json.loads(text)
        return [
            (_labels(stream["stream"]), _nanoseconds(value[0]), _line(value[1]))
            for stream in body["streams"]
            for value in stream["values"]
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise LineRefused(f"couldn't parse push request: {error}") from error


def _labels(value: Json) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise ValueError("stream labels must be an object of strings")
    return value


def _nanoseconds(value: Json) -> int:
    if not isinstance(value, str):
        raise ValueError("a time must be a string of nanoseconds")
    return int(value)


def _line(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("a line must be a string")
    return value


def _success(data: Json) -> web.Response:
    return web.json_response({"status": "success", "data": data})
