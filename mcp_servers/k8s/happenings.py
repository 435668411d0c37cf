"""Read tools for what happened: events of objects, and the logs of pods."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Clusters, Look
from mcp_servers.k8s.answers import Events, PodLogs
from mcp_servers.k8s.asks import GetPodLogs, ListEvents
from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import Limits, newest_lines

MOST_EVENTS: Final = 5000
LOG_BYTES: Final = 4_000_000
_DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"


class Happenings:
    def __init__(self, clusters: Clusters, limits: Limits, *, now: Callable[[], float] = time.time) -> None:
        self._clusters = clusters
        self._limits = limits
        self._now = now

    async def list_events(self, ask: ListEvents) -> Events:
        """List the cluster's events, newest first, of a namespace, a kind or one object."""
        look = (await self._clusters.cluster(ask.cluster)).look
        fields = [("involvedObject.kind", _kind_name(ask.kind)), ("involvedObject.name", ask.name)]
        selector = ",".join(f"{field}={value}" for field, value in fields if value)
        query = [("fieldSelector", selector)] if selector else []
        listing = await look.list(kinds.of("events"), ask.namespace, query=query, limit=MOST_EVENTS)
        since = self._now() - ask.since_seconds
        recent = [item for item in listing.items if shape.unix(shape.moment(item)) >= since]
        return Events(items=_newest_first(recent)[: ask.limit])

    async def get_pod_logs(self, ask: GetPodLogs) -> PodLogs:
        """Get the last log lines of a container, also of its run before the last restart (`previous`)."""
        look = (await self._clusters.cluster(ask.cluster)).look
        container = ask.container or await self._main_container(look, ask)
        query = [
            ("container", container),
            ("timestamps", "true"),
            ("tailLines", str(ask.tail_lines)),
            ("limitBytes", str(LOG_BYTES)),
        ]
        if ask.previous:
            query.append(("previous", "true"))
        if ask.since_seconds:
            query.append(("sinceSeconds", str(ask.since_seconds)))
        path = kinds.of("pods").path(ask.namespace, ask.pod, "log")
        try:
            text = await look.text(path, query)
        except Refused as problem:
            raise _no_logs(problem, ask) from problem
        lines, cut = newest_lines(text.splitlines(), self._limits)
        return PodLogs(
            namespace=ask.namespace,
            pod=ask.pod,
            container=container,
            previous=ask.previous,
            lines=lines,
            truncated=cut or len(lines) >= ask.tail_lines or len(text) >= LOG_BYTES,
        )

    async def _main_container(self, look: Look, ask: GetPodLogs) -> str:
        pod = await look.get(kinds.of("pods"), ask.pod, ask.namespace)
        named = shape.annotated(pod).get(_DEFAULT_CONTAINER)
        return named or next(iter(shape.images(pod)), "")


async def events_of(look: Look, item: Json) -> list[Json]:
    """Events about one object, newest first; none where they may not be read."""
    selector = f"involvedObject.uid={shape.uid_of(item)}"
    namespace = str(shape.meta(item).get("namespace", ""))
    try:
        listing = await look.list(
            kinds.of("events"), namespace, query=[("fieldSelector", selector)], limit=500
        )
    except ToolError as problem:
        if problem.code is Code.FORBIDDEN:
            return []
        raise
    return _newest_first(listing.items)


def _newest_first(items: list[Json]) -> list[Json]:
    return sorted(items, key=shape.moment, reverse=True)


def _kind_name(name: str) -> str:
    kind = kinds.known(name)
    return kind.name if kind else name


def _no_logs(problem: Refused, ask: GetPodLogs) -> ToolError:
    """A 400 of this endpoint says that there is nothing to read, not that the question is wrong."""
    if problem.http != 400:
        return problem
    advice = "Ask without `previous`." if ask.previous else "Look at the pod's state and events instead."
    return ToolError(Code.NOT_FOUND, f"There are no such logs: {problem.message}", try_next=advice)
